"""Flags of the commands: strict, and one for every Param of a sampler."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from spark_smote.cli.config import unknown
from spark_smote.cli.methods import METHODS
from spark_smote.io.spec import FORMATS

__all__ = ["Parser", "add_params", "param_value", "place"]

PARAMS = {param.name: param for method in reversed(METHODS.values()) for param in method().params}
"""Params of all methods by name; the words of the first method that has it."""


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that takes no abbreviations and raises instead of leaving."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)
        self.add_argument("--verbose", action="store_true", help="show tracebacks and debug logs")

    def parse(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """Parse all arguments.

        Raises
        ------
        ValueError
            For a flag that is unknown, with the one that is near, or a value not allowed.
        """
        args, rest = self.parse_known_args(argv)
        if rest:
            flags = [name for name in self._option_string_actions if name.startswith("--")]
            raise ValueError(f"Argument {unknown(rest[0].split('=')[0], flags)}")
        return args

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with an argument."""
        raise ValueError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def add_params(parser: Parser) -> list[str]:
    """Add a flag for the method and for every Param of any; give their names."""
    group = parser.add_argument_group(
        "method and its Params (lists with commas, other values as in TOML)"
    )
    group.add_argument("--method", help=f"{', '.join(METHODS)}; by default SMOTE")
    for name, param in PARAMS.items():
        group.add_argument(
            f"--{name}",
            type=partial(param_value, name),
            metavar="VALUE",
            help=param.doc.replace("%", "%%"),
            default=argparse.SUPPRESS,
        )
    return ["method", *PARAMS]


def place(value: str) -> dict[str, str]:
    """Tell a path from the name of a catalog table.

    A path holds a ``/`` or a scheme, exists, or ends in a known format, as in ``out.parquet``;
    other dotted names, as in ``catalog.schema.table``, and quoted ones are tables; a bare word
    is a path.

    Examples
    --------
    >>> place("data/in"), place("main.sales.orders"), place("out.parquet")
    ({'path': 'data/in'}, {'table': 'main.sales.orders'}, {'path': 'out.parquet'})
    """
    is_path = (
        "/" in value or ":" in value or Path(value).suffix[1:] in FORMATS or Path(value).exists()
    )
    is_table = not is_path and ("." in value.strip(".") or "`" in value)
    return {"table": value} if is_table else {"path": value}


def param_value(name: str, text: str) -> Any:
    """Read a flag's text as its Param takes it: as text, as a TOML value, or as a list by commas.

    Examples
    --------
    >>> param_value("k", "3"), param_value("samplingStrategy", "{fraud = 9}")
    (3, {'fraud': 9})
    >>> param_value("inputCols", "a, b"), param_value("categoricalSlots", "3, 7")
    (['a', 'b'], [3, 7])
    """
    convert = PARAMS[name].typeConverter
    parsed = _toml_value(text)
    words = [part.strip() for part in text.split(",") if part.strip()]
    for value in (text, parsed, words, [_toml_value(word) for word in words]):
        try:
            return convert(value)
        except (TypeError, ValueError):
            continue
    return parsed


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
