"""Command line arguments: strict, and a flag for every Param of every sampler."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from spark_smote.cli.config import METHODS
from spark_smote.exceptions import ResamplingError, unknown
from spark_smote.io.spec import FORMATS

__all__ = ["Parser", "add_input", "add_params", "input_keys", "path_or_table"]


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that accepts no abbreviations, and raises instead of exiting."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)
        self.add_argument("--verbose", action="store_true", help="show tracebacks and debug logs")

    def parse(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """Parse all arguments.

        Raises
        ------
        ResamplingError
            For an unknown flag, with the nearest known one, or a value not allowed.
        """
        args, rest = self.parse_known_args(argv)
        if rest:
            flags = [name for name in self._option_string_actions if name.startswith("--")]
            raise ResamplingError(f"Argument {unknown(rest[0].split('=')[0], flags)}")
        return args

    def error(self, message: str) -> NoReturn:
        """Raise an error for a wrong argument."""
        raise ResamplingError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def add_params(parser: Parser) -> list[str]:
    """Add a flag for the method and for every Param of any method, and return their names."""
    group = parser.add_argument_group(
        "method and its Params (lists with commas, other values as in TOML)"
    )
    group.add_argument("--method", help=f"{', '.join(METHODS)}; by default SMOTE")
    texts = _param_texts()
    for name, text in texts.items():
        # The value stays text: how to read it depends on the method, which the file may name.
        group.add_argument(
            f"--{name}", metavar="VALUE", help=text.replace("%", "%%"), default=argparse.SUPPRESS
        )
    return ["method", *texts]


def add_input(parser: Parser, what: str, required: bool = False) -> None:
    """Add the flags of [input]."""
    where = "a path, or a table as in catalog.schema.table; write ./name.ext for a dotted file"
    parser.add_argument("--input", required=required, help=f"{what}: {where}")
    parser.add_argument(
        "--input-format", metavar="FORMAT", help="by default as the path ends, or parquet"
    )
    parser.add_argument(
        "--input-version", metavar="VERSION", help="of a Delta table; a snapshot or tag of Iceberg"
    )
    parser.add_argument("--where", metavar="CONDITION", help="a part of its rows, in SQL")


def input_keys(args: argparse.Namespace) -> dict[str, str]:
    """Return the keys of [input] that flags set."""
    keys = {"format": args.input_format, "version": args.input_version, "where": args.where}
    place = path_or_table(args.input) if args.input else {}
    return {**{key: text for key, text in keys.items() if text is not None}, **place}


def path_or_table(value: str) -> dict[str, str]:
    """Find out whether a value is a path or the name of a catalog table.

    A path holds a ``/`` or a scheme, exists, or ends in a known format, as in ``out.parquet``;
    other dotted names, as in ``catalog.schema.table``, and quoted ones are tables, so that
    ``delta.`/data/in` `` is one; a bare word is a path.

    Examples
    --------
    >>> path_or_table("data/in"), path_or_table("out.parquet")
    ({'path': 'data/in'}, {'path': 'out.parquet'})
    >>> path_or_table("main.sales.orders")
    {'table': 'main.sales.orders'}
    """
    if re.fullmatch(r"\w+\.`[^`]+`", value):
        return {"table": value}
    is_path = (
        "/" in value or ":" in value or Path(value).suffix[1:] in FORMATS or Path(value).exists()
    )
    is_table = not is_path and ("." in value.strip(".") or "`" in value)
    return {"table": value} if is_table else {"path": value}


def _param_texts() -> dict[str, str]:
    """Return the text of every Param by name; if texts differ, each after its methods."""
    methods_by_text: dict[str, dict[str, list[str]]] = {}
    for method, sampler in METHODS.items():
        for param in sampler().params:
            methods_by_text.setdefault(param.name, {}).setdefault(param.doc, []).append(method)
    return {
        name: next(iter(texts))
        if len(texts) == 1
        else " ".join(f"{', '.join(methods)}: {text}" for text, methods in texts.items())
        for name, texts in sorted(methods_by_text.items())
    }
