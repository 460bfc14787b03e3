"""The experiment that parameters ask for, checked against the table; nothing is fitted yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame

from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.dataset import Dataset
from spark_smote.model_selection.fitting.experiment import Experiment
from spark_smote.model_selection.fitting.features import FeatureColumns, check_stages
from spark_smote.model_selection.fitting.learners import check_learners, find_learners
from spark_smote.model_selection.fitting.methods import Table, find_methods
from spark_smote.model_selection.folds import Splitter, check_class_sizes
from spark_smote.model_selection.options import OF_PROBABILITIES, Options

__all__ = ["columns_of", "set_up"]


def set_up(
    dataset: DataFrame,
    options: Options,
    *,
    labelCol: str,
    featuresCol: str | None,
    inputCols: Sequence[str] | None,
    categoricalCols: Sequence[str],
    positive: Any,
    methods: Any,
    learners: Any,
    prepare: Sequence[Any],
    groupCol: str | None,
    timeCol: str | None,
    syntheticCol: str | None,
    saveModels: bool,
) -> Experiment:
    """Find the classes, methods and learners of a comparison; parameters as of `evaluate`.

    Raises
    ------
    ResamplingError
        If the table does not fit the parameters.
    """

    def features(frame: DataFrame) -> FeatureColumns:
        return FeatureColumns.find(frame, featuresCol, inputCols, categoricalCols)

    splitter = Splitter.find(dataset.schema, options.folds, groupCol, timeCol)
    if timeCol and options.repeats > 1:
        raise ResamplingError(
            f"repeats is {options.repeats}, and the parts of timeCol are the same each time: set "
            "it to 1."
        )
    check_stages(prepare)
    if not prepare:
        features(dataset).check(labelCol)
    columns = columns_of(labelCol, featuresCol, inputCols, categoricalCols)
    table = Dataset.find(dataset, labelCol, features, positive)
    options.check_classes(table.labels)
    check_class_sizes(table.counts, options.folds)
    weight_col = _unused("weight", dataset.columns)
    chosen = find_methods(methods, Table(columns, table.counts, weight_col, options.seed))
    fitting = find_learners(learners, len(table.labels))
    check_learners(fitting, len(table.labels), options.rankBy in OF_PROBABILITIES)
    table.check_rows(syntheticCol, bool(prepare))
    if options.maxRows:
        table = table.limited(options.maxRows, options.seed)
        check_class_sizes(table.counts, options.folds)
    return Experiment(
        table, chosen, fitting, list(prepare), splitter, options.repeats, options.parallelism,
        options.seed, saveModels,
    )  # fmt: skip


def columns_of(
    labelCol: str,
    featuresCol: str | None,
    inputCols: Sequence[str] | None,
    categoricalCols: Sequence[str],
) -> dict[str, Any]:
    """Return the Params of a sampler that name these columns; None for those to leave unset."""
    return {
        "labelCol": labelCol,
        "featuresCol": featuresCol,
        "inputCols": list(inputCols) if inputCols else None,
        "categoricalCols": list(categoricalCols) or None,
    }


def _unused(name: str, columns: Sequence[str]) -> str:
    taken = {column.lower() for column in columns}
    while name in taken:
        name += "_"
    return name
