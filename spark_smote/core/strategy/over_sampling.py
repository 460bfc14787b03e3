"""From `samplingStrategy` and class counts to the rows to make, per class and per row."""

from __future__ import annotations

from collections.abc import Mapping

from spark_smote.core.strategy.targets import (
    Label,
    TargetSize,
    by_label,
    resolve_targets,
    smaller_and_larger,
)

__all__ = ["STRATEGIES", "rows_to_add"]

STRATEGIES = ("auto", "minority", "not minority", "not majority", "all")


def rows_to_add(
    strategy: str | float | Mapping[str, TargetSize], counts: Mapping[Label, int]
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
    >>> rows_to_add("auto", {0: 100, 1: 25})
    {1: 75}
    >>> rows_to_add({"1": 40}, {0: 100, 1: 25})
    {1: 15}
    """
    ordered = by_label(counts)
    if isinstance(strategy, Mapping):
        return _from_counts(strategy, ordered)
    if isinstance(strategy, str):
        return _from_name(strategy, ordered)
    return _from_ratio(strategy, ordered)


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


def _from_counts(wanted: Mapping[str, TargetSize], counts: Mapping[Label, int]) -> dict[Label, int]:
    made = {}
    for label, rows, asked in resolve_targets(wanted, counts):
        made[label] = rows - counts[label]
        if made[label] < 0:
            raise ValueError(
                f"{asked}: ask for at least as many, or remove rows, which is "
                "RandomUnderSampler's job."
            )
    return made
