"""The threshold above which a score is taken for the positive class."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from spark_smote.core.arrays import Floats
from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["OBJECTIVES", "best_threshold", "thresholds"]


def thresholds(table: ScoreTable) -> Floats:
    """Compute one threshold for each way to cut the rows in two, the highest first.

    A row is found if its score is above the threshold. The first is the highest score, and finds
    none; each other lies halfway between two neighboring scores. The last finds all and lies
    halfway between the lowest score and 0; if that is 0 there is none, as no threshold of
    probabilities is below it.

    Returns
    -------
    float64 array of shape (n + 1,), or (n,) if the lowest score is 0

    Examples
    --------
    >>> thresholds(ScoreTable.of([0.75, 0.25], [1, 1], [0, 2]))
    array([0.75 , 0.5  , 0.125])
    """
    scores = table.scores
    if not len(scores):
        return np.empty(0)
    upper, lower = scores[:-1], scores[1:]
    halfway = upper / 2 + lower / 2
    lies_between = (lower <= halfway) & (halfway < upper)  # not if rounded, nor if infinite
    last = scores[-1] - abs(scores[-1]) / 2
    every = np.concatenate([scores[:1], np.where(lies_between, halfway, lower), [last]])
    return every if last < scores[-1] else every[:-1]


Objective = Callable[[Floats, Floats, int, int], Floats]
"""Of true and false positives, and rows of either kind: higher is better, in any unit."""


def _f_beta(squared: int) -> Objective:
    def f_beta(tp: Floats, fp: Floats, positives: int, negatives: int) -> Floats:
        return (1 + squared) * tp / np.maximum(tp + fp + squared * positives, 1)

    return f_beta


OBJECTIVES: Mapping[str, Objective] = {
    "f1": _f_beta(1),
    "f2": _f_beta(4),
    # Times the rows of both kinds, to compare whole numbers: equal ones stay equal.
    "balanced_accuracy": lambda tp, fp, p, n: tp * n + (n - fp) * p,
    "gmean": lambda tp, fp, p, n: tp * (n - fp),
}
"""What a threshold is chosen by, besides cost."""


def best_threshold(
    table: ScoreTable, objective: str, costs: Mapping[str, float] | None = None
) -> float:
    """Find the threshold with the highest value of a figure, or the lowest cost.

    Parameters
    ----------
    table : ScoreTable
    objective : str
        One of `OBJECTIVES`, or "cost".
    costs : mapping, optional
        For "cost": what a false positive ("fp") and a false negative ("fn") cost.

    Returns
    -------
    float
        One of `thresholds`; of equally good ones the highest.

    Raises
    ------
    ResamplingError
        For an objective that is not known, a cost without `costs`, or a table without rows.

    Examples
    --------
    >>> table = ScoreTable.of([0.75, 0.5, 0.25], [3, 1, 0], [0, 1, 8])
    >>> best_threshold(table, "f1"), best_threshold(table, "cost", {"fp": 3, "fn": 2})
    (0.375, 0.625)
    """
    if objective not in (*OBJECTIVES, "cost") or (objective == "cost" and not costs):
        raise ResamplingError(
            f"The threshold cannot be chosen by {shown(objective)}: name one of "
            f"{', '.join(OBJECTIVES)}, or cost with the costs of fp and fn."
        )
    cuts = thresholds(table)
    if not len(cuts):
        raise ResamplingError("No row is scored, so no threshold can be chosen: score some rows.")
    tp, fp = (
        np.concatenate([[0.0], found])[: len(cuts)]
        for found in (table.positives_from, table.negatives_from)
    )
    if costs and objective == "cost":
        value = -(costs["fp"] * fp + costs["fn"] * (table.n_positives - tp))
    else:
        value = OBJECTIVES[objective](tp, fp, table.n_positives, table.n_negatives)
    return float(cuts[np.argmax(value)])
