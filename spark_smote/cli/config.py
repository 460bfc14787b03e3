"""Configuration of the job: a TOML file, with flags on top."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pyspark.ml.param import Param

import spark_smote
from spark_smote.base import Sampler
from spark_smote.exceptions import ParamError, ResamplingError, shown
from spark_smote.io.spec import MODES, Input, Output
from spark_smote.under_sampling.random_under_sampler import RandomUnderSampler

__all__ = ["METHODS", "SECTIONS", "Config", "Report", "load", "param_value", "unknown"]

METHODS: dict[str, type[Sampler]] = {
    name: member
    for name in spark_smote.__all__
    if isinstance(member := getattr(spark_smote, name), type) and issubclass(member, Sampler)
}
"""The public samplers by name."""

SECTIONS = ("input", "output", "smote", "under_sampling", "report")

MAX_PARTITIONS = 2**31 - 1
"""Spark counts partitions in 32 bits."""

MAX_NAME = 255
"""Bytes of a file's name, in all common file systems."""

MIN_QUERIES = 30
"""Fewest rows to measure recall with: about so many are drawn, so that fewer may be none."""


@dataclass(frozen=True)
class Report:
    """[report]: file of the JSON report, and rows to measure recall with."""

    path: str | None = None
    recallQueries: int = 1000


Section = TypeVar("Section", Input, Output, Report)


@dataclass(frozen=True)
class Config:
    """The whole configuration of a run."""

    input: Input
    output: Output
    sampler: Sampler
    report: Report
    under_sampling: RandomUnderSampler | None = None


def load(path: str | None, flags: Mapping[str, Mapping[str, str]]) -> Config:
    """Read a TOML file, if any, replace what flags set, and check the result.

    Parameters
    ----------
    path : str, optional
    flags : mapping of str to mapping
        For each section, the keys to set, and the text of their flags.

    Raises
    ------
    ResamplingError
        For a file that is missing or is no TOML, an unknown section or key, or a value that is
        not allowed.
    ParamError
        For a value of the wrong type.
    """
    config = _read(path) if path else {}
    _check_names("Config section", config, SECTIONS)
    for name, keys in config.items():
        if not isinstance(keys, dict):
            raise ParamError(
                f"[{name}] must be a section with keys, got {_kind(keys)}: write "
                f"[{name}] above them."
            )
    for name in ("input", "output"):
        # Path and table name one thing: either flag replaces either key.
        if {"path", "table"} & set(flags.get(name, {})):
            keys = config.get(name, {})
            config[name] = {key: keys[key] for key in keys if key not in ("path", "table")}
    sampler = _sampler(config.get("smote", {}), flags.get("smote", {}))
    source = _section(Input, config, flags)
    output = _section(Output, config, flags)
    report = _section(Report, config, flags)
    _check_values(source, output, report)
    under_sampler = _under_sampler(
        config.get("under_sampling", {}), flags.get("under_sampling", {}), sampler
    )
    return Config(source, output, sampler, report, under_sampler)


def param_value(param: Param[Any], text: str) -> Any:
    """Convert a flag's text for a Param: as text, as a TOML value, or as a list with commas.

    Examples
    --------
    >>> from spark_smote import SMOTE, TomekLinks
    >>> param_value(SMOTE.k, "3"), param_value(SMOTE.samplingStrategy, "{fraud = 9}")
    (3, {'fraud': 9})
    >>> param_value(SMOTE.inputCols, "a, b"), param_value(TomekLinks.samplingStrategy, "0, 1")
    (['a', 'b'], ['0', '1'])
    """
    value = _toml_value(text)
    candidates: list[Any] = [text, value]
    if not text.lstrip().startswith(("{", "[")):  # no table or list of TOML, as it seems
        words = [word.strip() for word in text.split(",") if word.strip()]
        candidates += [words, [_toml_value(word) for word in words]]
    for candidate in candidates:
        if _accepts(param, candidate):
            return candidate
    takes_list = _accepts(param, ["a"]) or _accepts(param, [0])
    return candidates[-1] if takes_list else value


def _accepts(param: Param[Any], value: Any) -> bool:
    try:
        param.typeConverter(value)
    except (TypeError, ValueError):
        return False
    return True


def unknown(name: str, known: Sequence[str]) -> str:
    """Describe an unknown name, with the known names and the nearest of them."""
    by_lower_case = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), by_lower_case, n=1)
    hint = f" Did you mean {by_lower_case[near[0]]!r}?" if near else ""
    return f"{shown(name)} is unknown; allowed: {', '.join(known)}.{hint}"


def _read(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ResamplingError(
            f"Config {path!r} cannot be read ({error.strerror}): check --config."
        ) from error
    except ValueError as error:
        raise ResamplingError(f"Config {path!r} is not valid TOML: {error}.") from error
    except RecursionError as error:
        raise ResamplingError(
            f"Config {path!r} nests lists or tables too deeply: no key needs more than two levels."
        ) from error


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _check_names(kind: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise ResamplingError(f"{kind} {unknown(name, known)}")


def _sampler(keys: Mapping[str, Any], flags: Mapping[str, str]) -> Sampler:
    method = str({"method": "SMOTE", **keys, **flags}["method"])
    if method not in METHODS:
        raise ResamplingError(f"[smote] method {unknown(method, list(METHODS))}")
    params = {param.name: param for param in METHODS[method]().params}
    keys, flags = (
        {name: value for name, value in given.items() if name != "method"}
        for given in (keys, flags)
    )
    values = _param_values(f"[smote] key of {method}", params, keys, flags)
    return METHODS[method](**values)


def _under_sampler(
    keys: Mapping[str, Any], flags: Mapping[str, str], sampler: Sampler
) -> RandomUnderSampler | None:
    """Build the sampler that cuts classes which `sampler` leaves as they are."""
    if not (keys or flags):
        return None
    params = {"samplingStrategy": RandomUnderSampler.samplingStrategy}
    values = _param_values("[under_sampling] key", params, keys, flags)
    if not (sampler.adds_only and sampler.keeps_originals):
        raise ResamplingError(
            "[under_sampling] needs a method in [smote] that adds rows, and outputMode 'all': "
            "leave it out, or write the originals too."
        )
    return RandomUnderSampler(labelCol=sampler.getLabelCol(), seed=sampler.getSeed(), **values)


def _param_values(
    kind: str, params: Mapping[str, Param[Any]], keys: Mapping[str, Any], flags: Mapping[str, str]
) -> dict[str, Any]:
    """Return values of Params by name, those of flags converted from text."""
    _check_names(kind, [*keys, *flags], list(params))
    return {**keys, **{name: param_value(params[name], text) for name, text in flags.items()}}


def _section(
    kind: type[Section],
    config: Mapping[str, Mapping[str, Any]],
    flags: Mapping[str, Mapping[str, str]],
) -> Section:
    name = kind.__name__.lower()
    values = {**config.get(name, {}), **flags.get(name, {})}
    _check_names(f"[{name}] key", values, [member.name for member in fields(kind)])
    hints = get_type_hints(kind)
    return kind(
        **{key: _typed(f"[{name}] {key}", value, str(hints[key])) for key, value in values.items()}
    )


def _typed(key: str, value: Any, hint: str) -> Any:
    """Check a value against the type of its field, and return it."""
    if "dict" in hint:
        if isinstance(value, dict) and all(
            isinstance(v, (str, int, float)) for v in value.values()
        ):
            return {
                name: str(v).lower() if isinstance(v, bool) else str(v) for name, v in value.items()
            }
        raise ParamError(
            f"{key} must be an inline table of texts, numbers and booleans, got {_kind(value)}."
        )
    if "list" in hint:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise ParamError(f"{key} must be a list of texts, got {_kind(value)}.")
    if "int" in hint:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise ParamError(f"{key} must be a whole number, got {_kind(value)}.")
    if isinstance(value, str) and value:
        return value
    raise ParamError(f"{key} must be a text, not empty, got {_kind(value)}.")


def _kind(value: Any) -> str:
    """Return what a value is, in TOML's words: the value itself may be a secret."""
    if isinstance(value, dict):
        return f"a table of the keys {shown(list(value))}" if value else "an empty table"
    words = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
    return words.get(type(value), f"a {type(value).__name__}") if value != "" else "an empty text"


def _check_values(source: Input, output: Output, report: Report) -> None:
    for name, section in (("input", source), ("output", output)):
        if section.path and section.table:
            raise ResamplingError(
                f"[{name}] names both path {section.path!r} and table {section.table!r}: keep one."
            )
    for key, path in (
        ("[input] path", source.path),
        ("[output] path", output.path),
        ("[report] path", report.path),
    ):
        _check_path(key, path or "")
    if source.format and not (source.path or source.table or source.options):
        raise ResamplingError(
            f"[input] names format {shown(source.format)} alone: give --input, or in [input] "
            "options what that format reads, as url and dbtable for jdbc."
        )
    if not (source.path or source.table or source.format):
        raise ResamplingError("No input is named: give --input, or path or table in [input].")
    if output.mode not in MODES:
        raise ResamplingError(f"[output] mode {unknown(output.mode, MODES)}")
    if output.partitions is not None and not 1 <= output.partitions <= MAX_PARTITIONS:
        raise ResamplingError(
            f"[output] partitions must be at least 1 and at most {MAX_PARTITIONS}, got "
            f"{shown(output.partitions)}."
        )
    if "partitionoverwritemode" in map(str.lower, output.options):
        raise ResamplingError(
            "[output] options may not set partitionOverwriteMode: overwrite replaces the output "
            "as a whole; name one output for each partition."
        )
    if report.recallQueries and report.recallQueries < MIN_QUERIES:
        raise ResamplingError(
            f"[report] recallQueries must be 0 (no measuring) or at least {MIN_QUERIES}, got "
            f"{shown(report.recallQueries)}."
        )
    if report.path and report.path != "-" and "://" in report.path:
        raise ResamplingError(
            f"[report] path {report.path!r} is not allowed: name a local file, or '-' for stdout."
        )


def _check_path(key: str, path: str) -> None:
    """Check that a file system may hold names as long as those of a path."""
    longest = max(path.split("/"), key=lambda name: len(name.encode()))
    if "://" not in path and len(longest.encode()) > MAX_NAME:
        raise ResamplingError(
            f"{key} holds the name {shown(longest)} of {len(longest.encode())} bytes; a file's "
            f"name has at most {MAX_NAME}: choose a shorter one."
        )
