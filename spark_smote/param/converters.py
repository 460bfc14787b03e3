"""Checks of the values that Params are given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np

from spark_smote.core.strategy.targets import TargetSize, is_relative
from spark_smote.exceptions import ParamError, shown

__all__ = [
    "auto_or",
    "bucket_size",
    "class_sizes",
    "classes",
    "clusters",
    "column",
    "columns",
    "flag",
    "neighbors",
    "number",
    "one_of",
    "positive",
    "rows",
    "seed",
    "shrinkage",
    "slots",
    "some_columns",
    "strategy",
    "text",
    "weights",
]

Value = TypeVar("Value")


# Converters raise TypeError, the only error to which Spark adds the Param's name.
def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _whole(value: Any, least: int) -> int:
    if not _is_number(value) or value % 1 != 0:
        raise ParamError(f"must be a whole number, got {shown(value)}")
    if value < least:
        raise ParamError(f"must be at least {least}, got {shown(value)}")
    return int(value)


def _int64(value: Any, least: int) -> int:
    number = _whole(value, least)
    if number >= 2**63:
        raise ParamError(f"must fit 64 bits, got {shown(value)}")
    return number


def _list(value: Any, what: str) -> list[Any]:
    """Return a list, a tuple or a one-dimensional array as a list."""
    if isinstance(value, (list, tuple, range)):
        return list(value)
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return list(value.tolist())
    raise ParamError(f"must be a list of {what}, got {shown(value)}")


def neighbors(value: Any) -> int:
    """Check a number of neighbors."""
    return _whole(value, 1)


def bucket_size(value: Any) -> int:
    """Check the rows of a bucket."""
    return _whole(value, 16)


def clusters(value: Any) -> int:
    """Check a number of clusters."""
    return _whole(value, 1)


def rows(value: Any) -> int:
    """Check a number of rows that Spark can count."""
    return _int64(value, 1)


def slots(value: Any) -> list[int]:
    """Check positions in an array, from 0, each once."""
    places = [_whole(place, 0) for place in _list(value, "slots, as [0, 3]")]
    if len(set(places)) < len(places):
        raise ParamError(f"must name each slot once, got {shown(value)}")
    return places


def seed(value: Any) -> int:
    """Check a 64-bit integer."""
    return _int64(value, -(2**63))


def number(least: float, most: float = math.inf) -> Callable[[Any], float]:
    """Return a check of a finite number in a closed range."""
    span = f"from {least}" if most == math.inf else f"from {least} to {most}"

    def convert(value: Any) -> float:
        if not _is_number(value) or not least <= value <= most or math.isinf(value):
            raise ParamError(f"must be a number {span}, got {shown(value)}")
        return float(value)

    return convert


def positive(most: float = math.inf, below: float = math.inf) -> Callable[[Any], float]:
    """Return a check of a finite number above 0, and at most or below some other."""
    span = f"above 0 and below {below}" if below < math.inf else "above 0"
    span += f" and at most {most}" if most < math.inf else ""

    def convert(value: Any) -> float:
        if not _is_number(value) or not (0 < value < below and value <= most):
            raise ParamError(f"must be a number {span}, got {shown(value)}")
        return float(value)

    return convert


def flag(value: Any) -> bool:
    """Check a boolean."""
    if not isinstance(value, (bool, np.bool_)):
        raise ParamError(f"must be True or False, got {shown(value)}")
    return bool(value)


def auto_or(convert: Callable[[Any], float]) -> Callable[[Any], str | float]:
    """Return a check that allows "auto" as well."""

    def checked(value: Any) -> str | float:
        if isinstance(value, str) and value == "auto":
            return value
        try:
            return convert(value)
        except TypeError as error:
            raise ParamError(f"{error}; 'auto' is allowed as well") from None

    return checked


def one_of(*allowed: str) -> Callable[[Any], str]:
    """Return a check of one of some words."""

    def convert(value: Any) -> str:
        if value not in allowed:
            raise ParamError(f"must be one of {', '.join(map(repr, allowed))}, got {shown(value)}")
        return str(value)

    return convert


def strategy(*allowed: str) -> Callable[[Any], str | float | dict[str, TargetSize]]:
    """Return a check of a strategy; it writes labels as text, as JSON does with keys."""

    def convert(value: Any) -> str | float | dict[str, TargetSize]:
        if isinstance(value, str):
            return one_of(*allowed)(value)
        if isinstance(value, Mapping):
            return _by_label(value, _amount)
        if _is_number(value):
            if not 0 < value <= 1:
                raise ParamError(
                    f"must be a ratio of minority to majority in (0, 1], got {shown(value)}; for "
                    "final rows give {label: rows}"
                )
            return float(value)
        raise ParamError(
            f"must be one of {', '.join(map(repr, allowed))}, a ratio in (0, 1] or "
            f"{{label: final rows}}, got {shown(value)}"
        )

    return convert


def classes(*allowed: str) -> Callable[[Any], str | list[str]]:
    """Return a check of one of some words, or of labels, which it writes as text."""

    def convert(value: Any) -> str | list[str]:
        if isinstance(value, str):
            return one_of(*allowed)(value)
        labels = [_label_text(label) for label in _list(value, "classes, as [0, 2]")]
        if len(set(labels)) < max(1, len(labels)):
            raise ParamError(
                f"must name at least one class, and each class once, got {shown(value)}"
            )
        return labels

    return convert


def shrinkage(value: Any) -> float | dict[str, float]:
    """Check a factor of at least 0, for all classes or by label, written as text."""
    if isinstance(value, Mapping):
        return _by_label(value, lambda _, factor: number(0.0)(factor))
    return number(0.0)(value)


def weights(value: Any) -> dict[str, float]:
    """Check weights above 0 by label, written as text."""
    if not isinstance(value, Mapping):
        raise ParamError(f"must be {{label: weight}}, got {shown(value)}")
    return _by_label(value, lambda _, weight: positive()(weight))


def class_sizes(value: Any) -> list[float]:
    """Check a size above 0 of each class of a classifier, which numbers them from 0."""
    if isinstance(value, Mapping):
        sizes = {_whole(number, 0): size for number, size in value.items()}
        if sorted(sizes) != list(range(len(value))):
            raise ParamError(
                "must name the classes as a classifier numbers them, 0, 1, … without a gap, got "
                f"{shown(value)}"
            )
        value = [sizes[number] for number in range(len(sizes))]
    listed = [positive()(size) for size in _list(value, "a number for each class")]
    if len(listed) < 2:
        raise ParamError(f"must have at least two classes, got {shown(value)}")
    return listed


def _by_label(value: Mapping[Any, Any], convert: Callable[[Any, Any], Value]) -> dict[str, Value]:
    converted = {_label_text(label): convert(label, each) for label, each in value.items()}
    if len(converted) < max(1, len(value)):
        raise ParamError(f"must name at least one class, and each class once, got {shown(value)}")
    return converted


def _label_text(label: Any) -> str:
    if hasattr(label, "item"):  # a NumPy scalar
        label = label.item()
    return str(label).lower() if isinstance(label, bool) else str(label)


def _amount(label: Any, rows: Any) -> TargetSize:
    if is_relative(rows):
        return str(rows)
    if not _is_number(rows) or not isinstance(rows, Integral) or rows < 0:
        raise ParamError(
            "must give a whole number of final rows, 0 or more, or a text as '2.5x' its rows or "
            f"'50%' of the largest class, for class {shown(label)}, got {shown(rows)}"
        )
    return int(rows)


def text(value: Any) -> str:
    """Check a text, a boolean or a whole number; it writes them as text, as with labels."""
    plain = value.item() if hasattr(value, "item") else value
    if not isinstance(plain, (str, bool, int)):
        raise ParamError(f"must be a text, a boolean or a whole number, got {shown(value)}")
    return _label_text(plain)


def column(value: Any) -> str:
    """Check a column name."""
    if not isinstance(value, str) or not value:
        raise ParamError(f"must name a column, got {shown(value)}")
    return str(value)


def columns(value: Any) -> list[str]:
    """Check column names, each once."""
    names = [column(name) for name in _list(value, "column names, as ['age', 'amount']")]
    if len(set(names)) < len(names):
        raise ParamError(f"must name each column once, got {shown(value)}")
    return names


def some_columns(value: Any) -> list[str]:
    """Check the names of at least one column."""
    names = columns(value)
    if not names:
        raise ParamError(f"must name at least one column, got {shown(value)}")
    return names
