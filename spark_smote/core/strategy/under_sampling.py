"""Resolve `samplingStrategy` for under-sampling: the rows to keep, or the classes to clean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from spark_smote.core.strategy.groups import in_each_group
from spark_smote.core.strategy.labels import Label, by_label, match_labels
from spark_smote.core.strategy.targets import (
    TargetSize,
    named_classes,
    resolve_targets,
    smaller_and_larger,
)
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["REDUCTIONS", "classes_to_clean", "rows_to_keep"]

REDUCTIONS = ("auto", "majority", "not minority", "not majority", "all")
"""Names of strategies, as imbalanced-learn has them."""


@in_each_group
def rows_to_keep(
    strategy: str | float | Mapping[str, TargetSize], counts: Mapping[Label, int]
) -> dict[Label, int]:
    """Resolve imbalanced-learn's `sampling_strategy` for under-sampling.

    Parameters
    ----------
    strategy : str, float or mapping
        Which classes shrink, and to what size:

        - "auto" or "not minority": all but the smallest, to the size of the smallest;
        - "majority": only the largest; "not majority": all but the largest; "all": every class;
          to the same size;
        - a float in (0, 1], for two classes: the final ratio of minority to majority, as it is
          written; imbalanced-learn truncates a quotient of doubles, and may keep one row fewer;
        - a mapping of label, as text, to final rows: a number, "3x" or "50%", see `TargetSize`.
    counts : mapping of label to int
        Rows of each class now; of classes of groups, each group is resolved by itself.

    Returns
    -------
    dict of label to int
        Final rows of each class that the strategy names, in label order.

    Raises
    ------
    ResamplingError
        If there are fewer than two classes, the strategy names an unknown class, a float is used
        with more than two classes, or a class would grow.

    Examples
    --------
    >>> rows_to_keep("auto", {0: 100, 1: 25})
    {0: 25}
    >>> rows_to_keep(0.5, {0: 100, 1: 25})
    {0: 50}
    """
    ordered = by_label(counts)
    if isinstance(strategy, Mapping):
        return _from_mapping(strategy, ordered)
    if isinstance(strategy, str):
        return dict.fromkeys(_named_classes(strategy, ordered), min(ordered.values()))
    return _from_ratio(strategy, ordered)


def classes_to_clean(strategy: str | Sequence[str], counts: Mapping[Label, int]) -> list[Label]:
    """Resolve imbalanced-learn's `sampling_strategy` for cleaning.

    Parameters
    ----------
    strategy : str or sequence of str
        One of `REDUCTIONS`, or labels as text.
    counts : mapping of label to int
        Rows of each class now.

    Returns
    -------
    list of label
        In label order.

    Raises
    ------
    ResamplingError
        If there are fewer than two classes, or the strategy names an unknown class, or one twice.

    Examples
    --------
    >>> classes_to_clean("auto", {0: 100, 1: 25}), classes_to_clean(["1"], {0: 100, 1: 25})
    ([0], [1])
    """
    return list(_classes_to_clean(strategy, counts))


@in_each_group
def _classes_to_clean(
    strategy: str | Iterable[str], counts: Mapping[Label, int]
) -> dict[Label, None]:
    ordered = by_label(counts)
    if isinstance(strategy, str):
        return dict.fromkeys(_named_classes(strategy, ordered))
    names = match_labels(dict.fromkeys(strategy), list(ordered), "samplingStrategy")
    return {label: None for label in ordered if label in names}


def _named_classes(strategy: str, counts: Mapping[Label, int]) -> list[Label]:
    return named_classes(strategy, counts, auto="not minority")


def _from_ratio(ratio: float, counts: Mapping[Label, int]) -> dict[Label, int]:
    smallest, largest = smaller_and_larger(ratio, counts)
    # The most rows of which the ratio is not smaller.
    rows = int(counts[smallest] / Fraction(str(ratio)))
    rows += counts[smallest] / (rows + 1) >= ratio
    if rows > counts[largest]:
        current = counts[smallest] / counts[largest]
        raise ResamplingError(
            f"samplingStrategy={ratio} asks for more rows of class {shown(largest)} than there are "
            f"(the ratio is {current:.6g} now): raise the ratio, or add minority rows, which is an "
            "over-sampler's job."
        )
    return {largest: rows}


def _from_mapping(
    wanted: Mapping[str, TargetSize], counts: Mapping[Label, int]
) -> dict[Label, int]:
    kept = {}
    for label, rows, request in resolve_targets(wanted, counts):
        if rows > counts[label]:
            raise ResamplingError(
                f"{request}: ask for at most as many, or add rows, which is an over-sampler's job."
            )
        kept[label] = rows
    return kept
