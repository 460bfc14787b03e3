"""Training rows as a method leaves them, and the models that are fitted to them."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyspark.errors import PySparkException
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from spark_smote.base import Sampler
from spark_smote.core.strategy.groups import label_of
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import RESERVED
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError, shown
from spark_smote.model_selection.fitting.features import Encoder
from spark_smote.model_selection.fitting.learners import Columns
from spark_smote.model_selection.fitting.methods import Method

__all__ = [
    "FEATURES",
    "LABEL",
    "FittedModel",
    "Resampled",
    "TrainingRows",
    "few_shuffle_partitions",
    "kept",
    "n_partitions",
]

FEATURES, LABEL = f"{RESERVED}features", f"{RESERVED}label"
"""Columns that a classifier is fitted to."""

ROWS_A_PARTITION = 50_000
"""Rows of a training frame's partition: a job of trees has a task a partition, at each level."""

MAX_PARTITIONS = 1_000

SHUFFLE_PARTITIONS = "spark.sql.shuffle.partitions"

MIN_SHUFFLED = 4
"""Partitions that small tables are shuffled into."""


@dataclass(frozen=True)
class Resampled:
    """Training rows that a classifier can be fitted to.

    Attributes
    ----------
    method : Method
    rows : DataFrame
        With `FEATURES`, `LABEL`, and the weights if there are any.
    columns : Columns
    n_rows : int
    prior_ratio : float or None
        What the odds of the positive class have to be multiplied by, for the share of it that the
        rows had before.
    """

    method: Method
    rows: DataFrame
    columns: Columns
    n_rows: int
    prior_ratio: float | None


@dataclass(frozen=True)
class TrainingRows:
    """The training rows of a split.

    Attributes
    ----------
    rows : DataFrame
    label : StructField
    labels : sequence
        Classes, in the order of their numbers.
    sizes : sequence of int
        Rows of each class.
    encoder : Encoder
    """

    rows: DataFrame
    label: StructField
    labels: Sequence[Any]
    sizes: Sequence[int]
    encoder: Encoder

    @cached_property
    def n_features(self) -> int:
        """Number of features, by a small job."""
        encoded = self.encoder.add(self.rows, FEATURES)
        first = encoded.select(F.size(vector_to_array(F.col(FEATURES)))).first()
        return int(first[0]) if first else 0

    def resample(self, method: Method, keep: Callable[[DataFrame], DataFrame]) -> Resampled:
        """Carry out a method: its plans are made now, its rows are lazy.

        Parameters
        ----------
        method : Method
        keep : callable
            Keeps rows that the next stage reads several times.
        """
        rows, n_rows = self.rows, sum(self.sizes)
        after: Mapping[Any, float] = dict(zip(self.labels, self.sizes, strict=True))
        for stage in method.stages:
            plan = stage.plan(rows)
            rows, after = stage.apply(rows, plan), _pooled(plan.after)
            for label in self.labels:
                if not after.get(label):
                    raise ResamplingError(
                        f"{type(stage).__name__} leaves no row of class {shown(label)}: choose "
                        "other Params, or another method."
                    )
            if isinstance(stage, Sampler):
                n_rows = int(sum(after.values()))
            if stage is not method.stages[-1]:
                rows = keep(rows)
        number = LabeledTable(rows, self.label).class_number(self.labels).cast("double")
        encoded = self.encoder.add(rows.withColumn(LABEL, number), FEATURES)
        weight = [quoted(method.weight_col)] if method.weight_col else []
        encoded = encoded.select(FEATURES, LABEL, *weight)
        ratio = None
        if method.stages and len(self.labels) == 2:
            negative, positive = self.labels
            ratio = self.sizes[1] / self.sizes[0] * after[negative] / after[positive]
        columns = Columns(FEATURES, LABEL, method.weight_col, self.n_features, len(self.labels))
        return Resampled(method, _in_order(encoded, n_rows), columns, n_rows, ratio)


@dataclass(frozen=True)
class FittedModel:
    """A model, and what it was fitted to.

    Attributes
    ----------
    method, learner : str
    model : Model
    n_rows : int
    seconds : float
    prior_ratio : float or None
    has_probability : bool
        Whether it predicts probabilities; if not, margins.
    """

    method: str
    learner: str
    model: Any
    n_rows: int
    seconds: float
    prior_ratio: float | None
    has_probability: bool

    @staticmethod
    def fit(
        learner: str, estimator: Any, rows: DataFrame, resampled: Resampled, seconds: float
    ) -> FittedModel:
        """Fit an Estimator.

        Parameters
        ----------
        learner : str
        estimator : Estimator
        rows : DataFrame
            Those of `resampled`.
        resampled : Resampled
        seconds : float
            What resampling took.
        """
        start = time.monotonic()
        model = estimator.fit(rows)
        seconds += time.monotonic() - start
        predicted = set(model.transform(rows).columns) - set(rows.columns)
        if not predicted & {"probability", "rawPrediction"}:
            raise ResamplingError(
                f"Learner {learner!r} predicts {sorted(predicted)}, and neither 'probability' nor "
                "'rawPrediction': choose a classifier that has one of them, by this name."
            )
        return FittedModel(
            resampled.method.name, learner, model, resampled.n_rows, seconds,
            resampled.prior_ratio, "probability" in predicted,
        )  # fmt: skip

    def add_scores(self, rows: DataFrame, name: str) -> DataFrame:
        """Add the scores of all classes, an array; lazy."""
        scored: DataFrame = self.model.transform(rows)
        if self.has_probability:
            scores = vector_to_array(F.col("probability"))
        else:  # margins, mapped to (0, 1) so that 0.5 is where the model decides
            margins = vector_to_array(F.col("rawPrediction"))
            scores = F.transform(margins, lambda margin: 1 / (1 + F.exp(-margin)))
        return scored.select(*rows.columns, scores.alias(name))


def _pooled(after: Mapping[Any, float]) -> dict[Any, float]:
    """Add up the rows of each label over all groups."""
    rows: defaultdict[Any, float] = defaultdict(float)
    for name, n in after.items():
        rows[label_of(name)] += n
    return dict(rows)


def _in_order(rows: DataFrame, n_rows: int) -> DataFrame:
    """Sort rows into an order of their own: forests draw by partition and place."""
    key = F.xxhash64(FEATURES, LABEL)
    return rows.repartition(n_partitions(n_rows), key).sortWithinPartitions(key)


def n_partitions(n_rows: int) -> int:
    """Return in how many partitions to keep rows: of small tables, tasks are what takes time."""
    return min(max(1, math.ceil(n_rows / ROWS_A_PARTITION)), MAX_PARTITIONS)


@contextmanager
def kept(frame: DataFrame) -> Iterator[DataFrame]:
    """Keep a frame's rows while they are used, where Spark does: it saves time, no more."""
    try:
        frame = frame.persist()
    except PySparkException:  # serverless compute refuses it
        yield frame
        return
    try:
        yield frame
    finally:
        frame.unpersist()


@contextmanager
def few_shuffle_partitions(spark: SparkSession, n_rows: int) -> Iterator[None]:
    """Shuffle so many rows into few partitions meanwhile, where Spark lets one choose.

    Of the 200 that are the default, most would be empty, in hundreds of small jobs.
    """
    before = spark.conf.get(SHUFFLE_PARTITIONS) or "200"
    try:
        few = min(int(before), max(MIN_SHUFFLED, n_partitions(n_rows)))
        spark.conf.set(SHUFFLE_PARTITIONS, few)
    except (PySparkException, ValueError):  # not to be changed, or "auto"
        yield
        return
    try:
        yield
    finally:
        spark.conf.set(SHUFFLE_PARTITIONS, before)
