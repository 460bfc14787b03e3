"""Compare methods and classifiers on one table."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from spark_smote.core.strategy.labels import by_label, match_labels
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import CLASS
from spark_smote.engine.table.schema import check_frame, field_of
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError, shown
from spark_smote.model_selection.fitting.experiment import EXACT_SCORES, Experiment, Progress, kept
from spark_smote.model_selection.fitting.features import FeatureColumns
from spark_smote.model_selection.folds import PART, Split, Splitter, add_parts, check_class_sizes
from spark_smote.model_selection.fitting.learners import find_learners
from spark_smote.model_selection.fitting.methods import (
    NONE,
    THRESHOLD,
    Method,
    Table,
    command,
    find_methods,
)
from spark_smote.model_selection.options import Options
from spark_smote.model_selection.projection import project
from spark_smote.model_selection.results.evaluation import Evaluation, Run
from spark_smote.model_selection.results.figures import FittedFold, judge
from spark_smote.model_selection.results.verdict import compare_runs, reach_verdict
from spark_smote.under_sampling.random_under_sampler import RandomUnderSampler

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
        Stages to fit to training rows, and run, before the methods.
    folds : int, default 5
        2 to 20.
    repeats : int, default 1
        1 to 10 times, with folds drawn anew.
    groupCol : str, optional
        Rows of equal value share a fold.
    timeCol : str, optional
        Divide by time instead: each fold scores the rows that follow those it is trained on.
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
    check_frame(dataset)
    label = field_of(dataset.schema, labelCol, "labelCol")
    counts, unlabeled = LabeledTable(dataset, label).class_counts()
    counts = by_label(counts)
    labels = _ordered_labels(counts, positive)
    options.check_classes(labels)
    check_class_sizes(counts, folds)
    names = {
        "labelCol": labelCol,
        "featuresCol": featuresCol if inputCols is None else None,
        "inputCols": list(inputCols) if inputCols else None,
        "categoricalCols": list(categoricalCols) or None,
    }

    def columns(frame: DataFrame) -> FeatureColumns:
        return FeatureColumns.find(frame, featuresCol, inputCols, categoricalCols)

    weight_col = _new_name("weight", dataset.columns)
    chosen = find_methods(methods, Table(names, counts, weight_col, seed))
    if len(labels) > 2:  # no threshold to move
        chosen = [method for method in chosen if method.name != THRESHOLD]
    chosen_learners = find_learners(learners, len(labels))
    notes = [f"{unlabeled:,} rows without a label are left out."] if unlabeled else []
    rows = dataset.where(LabeledTable(dataset, label).is_in(list(counts)))
    if not prepare:
        _check_rows(rows, columns(rows), syntheticCol)
    if maxRows and sum(counts.values()) > maxRows:
        rows, counts = _sample(rows, labelCol, counts, maxRows, seed)
        check_class_sizes(counts, folds)
        notes.append(f"Figures are of {sum(counts.values()):,} rows (maxRows), a share by class.")
    splitter = Splitter(
        folds,
        field_of(dataset.schema, groupCol, "groupCol") if groupCol else None,
        field_of(dataset.schema, timeCol, "timeCol") if timeCol else None,
    )
    features = columns(rows).fields if not prepare else rows.schema.fields
    ordered = {each: counts[each] for each in labels}
    fits = len(splitter.splits) * repeats * len(chosen_learners)
    progress = Progress(fits * sum(method.name != THRESHOLD for method in chosen))
    fitted: dict[tuple[str, str], list[FittedFold]] = {}
    fold_rows: list[dict[str, int]] = []
    table = LabeledTable(rows, label)
    models: dict[tuple[str, str, int, int], Any] = {}
    skipped: dict[tuple[str, str], str] = {}
    projection = None
    for repeat in range(repeats):
        parts, spread = add_parts(table, ordered, features, splitter, seed + repeat)
        if spread and not repeat:
            notes.append(f"{spread} rows stand so often that their twins are in all folds.")
        with kept(parts) as frame:
            sizes = _part_sizes(frame, len(labels))
            experiment = Experiment(
                frame, label, labels, columns, chosen, chosen_learners, prepare, parallelism, seed,
                progress, _is_exact(sizes, splitter.splits, progress, labels), saveModels,
            )  # fmt: skip
            for split in splitter.splits:
                training = [sum(sizes[part][n] for part in split.training_parts) for n in range(len(labels))]
                scored = sizes[split.scored_part]
                _check_split(split, labels, training, scored)
                fold_rows.append({str(each): n for each, n in zip(labels, scored, strict=True)})
                for pair, fold in experiment.run_split(split, repeat, training).items():
                    fitted.setdefault(pair, []).append(fold)
            if not repeat:
                projection = project(experiment, splitter.splits[0])
            models |= experiment.models
            skipped |= experiment.skipped
    ...
