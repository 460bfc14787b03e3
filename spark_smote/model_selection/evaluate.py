"""Compare methods and classifiers on one table."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy
import pyspark
import sklearn
from pyspark.sql import DataFrame

from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.dataset import Dataset
from spark_smote.model_selection.fitting.description import command
from spark_smote.model_selection.fitting.experiment import Experiment
from spark_smote.model_selection.fitting.methods import Method
from spark_smote.model_selection.fitting.setup import columns_of, set_up
from spark_smote.model_selection.options import Options
from spark_smote.model_selection.projection import project
from spark_smote.model_selection.results.evaluation import NONE, THRESHOLD, Evaluation, Run
from spark_smote.model_selection.results.figures import judge
from spark_smote.model_selection.results.verdict import compare_runs, reach_verdict
from spark_smote.runtime.installation import package_version

__all__ = ["evaluate"]

FEW = 50
"""Positive rows of a scored fold below which figures are coarse."""


def evaluate(
    dataset: DataFrame,
    *,
    labelCol: str = "label",
    featuresCol: str | None = None,
    inputCols: Sequence[str] | None = None,
    categoricalCols: Sequence[str] = (),
    positive: Any = None,
    methods: Any = None,
    learners: Any = ("logistic", "forest"),
    prepare: Sequence[Any] = (),
    folds: int = 5,
    repeats: int = 1,
    groupCol: str | None = None,
    timeCol: str | None = None,
    rankBy: str = "pr_auc",
    minPrecision: float | None = None,
    minRecall: float | None = None,
    costs: Mapping[str, float] | None = None,
    tune: str = "f1",
    maxRows: int | None = None,
    parallelism: int = 2,
    rope: float = 0.01,
    syntheticCol: str | None = None,
    saveModels: bool = False,
    seed: int = 2002,
) -> Evaluation:
    """Compare doing nothing, moving the threshold, weights and resampling, on folds of a table.

    Whatever looks at a label or a neighbor is fitted to training rows alone, and the rows that are
    scored are the table's own. Rows that are identical in features and label share a fold, unless
    one stands more than 1/(20 * folds) of its class's rows: such twins are spread evenly. A fold is
    judged at the threshold that the scores of the other folds choose. The same seed gives the same
    folds, models and figures.

    Parameters
    ----------
    dataset : DataFrame
        The table as it is, before any resampling.
    labelCol : str, default "label"
        The class: string, boolean or number. Rows without one are left out.
    featuresCol, inputCols : str, list of str
        The features: a vector or an array, or columns.
    categoricalCols : list of str, optional
        Columns of `inputCols` that are categories: encoded by a slot for each value, and resampled
        by SMOTENC.
    positive : label, optional
        The class of interest; by default the rarest. With more than two classes, figures are of
        each class against the others, and their mean.
    methods : list, dict or {"quick", "all"}, optional
        Names (none, threshold, weights, under, over, smote-0.5, smote-0.1+weights, borderline,
        smote-enn, …), samplers, lists of stages, or a dict of names and stages. By default those
        that suit the table.
    learners : list or dict, default ("logistic", "forest")
        Names (logistic, forest, boosted, tree, svc, neural, xgboost), Estimators of Spark ML, or
        a dict of names and Estimators.
    prepare : list, optional
        Stages to fit to training rows, and run, before the methods: Estimators and Transformers of
        Spark ML that keep the columns of the table. Rows are identical then if they are in all
        columns.
    folds : int, default 5
        2 to 20.
    repeats : int, default 1
        1 to 10 times, with folds drawn anew.
    groupCol : str, optional
        Rows of equal value share a fold.
    timeCol : str, optional
        Divide by time (date, timestamp or number) instead: each fold scores the rows that follow
        those it is trained on.
    rankBy : str, default "pr_auc"
        Figure that methods are compared by.
    minPrecision, minRecall : float, optional
        Add the recall at this precision, and the precision at this recall.
    costs : dict, optional
        ``{"fp": 1, "fn": 40}`` adds the cost of 1,000 rows.
    tune : {"f1", "f2", "balanced_accuracy", "gmean", "cost"}, default "f1"
        What the moved threshold is best at.
    maxRows : int, optional
        At most so many rows, at least 1,000; the same share of every class.
    parallelism : int, default 2
        Methods that are fitted at once, 1 to 64.
    rope : float, default 0.01
        Differences that do not matter, 0 to 0.2.
    syntheticCol : str, optional
        A boolean column that must be false in all rows.
    saveModels : bool, default False
        Whether to keep the fitted models.
    seed : int, default 2002

    Returns
    -------
    Evaluation

    Raises
    ------
    ResamplingError
        If the table does not fit the parameters; before anything is fitted.

    References
    ----------
    Corani, Benavoli: "A Bayesian approach for comparing cross-validated algorithms on multiple
    data sets", Machine Learning 100, 2015. Kaufman et al.: "Leakage in data mining", KDD 2011.

    Examples
    --------
    >>> from spark_smote import evaluate
    >>> rows = [(float(i % 7), float(i % 11), int(i % 10 == 0)) for i in range(200)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> found = evaluate(
    ...     df, inputCols=["x", "y"], methods=["weights"], learners=["logistic"], folds=2
    ... )
    >>> [run.method for run in found.runs], found.verdict.kind in ("threshold", "undecided")
    (['none', 'threshold', 'weights'], True)
    """
    start = time.monotonic()
    options = Options(
        folds, repeats, rankBy, minPrecision, minRecall, costs, tune, maxRows, parallelism, rope,
        seed,
    )  # fmt: skip
    experiment = set_up(
        dataset, options, labelCol=labelCol, featuresCol=featuresCol, inputCols=inputCols,
        categoricalCols=categoricalCols, positive=positive, methods=methods, learners=learners,
        prepare=prepare, groupCol=groupCol, timeCol=timeCol, syntheticCol=syntheticCol,
        saveModels=saveModels,
    )  # fmt: skip
    table, chosen = experiment.table, experiment.methods
    experiment.run()
    if not experiment.fitted:
        raise ResamplingError(next(iter(experiment.skipped.values())))
    labels = [str(label) for label in table.labels]
    runs = [
        run
        for learner in experiment.learners
        for run in _runs(experiment, chosen, learner.name, labels, options)
    ]
    compared = compare_runs(runs, rankBy, rope, folds)
    complexity = {method.name: method.complexity for method in chosen}
    verdict = reach_verdict(runs, compared, complexity, rankBy, folds * repeats)
    (advised,) = (method for method in chosen if method.name == verdict.method)
    data = {
        "rows": sum(table.counts.values()),
        "positive": None if table.positive is None else str(table.positive),
        "classes": {str(label): rows for label, rows in table.counts.items()},
        "columns": [field.name for field in experiment.features],
        "fold_rows": experiment.fold_rows,
        "notes": [*table.notes, *experiment.notes, *_coarse(table, folds)],
    }
    named = columns_of(labelCol, featuresCol, inputCols, categoricalCols)
    return Evaluation(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.monotonic() - start,
        versions=_versions(),
        parameters={
            **{name: value for name, value in named.items() if value is not None},
            **asdict(options),
            "groupCol": groupCol,
            "timeCol": timeCol,
        },
        data=data,
        runs=runs,
        comparison=compared,
        verdict=replace(verdict, command=command(advised.stages)),
        projection=None if prepare else project(table, chosen),
        models=experiment.models,
    )


def _runs(
    experiment: Experiment,
    methods: Sequence[Method],
    learner: str,
    labels: Sequence[str],
    options: Options,
) -> list[Run]:
    """Compute the figures of a learner's methods; the moved threshold is of the models of none."""
    runs = {}
    for method in methods:
        if method.name == THRESHOLD:
            continue
        if why := experiment.skipped.get((method.name, learner)):
            runs[method.name] = Run(method.name, learner, str(method), skipped=why)
            continue
        fitted = experiment.fitted[method.name, learner]
        runs[method.name] = judge(method.name, learner, str(method), fitted, labels, options.goals)
    plain = runs[NONE]
    if len(labels) == 2:
        moved = replace(
            plain, method=THRESHOLD, description=f"the threshold of best {options.tune}"
        )
        runs = {NONE: plain, THRESHOLD: moved, **runs}
    return list(runs.values())


def _coarse(table: Dataset, folds: int) -> list[str]:
    """Return a note if a fold holds so few positive rows that figures are coarse."""
    if table.positive is None:
        return []
    rows = table.counts[table.positive] // folds
    if rows >= FEW:
        return []
    return [
        f"A fold scores some {rows} rows of {table.positive}: one of them is "
        f"{100 / rows:.1f} points of recall."
    ]


def _versions() -> dict[str, str]:
    """Return the versions of what figures depend on."""
    # Not out of metadata of distributions: a platform's own pyspark has none.
    packages = {each.__name__: each.__version__ for each in (pyspark, numpy, sklearn)}
    return {"spark_smote": package_version(), **packages, "python": platform.python_version()}
