"""What a job is told: a TOML file, with flags on top."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from spark_smote.base import Sampler
from spark_smote.cli.methods import METHODS
from spark_smote.io.spec import MODES, Input, Output
from spark_smote.under_sampling.random_under_sampler import RandomUnderSampler

__all__ = ["Config", "Report", "load", "unknown"]

MIN_QUERIES = 30
"""Rows to measure recall with: about so many are drawn, and of fewer it may be none."""


@dataclass(frozen=True)
class Report:
    """[report]: where the JSON report goes, and rows to measure recall with."""

    path: str | None = None
    recallQueries: int = 1000


Section = TypeVar("Section", Input, Output, Report)


@dataclass(frozen=True)
class Config:
    """All that a run is told."""

    input: Input
    output: Output
    sampler: Sampler
    report: Report
    under_sampling: RandomUnderSampler | None = None


def load(path: str | None, flags: Mapping[str, Mapping[str, Any]]) -> Config:
    """Read a TOML file, if any, lay flags over it and check the whole.

    Parameters
    ----------
    path : str, optional
    flags : mapping of str to mapping
        For each table, the keys to set.

    Raises
    ------
    ValueError
        For a file that is missing or is no TOML, an unknown table or key, or a value that is
        not allowed.
    TypeError
        For a value of the wrong type.
    """
    told = _read(path) if path else {}
    tables = ("input", "output", "smote", "under_sampling", "report")
    _check_names("Config table", told, tables)
    for name, keys in told.items():
        if not isinstance(keys, dict):
            raise TypeError(
                f"[{name}] must be a table of keys, got {keys!r}: write [{name}] above them."
            )
    for name in ("input", "output"):
        # A place is one thing in two spellings: either flag replaces either key.
        if {"path", "table"} & set(flags.get(name, {})):
            told[name] = {k: v for k, v in told.get(name, {}).items() if k not in ("path", "table")}
    merged = {name: {**told.get(name, {}), **flags.get(name, {})} for name in tables}
    sampler = _sampler(merged["smote"])
    read, write = _section(Input, merged["input"]), _section(Output, merged["output"])
    report = _section(Report, merged["report"])
    _check_values(read, write, report)
    return Config(read, write, sampler, report, _under(merged["under_sampling"], sampler))


def _read(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"Config {path!r} cannot be read ({error.strerror}): check --config."
        ) from error
    except ValueError as error:
        raise ValueError(f"Config {path!r} is not valid TOML: {error}.") from error


def unknown(name: str, known: Sequence[str]) -> str:
    """Say that a name is unknown, which are known and which of them is near."""
    lowered = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), lowered, n=1)
    hint = f" Did you mean {lowered[near[0]]!r}?" if near else ""
    return f"{name!r} is unknown; allowed: {', '.join(known)}.{hint}"


def _check_names(kind: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise ValueError(f"{kind} {unknown(name, known)}")


def _sampler(told: Mapping[str, Any]) -> Sampler:
    params = dict(told)
    method = str(params.pop("method", "SMOTE"))
    if method not in METHODS:
        raise ValueError(f"[smote] method {unknown(method, list(METHODS))}")
    known = [param.name for param in METHODS[method]().params]
    _check_names(f"[smote] key of {method}", params, known)
    return METHODS[method](**params)


def _under(told: Mapping[str, Any], sampler: Sampler) -> RandomUnderSampler | None:
    """Read what leaves out rows of the classes that `sampler` does not raise."""
    if not told:
        return None
    _check_names("[under_sampling] key", told, ["samplingStrategy"])
    if not (sampler.adds_only and sampler.keeps_originals):
        raise ValueError(
            "[under_sampling] needs a method in [smote] that adds rows, and outputMode 'all': "
            "leave it out, or write the originals too."
        )
    return RandomUnderSampler(labelCol=sampler.getLabelCol(), seed=sampler.getSeed(), **told)


def _section(kind: type[Section], values: Mapping[str, Any]) -> Section:
    name = kind.__name__.lower()
    _check_names(f"[{name}] key", values, [member.name for member in fields(kind)])
    hints = get_type_hints(kind)
    return kind(
        **{key: _typed(f"[{name}] {key}", value, str(hints[key])) for key, value in values.items()}
    )


def _typed(key: str, value: Any, hint: str) -> Any:
    """Check a value against the type of its field."""
    if "dict" in hint:
        if isinstance(value, dict) and all(
            isinstance(v, (str, int, float)) for v in value.values()
        ):
            return {
                name: str(v).lower() if isinstance(v, bool) else str(v) for name, v in value.items()
            }
        raise TypeError(f"{key} must be a table of texts, numbers and booleans, got {value!r}.")
    if "list" in hint:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise TypeError(f"{key} must be a list of texts, got {value!r}.")
    if "int" in hint:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise TypeError(f"{key} must be a whole number, got {value!r}.")
    if isinstance(value, str) and value:
        return value
    raise TypeError(f"{key} must be a text, not empty, got {value!r}.")


def _check_values(read: Input, write: Output, report: Report) -> None:
    for name, end in (("input", read), ("output", write)):
        if end.path and end.table:
            raise ValueError(
                f"[{name}] names both path {end.path!r} and table {end.table!r}: keep one."
            )
    if not read.path and not read.table:
        raise ValueError("No input is named: give --input, or path or table in [input].")
    if write.mode not in MODES:
        raise ValueError(f"[output] mode {unknown(write.mode, MODES)}")
    if write.partitions is not None and write.partitions < 1:
        raise ValueError(f"[output] partitions must be at least 1, got {write.partitions}.")
    if "partitionoverwritemode" in map(str.lower, write.options):
        raise ValueError(
            "[output] options may not set partitionOverwriteMode: overwrite replaces the output "
            "as a whole; name one output for each partition."
        )
    if report.recallQueries and report.recallQueries < MIN_QUERIES:
        raise ValueError(
            f"[report] recallQueries must be 0 (no measuring) or at least {MIN_QUERIES}, got "
            f"{report.recallQueries}."
        )
    if report.path and report.path != "-" and "://" in report.path:
        raise ValueError(
            f"[report] path {report.path!r} is not allowed: name a local file, or '-' for stdout."
        )
