"""Figures of predictions: of one class against the others, and of many classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spark_smote.core.metrics.score_table import ScoreTable

__all__ = ["FIGURES", "Confusion", "multiclass_figures"]

FIGURES = (
    "recall",
    "precision",
    "specificity",
    "f1",
    "f2",
    "gmean",
    "balanced_accuracy",
    "mcc",
    "iba",
    "alerts",
)
"""Figures of a confusion, besides its cost."""

IBA_ALPHA = 0.1
"""How much the dominance of one class counts: imbalanced-learn's default."""


def _ratio(part: float, whole: float) -> float:
    """Divide; 0.0 where that is undefined."""
    return part / whole if whole else 0.0


@dataclass(frozen=True)
class Confusion:
    """Rows by what they are and what they were predicted to be.

    A figure that is undefined, as precision is if no row was predicted positive, is 0.0.

    Attributes
    ----------
    tp, fp, fn, tn : int
        True and false positives, false and true negatives.

    References
    ----------
    Kubat, Matwin: "Addressing the curse of imbalanced training sets", ICML 1997, for the
    geometric mean; García, Mollineda, Sánchez: "Index of balanced accuracy", IbPRIA 2009.

    Examples
    --------
    >>> found = Confusion.at(ScoreTable.of([0.9, 0.5, 0.2], [1, 0, 1], [0, 1, 7]), threshold=0.4)
    >>> found
    Confusion(tp=1, fp=1, fn=1, tn=7)
    >>> found.recall, found.precision, found.alerts, found.cost(fp=1, fn=40)
    (0.5, 0.5, 200.0, 4100.0)
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @staticmethod
    def at(table: ScoreTable, threshold: float) -> Confusion:
        """Predict the rows with a score above the threshold to be positive, as Spark ML does."""
        is_found = table.scores > threshold
        tp, fp = int(table.positives[is_found].sum()), int(table.negatives[is_found].sum())
        return Confusion(tp, fp, table.n_positives - tp, table.n_negatives - fp)

    @property
    def rows(self) -> int:
        """All rows."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def recall(self) -> float:
        """Share of the positive rows that were found."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def precision(self) -> float:
        """Share of the found rows that are positive."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def specificity(self) -> float:
        """Share of the other rows that were not found."""
        return _ratio(self.tn, self.tn + self.fp)

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision."""
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def f2(self) -> float:
        """Harmonic mean of recall and precision, recall counted four times."""
        return _ratio(5 * self.tp, 5 * self.tp + self.fp + 4 * self.fn)

    @property
    def gmean(self) -> float:
        """Geometric mean of recall and specificity."""
        return math.sqrt(self.recall * self.specificity)

    @property
    def balanced_accuracy(self) -> float:
        """Mean of recall and specificity."""
        return (self.recall + self.specificity) / 2

    @property
    def mcc(self) -> float:
        """Matthews correlation coefficient of what rows are and were predicted to be."""
        tp, fp, fn, tn = self.tp, self.fp, self.fn, self.tn
        margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        return _ratio(tp * tn - fp * fn, math.sqrt(margins))

    @property
    def iba(self) -> float:
        """Index of balanced accuracy: the geometric mean squared, weighted by the better class."""
        dominance = self.recall - self.specificity
        return (1 + IBA_ALPHA * dominance) * self.recall * self.specificity

    @property
    def alerts(self) -> float:
        """Rows found, of 1,000."""
        return _ratio(1000 * (self.tp + self.fp), self.rows)

    def cost(self, fp: float, fn: float) -> float:
        """Compute what 1,000 rows cost, given the cost of a false positive and a false negative."""
        return _ratio(1000 * (fp * self.fp + fn * self.fn), self.rows)

    def figures(self) -> dict[str, float]:
        """Return `FIGURES` by name."""
        return {name: float(getattr(self, name)) for name in FIGURES}


def multiclass_figures(matrix: npt.ArrayLike) -> dict[str, Any]:
    """Compute the figures of each class against the others, and their means.

    Parameters
    ----------
    matrix : int64 array of shape (classes, classes)
        Rows of each class (down) by what they were predicted to be (across).

    Returns
    -------
    dict
        `per_class`: figures by number of the class; `macro`: their plain means; `accuracy`.

    Examples
    --------
    >>> result = multiclass_figures([[8, 2, 0], [1, 3, 0], [0, 0, 6]])
    >>> result["per_class"][0]["recall"], result["macro"]["recall"], result["accuracy"]
    (0.8, 0.85, 0.85)
    """
    counts = np.asarray(matrix, np.int64)
    rows, found, right = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    total = int(counts.sum())
    per_class = {}
    for i, (row, column, tp) in enumerate(
        zip(rows.tolist(), found.tolist(), right.tolist(), strict=True)
    ):
        per_class[i] = Confusion(tp, column - tp, row - tp, total - row - column + tp).figures()
    macro = {name: float(np.mean([each[name] for each in per_class.values()])) for name in FIGURES}
    return {"per_class": per_class, "macro": macro, "accuracy": _ratio(int(right.sum()), total)}
