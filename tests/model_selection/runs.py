"""Runs and score tables that are made up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.model_selection.results.evaluation import FoldResult, Run
from spark_smote.model_selection.results.figures import FittedFold


def a_run(
    method: str,
    values: Sequence[float],
    learner: str = "logistic",
    figure: str = "pr_auc",
    recall: float = 0.5,
    precision: float = 0.5,
    curve: Sequence[Sequence[float]] = (),
    two_classes: bool = True,
) -> Run:
    """A run with these values of a figure, and this recall and precision at 0.5 in each fold."""
    half = {"recall": recall, "precision": precision}
    threshold, tuned = (0.3, {"recall": 0.9, "precision": 0.4}) if two_classes else (None, {})
    folds = [
        FoldResult(0, i, 100, 1.0, {figure: value}, half, threshold, tuned)
        for i, value in enumerate(values)
    ]
    return Run(
        method, learner, method, folds=folds, threshold=threshold,
        curve=[list(point) for point in curve],
        calibration=[[0.1, 0.1, 9.0]] if two_classes else [],
    )  # fmt: skip


def some_scores(
    random: np.random.Generator, rows: int = 400, separation: float = 1.5
) -> tuple[np.ndarray, np.ndarray]:
    """Truth, a tenth of it positive, and probabilities with ties."""
    truth = (np.arange(rows) % 10 == 0).astype(int)
    scores = 1 / (1 + np.exp(2 - separation * truth - random.standard_normal(rows)))
    return truth, np.round(scores, 2)


def a_table(truth: np.ndarray, scores: np.ndarray) -> ScoreTable:
    return ScoreTable.of(scores, truth, 1 - truth)


def a_fold(table: ScoreTable, fold: int, repeat: int = 0, **more) -> FittedFold:
    return FittedFold(repeat, fold, 100, 1.0, scored=[table], training=[table], **more)
