"""Target sizes of classes: resolved from counts, "2.5x" or "50%", and capped."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from spark_smote.core.strategy.groups import warn_of_classes
from spark_smote.core.strategy.labels import Label, label_order, match_labels
from spark_smote.exceptions import ResamplingError, shown

__all__ = [
    "TargetSize",
    "cap_per_row",
    "is_relative",
    "largest_class",
    "named_classes",
    "resolve_targets",
    "smaller_and_larger",
    "smallest_class",
    "target_rows",
]

logger = logging.getLogger(__name__)

TargetSize = int | str
"""Final rows of a class: a number, a multiple of its rows ("2.5x"), or a part of the largest
class ("50%")."""

_RELATIVE = re.compile(r"[0-9]+(\.[0-9]+)?[x%]")


def is_relative(size: Any) -> bool:
    """Check whether a target size is a multiple or a percentage.

    Examples
    --------
    >>> is_relative("2.5x"), is_relative("50%"), is_relative("50"), is_relative("x")
    (True, True, False, False)
    """
    return isinstance(size, str) and _RELATIVE.fullmatch(size) is not None


def target_rows(size: TargetSize, now: int, largest: int) -> int:
    """Compute the final rows of a class of `now` rows, rounded down.

    Examples
    --------
    >>> target_rows("1.1x", now=30, largest=100), target_rows("50%", now=30, largest=101)
    (33, 50)
    """
    if isinstance(size, int):
        return size
    number = Fraction(size[:-1])  # exact: 1.1 · 30 is no less than 33
    return int(number * now if size.endswith("x") else number * largest / 100)


def resolve_targets(
    wanted: Mapping[str, TargetSize], counts: Mapping[Label, int]
) -> Iterator[tuple[Label, int, str]]:
    """Yield (label, final rows, the request in words) of each class named, in label order.

    Raises
    ------
    ResamplingError
        If the mapping names an unknown class, or one class twice.
    """
    sizes = match_labels(wanted, list(counts), "samplingStrategy")
    largest = max(counts.values())
    for label in counts:
        if label in sizes:
            rows = target_rows(sizes[label], counts[label], largest)
            written = "" if sizes[label] == rows else f" ({sizes[label]})"
            request = f"samplingStrategy asks for {rows} rows{written} of class {shown(label)}"
            yield label, rows, f"{request}, which has {counts[label]}"


def cap_per_row(
    made: Mapping[Label, int], counts: Mapping[Label, int], max_per_row: float | None
) -> dict[Label, int]:
    """Reduce the rows to make to at most `max_per_row` times the rows of each class.

    Parameters
    ----------
    made, counts : mapping of label to int
        Rows to make, and rows of each class now.
    max_per_row : float or None
        None for no limit.

    Examples
    --------
    >>> cap_per_row({"a": 70, "b": 5}, {"a": 10, "b": 10}, 1.5)
    {'a': 15, 'b': 5}
    """
    if max_per_row is None:
        return dict(made)
    capped, warnings = {}, []
    for label, rows in made.items():
        capped[label] = min(rows, int(Fraction(str(max_per_row)) * counts[label]))
        if capped[label] < rows:
            warnings.append(
                f"class {shown(label)} is to get {rows} rows and gets {capped[label]}: "
                f"maxPerRow={max_per_row} for each of its {counts[label]}"
            )
    warn_of_classes(logger, warnings)
    return capped


def smallest_class(counts: Mapping[Label, int]) -> Label:
    """Find the class with the fewest rows, the first in label order of equals."""
    return min(sorted(counts, key=label_order), key=counts.__getitem__)


def largest_class(counts: Mapping[Label, int]) -> Label:
    """Find the class with the most rows, the first in label order of equals."""
    return max(sorted(counts, key=label_order), key=counts.__getitem__)


def named_classes(name: str, counts: Mapping[Label, int], auto: str) -> list[Label]:
    """Find the classes that a strategy's name stands for.

    Parameters
    ----------
    name : {"auto", "minority", "majority", "not minority", "not majority", "all"}
        The minority is the smallest class, the majority the largest.
    counts : mapping of label to int
        Rows of each class now.
    auto : str
        The name that "auto" stands for.

    Returns
    -------
    list of label
        In the order of `counts`.

    Examples
    --------
    >>> named_classes("auto", {0: 100, 1: 25, 2: 50}, auto="not majority")
    [1, 2]
    """
    smallest, largest = smallest_class(counts), largest_class(counts)
    return {
        "minority": [smallest],
        "majority": [largest],
        "not minority": [label for label in counts if label != smallest],
        "not majority": [label for label in counts if label != largest],
        "all": list(counts),
    }[auto if name == "auto" else name]


def smaller_and_larger(ratio: float, counts: Mapping[Label, int]) -> tuple[Label, Label]:
    """Find the two classes of a ratio; of equals, the first in label order is the larger.

    Raises
    ------
    ResamplingError
        If there are more than two.
    """
    if len(counts) > 2:
        raise ResamplingError(
            f"samplingStrategy={ratio} is a ratio for two classes, but the label column holds "
            f"{len(counts)}: use 'auto' or {{label: final rows}}."
        )
    largest = largest_class(counts)
    return next(label for label in counts if label != largest), largest
