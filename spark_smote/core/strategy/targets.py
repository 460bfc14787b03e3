"""Amounts of rows as people write them: a number, a multiple, a share; and a cap on them."""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Hashable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

__all__ = [
    "Label",
    "TargetSize",
    "by_label",
    "cap_per_row",
    "is_relative",
    "match_labels",
    "resolve_targets",
    "smaller_and_larger",
    "smallest_class",
    "target_rows",
]

logger = logging.getLogger(__name__)

TargetSize = int | str
"""Final rows of a class; or "2.5x", so many times its rows; or "50%" of the largest class."""

Label = TypeVar("Label", bound=Hashable)

Value = TypeVar("Value")

_RELATIVE = re.compile(r"[0-9]+(\.[0-9]+)?[x%]")


def is_relative(amount: Any) -> bool:
    """Tell whether a text is a multiple or a share.

    Examples
    --------
    >>> is_relative("2.5x"), is_relative("50%"), is_relative("50"), is_relative("x")
    (True, True, False, False)
    """
    return isinstance(amount, str) and _RELATIVE.fullmatch(amount) is not None


def target_rows(amount: TargetSize, now: int, largest: int) -> int:
    """Compute the rows that an amount is, for a class of `now` rows; parts of a row are dropped.

    Examples
    --------
    >>> target_rows("1.1x", now=30, largest=100), target_rows("50%", now=30, largest=101)
    (33, 50)
    """
    if isinstance(amount, int):
        return amount
    number = Fraction(amount[:-1])  # exact: 1.1 · 30 is no less than 33
    return int(number * now if amount.endswith("x") else number * largest / 100)


def resolve_targets(
    wanted: Mapping[str, TargetSize], counts: Mapping[Label, int]
) -> Iterator[tuple[Label, int, str]]:
    """Give the classes that a mapping names, in label order: label, final rows, and both in words.

    Raises
    ------
    ValueError
        Where the mapping names an unknown class.
    """
    amounts = match_labels(wanted, list(counts), "samplingStrategy")
    largest = max(counts.values())
    for label in counts:
        if label in amounts:
            rows = target_rows(amounts[label], counts[label], largest)
            written = "" if amounts[label] == rows else f" ({amounts[label]})"
            asked = f"samplingStrategy asks for {rows} rows{written} of class {label!r}"
            yield label, rows, f"{asked}, which has {counts[label]}"


def match_labels(
    wanted: Mapping[str, Value], labels: list[Label], param: str
) -> dict[Label, Value]:
    """Find the labels that a Param's mapping names by text.

    Raises
    ------
    ValueError
        Where it names an unknown class.
    """
    return {_find_label(text, labels, param): value for text, value in wanted.items()}


def _find_label(text: str, labels: list[Label], param: str) -> Label:
    """Find the label that `text` writes: "1" is 1 and 1.0, "true" is True."""
    for label in labels:
        if text == label or text.lower() == str(label).lower():
            return label
        if isinstance(label, (int, float)) and not isinstance(label, bool):
            try:
                if float(text) == label:
                    return label
            except ValueError:
                pass
    near = difflib.get_close_matches(text, [str(label) for label in labels], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    shown = ", ".join(repr(label) for label in labels[:20])
    raise ValueError(
        f"{param} names class {text!r}, which the label column does not hold; "
        f"classes: {shown}{', …' if len(labels) > 20 else ''}.{hint}"
    )


def cap_per_row(
    made: Mapping[Label, int], counts: Mapping[Label, int], max_per_row: float | None
) -> dict[Label, int]:
    """Lower the rows that classes make to at most so many for each row there is.

    Parameters
    ----------
    made, counts : mapping of label to int
        Rows to make, and rows there are.
    max_per_row : float or None
        None lowers nothing.

    Examples
    --------
    >>> cap_per_row({"a": 70, "b": 5}, {"a": 10, "b": 10}, 1.5)
    {'a': 15, 'b': 5}
    """
    if max_per_row is None:
        return dict(made)
    lowered = {}
    for label, rows in made.items():
        lowered[label] = min(rows, int(Fraction(str(max_per_row)) * counts[label]))
        if lowered[label] < rows:
            logger.warning(
                "class %r is to get %d rows and gets %d: maxPerRow=%s for each of its %d",
                label, rows, lowered[label], max_per_row, counts[label],
            )  # fmt: skip
    return lowered


def by_label(counts: Mapping[Label, int]) -> dict[Label, int]:
    """Put two classes or more in the order of their labels."""
    ordered = {label: counts[label] for label in sorted(counts, key=_label_order)}
    if not ordered:
        raise ValueError("The table has no labeled rows; resampling needs at least two classes.")
    if len(ordered) == 1:
        only = next(iter(ordered))
        raise ValueError(
            f"The label column holds one class only, {only!r}; resampling needs at least two: "
            "check the label column or the filter before."
        )
    return ordered


def smaller_and_larger(ratio: float, counts: Mapping[Label, int]) -> tuple[Label, Label]:
    """Tell the classes that a ratio is of; the first label is the larger of equals."""
    if len(counts) > 2:
        raise ValueError(
            f"samplingStrategy={ratio} is a ratio for two classes, but the label column holds "
            f"{len(counts)}: use 'auto' or {{label: final rows}}."
        )
    largest = max(counts, key=counts.__getitem__)
    return next(label for label in counts if label != largest), largest


def smallest_class(counts: Mapping[Label, int]) -> Label:
    """Return the label of the smallest class, of equals the first in label order."""
    return min(sorted(counts, key=_label_order), key=counts.__getitem__)


def _label_order(label: Hashable) -> tuple[int, float, str]:
    if isinstance(label, (int, float)):
        return (0, float(label), "")
    return (1, 0.0, str(label))
