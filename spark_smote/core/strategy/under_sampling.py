"""From `samplingStrategy` and class counts to the rows or classes that are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spark_smote.core.strategy.targets import (
    Label,
    TargetSize,
    by_label,
    match_labels,
    resolve_targets,
    smaller_and_larger,
)

__all__ = ["REDUCTIONS", "classes_to_clean", "rows_to_keep"]

REDUCTIONS = ("auto", "majority", "not minority", "not majority", "all")


def rows_to_keep(
    strategy: str | float | Mapping[str, TargetSize], counts: Mapping[Label, int]
) -> dict[Label, int]:
    """Resolve imbalanced-learn's `sampling_strategy` for under-sampling.

    Parameters
    ----------
    strategy : str, float or mapping
        "auto" or "not minority": cut every class but the smallest to the smallest;
        "majority": only the largest; "not majority": all but the largest; "all": every
        class. A float in (0, 1]: minority over majority afterwards, two classes only. A
        mapping of label, as text, to final rows: a number, "3x" or "50%", as in `amounts`.
    counts : mapping of label to int
        Rows of each class now.

    Returns
    -------
    dict of label to int
        Final rows of the classes that the strategy names, in label order.

    Raises
    ------
    ValueError
        Where fewer than two classes exist, the strategy names an unknown class, a float meets
        more than two classes, or more rows are asked for than there are.

    Examples
    --------
    >>> rows_to_keep("auto", {0: 100, 1: 25})
    {0: 25}
    >>> rows_to_keep(0.5, {0: 100, 1: 25})
    {0: 50}
    """
    ordered = by_label(counts)
    if isinstance(strategy, Mapping):
        return _from_counts(strategy, ordered)
    if isinstance(strategy, str):
        least = min(ordered.values())
        return {label: least for label in _named(strategy, ordered)}
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
    ValueError
        Where fewer than two classes exist, or the strategy names an unknown class.

    Examples
    --------
    >>> classes_to_clean("auto", {0: 100, 1: 25}), classes_to_clean(["1"], {0: 100, 1: 25})
    ([0], [1])
    """
    ordered = by_label(counts)
    if isinstance(strategy, str):
        return _named(strategy, ordered)
    named = match_labels(dict.fromkeys(strategy), list(ordered), "samplingStrategy")
    return [label for label in ordered if label in named]


def _named(strategy: str, counts: Mapping[Label, int]) -> list[Label]:
    """Give the classes that a word stands for."""
    smallest, largest = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if strategy == "majority":
        return [largest]
    spared = {"auto": smallest, "not minority": smallest, "not majority": largest}
    return [label for label in counts if strategy not in spared or label != spared[strategy]]


def _from_ratio(ratio: float, counts: Mapping[Label, int]) -> dict[Label, int]:
    smallest, largest = smaller_and_larger(ratio, counts)
    wanted = counts[smallest] / ratio
    # A ratio that was computed from the counts themselves asks for nothing.
    if wanted > counts[largest] * (1 + 1e-9):
        current = counts[smallest] / counts[largest]
        raise ValueError(
            f"samplingStrategy={ratio} asks for more rows of class {largest!r} than there are "
            f"(the ratio is {current:.6g} now): raise the ratio, or add minority rows, which is an "
            "over-sampler's job."
        )
    return {largest: min(int(wanted), counts[largest])}


def _from_counts(wanted: Mapping[str, TargetSize], counts: Mapping[Label, int]) -> dict[Label, int]:
    kept = {}
    for label, rows, asked in resolve_targets(wanted, counts):
        kept[label] = rows
        if rows > counts[label]:
            raise ValueError(
                f"{asked}: ask for at most as many, or add rows, which is an over-sampler's job."
            )
    return kept
