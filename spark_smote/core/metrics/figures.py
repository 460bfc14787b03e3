"""The figures of a score table by their names in reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spark_smote.core.metrics.calibration import brier, brier_skill, ece, log_loss
from spark_smote.core.metrics.ranking import average_precision, roc_auc, share_in_top
from spark_smote.core.metrics.score_table import ScoreTable

__all__ = ["LOWER_IS_BETTER", "PROBABILITY", "RANKING", "figures_of"]

Figures = Mapping[str, Callable[[ScoreTable], float]]

RANKING: Figures = {"pr_auc": average_precision, "roc_auc": roc_auc, "p_top20": share_in_top}
"""Of any scores."""

PROBABILITY: Figures = {
    "brier": brier,
    "brier_skill": brier_skill,
    "log_loss": log_loss,
    "ece": ece,
}
"""Of scores that are probabilities."""

LOWER_IS_BETTER = ("brier", "log_loss", "ece", "cost", "alerts")
"""Figures that a better classifier has less of."""


def figures_of(table: ScoreTable, figures: Figures) -> dict[str, float]:
    """Compute figures by name.

    Examples
    --------
    >>> figures_of(ScoreTable.of([0.9, 0.2], [1, 0], [0, 4]), RANKING)
    {'pr_auc': 1.0, 'roc_auc': 1.0, 'p_top20': 1.0}
    """
    return {name: figure(table) for name, figure in figures.items()}
