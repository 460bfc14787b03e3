"""Labels of classes: their order, and the classes that a mapping names by text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from numbers import Number
from typing import Any, TypeVar

import numpy as np

from spark_smote.exceptions import ResamplingError, shown

__all__ = ["Label", "by_label", "label_order", "match_labels"]

Label = TypeVar("Label", bound=Hashable)

Value = TypeVar("Value")

MAX_SHOWN = 20
"""Maximal number of labels in an error."""

MAX_COMPARED = 100
"""Characters of the longest label that an error suggests: longer ones take long to compare."""

_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")


def label_order(label: Any) -> tuple[int, Any]:
    """Return a key to sort labels by: numbers before text, by value; those of groups, by group."""
    if isinstance(label, tuple):
        return 2, tuple(map(label_order, label))
    is_number = isinstance(label, Number) and label == label  # not NaN
    return (0, label) if is_number else (1, str(label))


def by_label(counts: Mapping[Label, int]) -> dict[Label, int]:
    """Sort the classes by label, see `label_order`.

    Raises
    ------
    ResamplingError
        If there are fewer than two.
    """
    ordered = {label: counts[label] for label in sorted(counts, key=label_order)}
    if not ordered:
        raise ResamplingError(
            "The table has no labeled rows; resampling needs at least two classes."
        )
    if len(ordered) == 1:
        label = next(iter(ordered))
        raise ResamplingError(
            f"The label column holds one class only, {shown(label)}; resampling needs at least "
            "two: check the label column or the filter before."
        )
    return ordered


def match_labels(
    wanted: Mapping[str, Value], labels: Sequence[Label], param: str
) -> dict[Label, Value]:
    """Find the labels that a Param's mapping names by text.

    A label exactly as written comes first. Otherwise, the text may differ in case, or write the
    same number in another way.

    Parameters
    ----------
    wanted : mapping of str to value
    labels : sequence of label
        Distinct.
    param : str
        Name of the Param, for errors.

    Raises
    ------
    ResamplingError
        If a text names no class or several, or two texts name the same class.

    Examples
    --------
    >>> match_labels({"YES": 1, "yes": 2}, ["YES", "yes"], "samplingStrategy")
    {'YES': 1, 'yes': 2}
    >>> match_labels({"1.0": 5}, [0, 1], "samplingStrategy")
    {1: 5}
    """
    exact = {str(label): label for label in labels}
    similar: dict[Hashable, list[Label]] = {}
    for label in labels:
        for spelling in _spellings_of_label(label):
            similar.setdefault(spelling, []).append(label)
    named: dict[Label, str] = {}
    for text in wanted:
        label = exact[text] if text in exact else _find_similar(text, similar, labels, param)
        if label in named:
            raise ResamplingError(
                f"{param} names class {shown(label)} twice, as {shown(named[label])} and as "
                f"{shown(text)}: keep one of them."
            )
        named[label] = text
    return {label: wanted[text] for label, text in named.items()}


def _find_similar(
    text: str, similar: Mapping[Hashable, list[Label]], labels: Sequence[Label], param: str
) -> Label:
    """Find the one label that `text` writes in another way."""
    found = list(
        dict.fromkeys(
            label for spelling in _spellings_of_text(text) for label in similar.get(spelling, ())
        )
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise ResamplingError(
            f"{param} names class {shown(text)}, which may be {_shown(found)}: write it as one of "
            "them."
        )
    short = [str(label) for label in labels if len(str(label)) <= MAX_COMPARED]
    near = difflib.get_close_matches(text[:MAX_COMPARED], short, n=1)
    hint = f" Did you mean {shown(near[0])}?" if near else ""
    raise ResamplingError(
        f"{param} names class {shown(text)}, which the label column does not hold; classes: "
        f"{_shown(labels)}.{hint}"
    )


def _spellings_of_label(label: Any) -> Iterator[Hashable]:
    """Yield what a label and a text that names it have in common."""
    yield str(label).casefold()
    if isinstance(label, Number) and not isinstance(label, bool):
        yield Decimal, label
        if isinstance(label, float):
            yield float, label


def _spellings_of_text(text: str) -> Iterator[Hashable]:
    yield text.casefold()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return
    if number.is_nan():
        return
    yield Decimal, number  # equal to any number of the same value, as are their hashes
    if not _INTEGER.fullmatch(text):  # which a double may not hold
        yield float, float(number)
        yield float, float(np.float32(text))  # a float's 0.1 is no double's


def _shown(labels: Sequence[Any]) -> str:
    text = ", ".join(shown(label) for label in labels[:MAX_SHOWN])
    return text + (", …" if len(labels) > MAX_SHOWN else "")
