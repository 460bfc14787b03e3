"""[input], [output] and [report] of a configuration: their keys, types and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from spark_smote.exceptions import ParamError, ResamplingError, shown, unknown
from spark_smote.io.spec import MODES, Input, Output

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "Report",
    "check_input",
    "check_names",
    "check_report_path",
    "check_values",
    "kind_of",
    "section",
]

MAX_PARTITIONS = 2**31 - 1
"""Spark counts partitions in 32 bits."""

MAX_NAME = 255
"""Bytes of a file's name, in all common file systems."""

MIN_QUERIES = 30
"""Fewest rows to measure recall with: about so many are drawn, so that fewer may be none."""


AUDIT_COLUMNS = ("run", "at")
"""What columns of the output may tell: the run's id and when it began."""

OPTIONS_OF_KEYS = {
    "partitionoverwritemode": "overwrite replaces all, or the rows of the key replaceWhere",
    "replacewhere": "use the key replaceWhere",
    "mergeschema": "use the key mergeSchema",
    "txnappid": "use the key runId",
    "txnversion": "use the key runId",
    "usermetadata": "the commit is marked by runId",
}
"""Options of writers, in lower case, and what is to be used instead."""


@dataclass(frozen=True)
class Report:
    """[report]: file of the JSON report, table of all runs, and rows to measure recall with."""

    path: str | None = None
    table: str | None = None
    recallQueries: int = 1000


Section = TypeVar("Section", bound="DataclassInstance")


def check_names(kind: str, names: Iterable[str], known: Sequence[str]) -> None:
    """Refuse a name that is not known."""
    for name in names:
        if name not in known:
            raise ResamplingError(f"{kind} {unknown(name, known)}")


def section(
    kind: type[Section],
    config: Mapping[str, Mapping[str, Any]],
    flags: Mapping[str, Mapping[str, str]],
) -> Section:
    """Build a section from the keys of a file and of flags, checked by type."""
    name = kind.__name__.lower()
    values = {**config.get(name, {}), **flags.get(name, {})}
    if isinstance(values.get("version"), int):  # Delta's are numbers, tags of Iceberg texts
        values["version"] = str(values["version"])
    check_names(f"[{name}] key", values, [member.name for member in fields(kind)])
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
            f"{key} must be an inline table of texts, numbers and booleans, got {kind_of(value)}."
        )
    if "bool" in hint:
        if isinstance(value, bool):
            return value
        raise ParamError(f"{key} must be true or false, got {kind_of(value)}.")
    if "list" in hint:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise ParamError(f"{key} must be a list of texts, got {kind_of(value)}.")
    if "int" in hint:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise ParamError(f"{key} must be a whole number, got {kind_of(value)}.")
    if isinstance(value, str) and value:
        return value
    raise ParamError(f"{key} must be a text, not empty, got {kind_of(value)}.")


def kind_of(value: Any) -> str:
    """Return what a value is, in TOML's words: the value itself may be a secret."""
    if isinstance(value, dict):
        return f"a table of the keys {shown(list(value))}" if value else "an empty table"
    words = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
    return words.get(type(value), f"a {type(value).__name__}") if value != "" else "an empty text"


def check_values(source: Input, output: Output, report: Report) -> None:
    """Check the values of the sections, and those that depend on each other."""
    check_input(source)
    _check_place("output", output)
    check_report_path("path", report.path)
    if output.mode not in MODES:
        raise ResamplingError(f"[output] mode {unknown(output.mode, MODES)}")
    if output.partitions is not None and not 1 <= output.partitions <= MAX_PARTITIONS:
        raise ResamplingError(
            f"[output] partitions must be at least 1 and at most {MAX_PARTITIONS}, got "
            f"{shown(output.partitions)}."
        )
    _check_lake(output)
    if report.recallQueries and report.recallQueries < MIN_QUERIES:
        raise ResamplingError(
            f"[report] recallQueries must be 0 (no measuring) or at least {MIN_QUERIES}, got "
            f"{shown(report.recallQueries)}."
        )


def check_input(source: Input) -> None:
    """Check the values of [input]."""
    _check_place("input", source)
    if source.format and not (source.path or source.table or source.options):
        raise ResamplingError(
            f"[input] names format {shown(source.format)} alone: give --input, or in [input] "
            "options what that format reads, as url and dbtable for jdbc."
        )
    if not (source.path or source.table or source.format):
        raise ResamplingError("No input is named: give --input, or path or table in [input].")
    if source.version and source.timestamp:
        raise ResamplingError(
            f"[input] names both version {source.version!r} and timestamp {source.timestamp!r}: "
            "keep one."
        )


def check_report_path(key: str, path: str | None) -> None:
    """Check a path of [report]: a local file, or - for stdout."""
    _check_path(f"[report] {key}", path or "")
    if path and path != "-" and "://" in path:
        raise ResamplingError(
            f"[report] {key} {path!r} is not allowed: name a local file, or '-' for stdout."
        )


def _check_place(name: str, place: Input | Output) -> None:
    if place.path and place.table:
        raise ResamplingError(
            f"[{name}] names both path {place.path!r} and table {place.table!r}: keep one."
        )
    _check_path(f"[{name}] path", place.path or "")


def _check_lake(output: Output) -> None:
    """Check what is for tables that keep versions."""
    for option in output.options:
        if option.lower() in OPTIONS_OF_KEYS:
            raise ResamplingError(
                f"[output] options may not set {option}: {OPTIONS_OF_KEYS[option.lower()]}."
            )
    if output.replaceWhere and output.mode != "overwrite":
        raise ResamplingError(
            f"[output] replaceWhere is for mode 'overwrite', and the mode is {output.mode!r}: "
            "change one of them."
        )
    if output.clusterBy and output.partitionBy:
        raise ResamplingError(
            f"[output] names both partitionBy {output.partitionBy} and clusterBy "
            f"{output.clusterBy}: keep one."
        )
    check_names("[output] columns key", output.columns, AUDIT_COLUMNS)


def _check_path(key: str, path: str) -> None:
    """Check that a file system may hold names as long as those of a path."""
    longest = max(path.split("/"), key=lambda name: len(name.encode()))
    if "://" not in path and len(longest.encode()) > MAX_NAME:
        raise ResamplingError(
            f"{key} holds the name {shown(longest)} of {len(longest.encode())} bytes; a file's "
            f"name has at most {MAX_NAME}: choose a shorter one."
        )
