"""Figures of a method with a learner, from the scores of its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from statistics import fmean
from typing import Any

import numpy as np

from spark_smote.core.metrics.calibration import calibration_bins, with_prior
from spark_smote.core.metrics.confusion import Confusion, multiclass_figures
from spark_smote.core.metrics.figures import PROBABILITY, RANKING, figures_of
from spark_smote.core.metrics.ranking import (
    average_precision,
    curve,
    precision_at_recall,
    recall_at_precision,
    roc_auc,
)
from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.core.metrics.threshold import best_threshold
from spark_smote.model_selection.results.evaluation import FoldResult, Run

__all__ = ["HALF", "FittedFold", "Goals", "judge"]

HALF = 0.5
"""Probability above which a model of two classes says positive."""


@dataclass(frozen=True)
class Goals:
    """What is wanted of a classifier.

    Attributes
    ----------
    rank_by : str
        Figure that methods are compared by.
    tune : str
        What the moved threshold is best at.
    costs : dict or None
        Of a false positive ("fp") and a false negative ("fn").
    min_precision, min_recall : float or None
    """

    rank_by: str = "pr_auc"
    tune: str = "f1"
    costs: Mapping[str, float] | None = None
    min_precision: float | None = None
    min_recall: float | None = None


@dataclass(frozen=True)
class FittedFold:
    """A model of one fold, and what it scored.

    Attributes
    ----------
    repeat, fold : int
    rows_trained : int
    seconds : float
    scored, training : list of ScoreTable
        Of the rows that it was not trained on, and of original rows that it was; for two classes
        one table, of the positive class, else one a class.
    confusion : list or None
        With more than two classes, scored rows by class and predicted class.
    has_probability : bool
    prior_ratio : float or None
        What corrects the odds of the positive class, if the training changed its share.
    """

    repeat: int
    fold: int
    rows_trained: int
    seconds: float
    scored: list[ScoreTable]
    training: list[ScoreTable]
    confusion: list[list[int]] | None = None
    has_probability: bool = True
    prior_ratio: float | None = None


def judge(
    method: str,
    learner: str,
    description: str,
    fitted: Sequence[FittedFold],
    labels: Sequence[str],
    goals: Goals,
) -> Run:
    """Compute all figures of a method with a learner.

    A fold is judged at the threshold that the scores of the other folds choose.
    """
    if len(labels) > 2:
        return _judge_classes(method, learner, description, fitted, labels)
    folds = [_judge_fold(each, _others(fitted, each), goals) for each in fitted]
    pooled = reduce(add, (each.scored[0] for each in fitted))
    has_probability = all(each.has_probability for each in fitted)
    corrected = [_corrected(each) for each in fitted]
    return Run(
        method,
        learner,
        description,
        folds=folds,
        threshold=best_threshold(pooled, goals.tune, goals.costs),
        curve=_listed(curve(pooled)),
        calibration=_listed(calibration_bins(pooled)) if has_probability else [],
        corrected_calibration=(
            _listed(calibration_bins(reduce(add, filter(None, corrected))))
            if has_probability and all(corrected)
            else []
        ),
    )


def _judge_fold(each: FittedFold, others: ScoreTable, goals: Goals) -> FoldResult:
    table, training = each.scored[0], each.training[0]
    threshold = best_threshold(others, goals.tune, goals.costs)
    figures = _ranking(table, goals)
    if each.has_probability:
        figures |= figures_of(table, PROBABILITY)
    corrected = _corrected(each)
    at_half = Confusion.at(training, HALF)
    return FoldResult(
        each.repeat,
        each.fold,
        each.rows_trained,
        each.seconds,
        figures=figures,
        at_half=_at(table, HALF, goals),
        threshold=threshold,
        tuned=_at(table, threshold, goals),
        corrected=figures_of(corrected, PROBABILITY) if corrected else {},
        training={
            "pr_auc": average_precision(training),
            "recall": at_half.recall,
            "precision": at_half.precision,
        },
    )


def _others(fitted: Sequence[FittedFold], each: FittedFold) -> ScoreTable:
    """Pool the scores of the other folds."""
    tables = [
        other.scored[0]
        for other in fitted
        if other.repeat == each.repeat and other.fold != each.fold
    ]
    return reduce(add, tables)


def _ranking(table: ScoreTable, goals: Goals) -> dict[str, float]:
    figures = figures_of(table, RANKING)
    if goals.min_precision is not None:
        figures["recall_at_precision"] = recall_at_precision(table, goals.min_precision)
    if goals.min_recall is not None:
        figures["precision_at_recall"] = precision_at_recall(table, goals.min_recall)
    return figures


def _at(table: ScoreTable, threshold: float, goals: Goals) -> dict[str, float]:
    confusion = Confusion.at(table, threshold)
    cost = {"cost": confusion.cost(**goals.costs)} if goals.costs else {}
    return {**confusion.figures(), **cost}


def _corrected(each: FittedFold) -> ScoreTable | None:
    """Return the scores after prior correction, if there is any to make."""
    if each.prior_ratio is None or not each.has_probability:
        return None
    return with_prior(each.scored[0], each.prior_ratio)


def _judge_classes(
    method: str,
    learner: str,
    description: str,
    fitted: Sequence[FittedFold],
    labels: Sequence[str],
) -> Run:
    """Compute the figures of more than two classes, each against the others."""
    folds, by_class = [], []
    for each in fitted:
        judged = multiclass_figures(each.confusion or [])
        ranked = [
            {"pr_auc": average_precision(table), "roc_auc": roc_auc(table)} for table in each.scored
        ]
        trained = [average_precision(table) for table in each.training]
        by_class.append([{**ranked[i], **judged["per_class"][i]} for i in range(len(labels))])
        folds.append(
            FoldResult(
                each.repeat,
                each.fold,
                each.rows_trained,
                each.seconds,
                figures={name: fmean([one[name] for one in ranked]) for name in ranked[0]},
                at_half={**judged["macro"], "accuracy": judged["accuracy"]},
                training={"pr_auc": fmean(trained)},
            )
        )
    classes = {
        label: {name: fmean([fold[i][name] for fold in by_class]) for name in by_class[0][i]}
        for i, label in enumerate(labels)
    }
    confusion = np.sum([each.confusion or [] for each in fitted], axis=0).tolist()
    return Run(method, learner, description, folds=folds, classes=classes, confusion=confusion)


def _listed(rows: Any) -> list[list[float]]:
    return [[float(value) for value in row] for row in rows]
