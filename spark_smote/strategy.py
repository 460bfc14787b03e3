"""From `samplingStrategy` and class counts to the rows to make, per class and per row."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_smote.amounts import Amount, Label, asked_rows
from spark_smote.cutoffs import Cutoff, find_cutoff

__all__ = ["STRATEGIES", "Quota", "by_label", "rows_to_make", "smaller_and_larger"]

STRATEGIES = ("auto", "minority", "not minority", "not majority", "all")

SLICE_VALUES = 8_000_000
"""New values that one task makes."""


def rows_to_make(
    strategy: str | float | Mapping[str, Amount], counts: Mapping[Label, int]
) -> dict[Label, int]:
    """Resolve imbalanced-learn's `sampling_strategy` into rows to make per class.

    Parameters
    ----------
    strategy : str, float or mapping
        "auto" or "not majority": raise every class but the largest to the largest;
        "minority": only the smallest; "not minority": all but the smallest; "all": every
        class. A float in (0, 1]: minority over majority afterwards, two classes only. A
        mapping of label, as text, to final rows: a number, "3x" or "50%", as in `amounts`.
    counts : mapping of label to int
        Rows of each class now.

    Returns
    -------
    dict of label to int
        Classes that the strategy names, in label order, with 0 where nothing is missing.

    Raises
    ------
    ValueError
        Where fewer than two classes exist, the strategy names an unknown class, a float meets
        more than two classes, or fewer rows are asked for than there are.

    Examples
    --------
    >>> rows_to_make("auto", {0: 100, 1: 25})
    {1: 75}
    >>> rows_to_make({"1": 40}, {0: 100, 1: 25})
    {1: 15}
    """
    ordered = by_label(counts)
    if isinstance(strategy, Mapping):
        return _from_counts(strategy, ordered)
    if isinstance(strategy, str):
        return _from_name(strategy, ordered)
    return _from_ratio(strategy, ordered)


def by_label(counts: Mapping[Label, int]) -> dict[Label, int]:
    """Put two classes or more in the order of their labels."""
    ordered = {label: counts[label] for label in sorted(counts, key=_label_order)}
    if not ordered:
        raise ValueError("The table has no labelled rows; resampling needs at least two classes.")
    if len(ordered) == 1:
        only = next(iter(ordered))
        raise ValueError(
            f"The label column holds one class only, {only!r}; resampling needs at least two: "
            "check the label column or the filter before."
        )
    return ordered


def _from_name(name: str, counts: Mapping[Label, int]) -> dict[Label, int]:
    smallest, largest = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    targets = {
        "auto": [label for label in counts if label != largest],
        "not majority": [label for label in counts if label != largest],
        "not minority": [label for label in counts if label != smallest],
        "minority": [smallest],
        "all": list(counts),
    }[name]
    return {label: counts[largest] - counts[label] for label in targets}


def _from_ratio(ratio: float, counts: Mapping[Label, int]) -> dict[Label, int]:
    smallest, largest = smaller_and_larger(ratio, counts)
    wanted = ratio * counts[largest]
    # A ratio that was computed from the counts themselves asks for nothing.
    if wanted < counts[smallest] * (1 - 1e-9):
        current = counts[smallest] / counts[largest]
        raise ValueError(
            f"samplingStrategy={ratio} asks for fewer rows of class {smallest!r} than there are "
            f"(the ratio is {current:.6g} now): raise the ratio, or remove majority rows, which "
            "is RandomUnderSampler's job."
        )
    return {smallest: max(0, int(wanted - counts[smallest]))}


def smaller_and_larger(ratio: float, counts: Mapping[Label, int]) -> tuple[Label, Label]:
    """Tell the classes that a ratio is of; the first label is the larger of equals."""
    if len(counts) > 2:
        raise ValueError(
            f"samplingStrategy={ratio} is a ratio for two classes, but the label column holds "
            f"{len(counts)}: use 'auto' or {{label: final rows}}."
        )
    largest = max(counts, key=counts.__getitem__)
    return next(label for label in counts if label != largest), largest


def _from_counts(wanted: Mapping[str, Amount], counts: Mapping[Label, int]) -> dict[Label, int]:
    made = {}
    for label, rows, asked in asked_rows(wanted, counts):
        made[label] = rows - counts[label]
        if made[label] < 0:
            raise ValueError(
                f"{asked}: ask for at least as many, or remove rows, which is "
                "RandomUnderSampler's job."
            )
    return made


def _label_order(label: Hashable) -> tuple[int, float, str]:
    if isinstance(label, (int, float)):
        return (0, float(label), "")
    return (1, 0.0, str(label))


@dataclass(frozen=True)
class Quota:
    """How the rows that a class makes are shared out among its rows.

    Every row makes `rows // size`; the remainder goes to the rows with the highest keys,
    one each, so the shares add up exactly and depend on nothing but the keys.
    """

    rows: int
    size: int

    @property
    def each(self) -> int:
        """Rows that every row makes."""
        return self.rows // self.size

    @property
    def extra(self) -> int:
        """How many rows make one more."""
        return self.rows % self.size

    def slices(self, width: int, share: float = 1.0) -> int:
        """Tasks that a `share` of these rows, each of `width` features, is worth."""
        return max(1, math.ceil(share * self.rows * width / SLICE_VALUES))

    def share(
        self, keys: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], cutoff: Cutoff | None
    ) -> npt.NDArray[np.int64]:
        """Rows made by each distinct row, of which there are `counts`.

        Without a `cutoff`, `keys` must be those of the whole class.
        """
        shares = counts * self.each
        if self.extra:
            cutoff = cutoff or find_cutoff(keys, counts, self.extra)
            shares = shares + np.where(keys > cutoff.key, counts, 0)
            shares[keys == cutoff.key] += cutoff.ties
        return shares
