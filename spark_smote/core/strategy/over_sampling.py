"""Resolve `samplingStrategy` for over-sampling: the rows to make, per class."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from spark_smote.core.strategy.groups import in_each_group
from spark_smote.core.strategy.labels import Label, by_label
from spark_smote.core.strategy.targets import (
    TargetSize,
    named_classes,
    resolve_targets,
    smaller_and_larger,
)
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["STRATEGIES", "rows_to_add"]

STRATEGIES = ("auto", "minority", "not minority", "not majority", "all")
"""Names of strategies, as imbalanced-learn has them."""


@in_each_group
def rows_to_add(
    strategy: str | float | Mapping[str, TargetSize], counts: Mapping[Label, int]
) -> dict[Label, int]:
    """Resolve imbalanced-learn's `sampling_strategy` for over-sampling.

    Parameters
    ----------
    strategy : str, float or mapping
        Which classes grow, and to what size:

        - "auto" or "not majority": all but the largest, to the size of the largest;
        - "minority": only the smallest; "not minority": all but the smallest; "all": every
          class; to the same size;
        - a float in (0, 1], for two classes: the final ratio of minority to majority, as it is
          written; imbalanced-learn truncates a product of doubles, and may make one row fewer;
        - a mapping of label, as text, to final rows: a number, "3x" or "50%", see `TargetSize`.
    counts : mapping of label to int
        Rows of each class now; of classes of groups, each group is resolved by itself.

    Returns
    -------
    dict of label to int
        Rows to make of each class that the strategy names, in label order; 0 if none is missing.

    Raises
    ------
    ResamplingError
        If there are fewer than two classes, the strategy names an unknown class, a float is used
        with more than two classes, or a class would shrink.

    Examples
    --------
    >>> rows_to_add("auto", {0: 100, 1: 25})
    {1: 75}
    >>> rows_to_add({"1": 40}, {0: 100, 1: 25})
    {1: 15}
    """
    ordered = by_label(counts)
    if isinstance(strategy, Mapping):
        return _from_mapping(strategy, ordered)
    if isinstance(strategy, str):
        largest = max(ordered.values())
        names = named_classes(strategy, ordered, auto="not majority")
        return {label: largest - ordered[label] for label in names}
    return _from_ratio(strategy, ordered)


def _from_ratio(ratio: float, counts: Mapping[Label, int]) -> dict[Label, int]:
    smallest, largest = smaller_and_larger(ratio, counts)
    # The most rows of which the ratio is not larger: 0.29 of 100 are 29, and 1/3 of 300 are 100.
    rows = int(Fraction(str(ratio)) * counts[largest])
    rows += (rows + 1) / counts[largest] <= ratio
    if rows < counts[smallest]:
        current = counts[smallest] / counts[largest]
        raise ResamplingError(
            f"samplingStrategy={ratio} asks for fewer rows of class {shown(smallest)} than there "
            f"are (the ratio is {current:.6g} now): raise the ratio, or remove majority rows, "
            "which is RandomUnderSampler's job."
        )
    return {smallest: rows - counts[smallest]}


def _from_mapping(
    wanted: Mapping[str, TargetSize], counts: Mapping[Label, int]
) -> dict[Label, int]:
    added = {}
    for label, rows, request in resolve_targets(wanted, counts):
        if rows < counts[label]:
            raise ResamplingError(
                f"{request}: ask for at least as many, or remove rows, which is "
                "RandomUnderSampler's job."
            )
        added[label] = rows - counts[label]
    return added
