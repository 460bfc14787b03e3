"""How well scores put the positive class first, whatever the threshold."""

from __future__ import annotations

import numpy as np

from spark_smote.core.arrays import Counts, Floats
from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.core.metrics.threshold import thresholds

__all__ = [
    "average_precision",
    "curve",
    "precision_at_recall",
    "recall_at_precision",
    "roc_auc",
    "share_in_top",
]


def average_precision(table: ScoreTable) -> float:
    """Compute the average precision, PR-AUC as a sum of steps; 0.0 without a positive row.

    The same as scikit-learn's `average_precision_score`, and without the straight lines between
    points that trapezoids draw, which no threshold reaches.

    References
    ----------
    Davis, Goadrich: "The relationship between precision-recall and ROC curves", ICML 2006.

    Examples
    --------
    >>> average_precision(ScoreTable.of([0.9, 0.5, 0.2], [1, 0, 1], [0, 1, 0]))
    0.8333333333333333
    """
    if not table.n_positives:
        return 0.0
    return float(_precision(table) @ table.positives) / table.n_positives


def roc_auc(table: ScoreTable) -> float:
    """Compute the share of pairs of a positive and another row that are in order.

    Pairs of one score count as half. 0.0 if there are no such pairs.

    References
    ----------
    Hanley, McNeil: "The meaning and use of the area under a receiver operating characteristic
    (ROC) curve", Radiology 143, 1982.

    Examples
    --------
    >>> roc_auc(ScoreTable.of([0.9, 0.5, 0.2], [1, 0, 1], [0, 1, 0]))
    0.5
    """
    pairs = float(table.n_positives) * table.n_negatives
    if not pairs:
        return 0.0
    above = table.positives_from - table.positives / 2
    return float(above @ table.negatives) / pairs


def share_in_top(table: ScoreTable, share: float = 0.2) -> float:
    """Compute the share of positive rows among those with the highest scores.

    smote-variants' `p_top20`, smoothed: the last row counts in part if `share` of the rows is no
    whole number, and of rows with the score at the end, each counts alike.

    Parameters
    ----------
    table : ScoreTable
    share : float, default 0.2
        Which part of all rows is looked at, above 0 and at most 1.

    Examples
    --------
    >>> share_in_top(ScoreTable.of([0.9, 0.5, 0.2], [1, 2, 1], [0, 2, 4]), 0.3)
    0.6666666666666666
    """
    if not table.rows:
        return 0.0
    rows = table.positives + table.negatives
    left = np.clip(share * table.rows - (np.cumsum(rows) - rows), 0, rows)
    return float(left @ (table.positives / rows)) / (share * table.rows)


def recall_at_precision(table: ScoreTable, minimum: float) -> float:
    """Compute the highest recall at a precision of at least `minimum`; 0.0 if none has it.

    Examples
    --------
    >>> recall_at_precision(ScoreTable.of([0.9, 0.5, 0.2], [1, 0, 1], [0, 1, 0]), 0.7)
    0.5
    """
    recall = _recall(table)[_precision(table) >= minimum]
    return float(recall.max(initial=0.0))


def precision_at_recall(table: ScoreTable, minimum: float) -> float:
    """Compute the highest precision at a recall of at least `minimum`; 0.0 if none has it.

    Examples
    --------
    >>> precision_at_recall(ScoreTable.of([0.9, 0.5, 0.2], [1, 0, 1], [0, 1, 0]), 0.7)
    0.6666666666666666
    """
    precision = _precision(table)[_recall(table) >= minimum]
    return float(precision.max(initial=0.0))


def curve(table: ScoreTable, points: int = 200) -> Floats:
    """Compute what thresholds give, the highest first.

    With more scores than `points`, the points are about evenly spaced in recall and alerts
    together. The first and the last are kept, and both ends of each step wider than two spaces.

    Returns
    -------
    float64 array of shape (at most `points`, 4)
        Threshold, recall, precision and alerts per 1,000 rows.

    Examples
    --------
    >>> curve(ScoreTable.of([0.9, 0.5], [1, 1], [0, 2]))
    array([[7.0e-01, 5.0e-01, 1.0e+00, 2.5e+02],
           [2.5e-01, 1.0e+00, 5.0e-01, 1.0e+03]])
    """
    cuts = thresholds(table)[1:]  # the first finds nothing
    recall, precision, alerts = (
        each[: len(cuts)]
        for each in (_recall(table), _precision(table), _found(table) / max(table.rows, 1))
    )
    chosen = np.arange(len(cuts))
    if len(cuts) > points:
        along = recall + alerts
        wanted, space = np.linspace(along[0], along[-1], points, retstep=True)
        upper = np.minimum(np.searchsorted(along, wanted), len(cuts) - 1)
        lower = np.maximum(upper - 1, 0)
        # Of a step that wide, two of those wanted are one: there is room for its other end.
        is_wide = along[upper] - along[lower] > 2 * space
        chosen = np.unique([*upper, *lower[is_wide]])
    return np.column_stack([cuts, recall, precision, 1000 * alerts])[chosen]


def _found(table: ScoreTable) -> Counts:
    return table.positives_from + table.negatives_from


def _recall(table: ScoreTable) -> Floats:
    """Recall when each score and those above it are found."""
    return table.positives_from / max(table.n_positives, 1)


def _precision(table: ScoreTable) -> Floats:
    """Precision when each score and those above it are found."""
    return np.asarray(table.positives_from / _found(table))
