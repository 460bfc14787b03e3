"""The fits of a comparison: each method and learner on each fold, and the scores of its models."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from pyspark.errors import PySparkException
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import CLASS, KEY, RESERVED
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.fitting.features import Encoder, FeatureColumns
from spark_smote.model_selection.folds import PART, Split
from spark_smote.model_selection.fitting.learners import Columns, Learner
from spark_smote.model_selection.fitting.methods import THRESHOLD, Method
from spark_smote.model_selection.results.figures import FittedFold
from spark_smote.model_selection.score_frame import score_tables

__all__ = ["Experiment", "Progress", "kept"]

logger = logging.getLogger(__name__)

FEATURES, LABEL = f"{RESERVED}features", f"{RESERVED}label"
"""Columns that a classifier is fitted to."""

TRAINING = f"{RESERVED}training"
"""Whether a row to be scored was trained on."""

RUN, SCORE = f"{RESERVED}run", f"{RESERVED}score"

ROWS_A_PARTITION = 50_000
"""Rows of a training frame's partition: a job of trees has a task a partition, at each level."""

MAX_PARTITIONS = 1_000

EXACT_SCORES = 2_000_000
"""Scores of a fold, of all its models, up to which each is read as it is; above, in bins."""

TRAINING_ROWS = 20_000
"""Training rows above which a fifth of them is scored."""


@dataclass
class Experiment:
    """What is compared, on a table with parts.

    Attributes
    ----------
    rows : DataFrame
        With `PART`, `CLASS` and `KEY`.
    label : StructField
    labels : list
        Classes, in the order of their numbers; of two, the positive one is the second.
    columns : callable
        Finds the features of a frame.
    methods : list of Method
    learners : list of Learner
    prepare : list
        Stages to fit and run before the methods.
    parallelism : int
    seed : int
    save_models : bool
    """

    rows: DataFrame
    label: StructField
    labels: Sequence[Any]
    columns: Callable[[DataFrame], FeatureColumns]
    methods: Sequence[Method]
    learners: Sequence[Learner]
    prepare: Sequence[Any]
    parallelism: int
    seed: int
    progress: Progress
    is_exact: bool = True
    save_models: bool = False
    models: dict[tuple[str, str, int, int], Any] = field(default_factory=dict)
    skipped: dict[tuple[str, str], str] = field(default_factory=dict)

    def run_split(
        self, split: Split, repeat: int, sizes: Sequence[int]
    ) -> dict[tuple[str, str], FittedFold]:
        """Fit every method with every learner to a fold's training rows, and score the fold.

        Parameters
        ----------
        split : Split
        repeat : int
        sizes : sequence of int
            Training rows of each class.
        """
        own = [name for name in self.rows.columns if name not in (PART, CLASS, KEY)]
        training = self.rows.where(split.training)
        prepared, stages = self._prepare(training.select(*map(quoted, own)))
        encoder = self.columns(prepared).fit(prepared)
        with ThreadPoolExecutor(self.parallelism) as pool:
            fits = [
                fit
                for fitted in pool.map(
                    lambda method: self._fit(method, prepared, encoder, sizes, split.fold),
                    [method for method in self.methods if method.name != THRESHOLD],
                )
                for fit in fitted
            ]
        share = 1 if sum(sizes) <= TRAINING_ROWS else 5
        sample = training.where(F.pmod(KEY, F.lit(share)) == 0)
        to_score = (
            self.rows.where(split.scored)
            .withColumn(TRAINING, F.lit(False))
            .unionByName(sample.withColumn(TRAINING, F.lit(True)))
            .withColumn(LABEL, F.col(CLASS))
        )
        for stage in stages:
            to_score = stage.transform(to_score)
        to_score = encoder.add(to_score, FEATURES).select(FEATURES, LABEL, TRAINING)
        with kept(to_score) as frame:
            scores = self._score(fits, frame)
        if self.save_models:
            for fit in fits:
                self.models[fit.method, fit.learner, repeat, split.fold] = fit.model
        return {
            (fit.method, fit.learner): FittedFold(
                repeat, split.fold, fit.rows, fit.seconds,
                has_probability=fit.has_probability, prior_ratio=fit.prior_ratio, **found,
            )
            for fit, found in zip(fits, scores, strict=True)
        }  # fmt: skip

    def _prepare(self, training: DataFrame) -> tuple[DataFrame, list[Any]]:
        fitted = []
        for stage in self.prepare:
            model = stage.fit(training) if hasattr(stage, "fit") else stage
            training = model.transform(training)
            fitted.append(model)
        return training, fitted

    def _fit(
        self, method: Method, training: DataFrame, encoder: Encoder, sizes: Sequence[int], fold: int
    ) -> list[_Fit]:
        """Resample the training rows, and fit every learner that can use them."""
        start = time.monotonic()
        after: Mapping[Any, float] = dict(zip(self.labels, sizes, strict=True))
        resampled, n_rows = training, sum(sizes)
        for stage in method.stages:
            plan = stage.plan(resampled)
            resampled = stage.apply(resampled, plan)
            after = plan.after
            if method.resamples:
                n_rows = int(sum(plan.counts.values()) + sum(getattr(plan, "added", {}).values()))
        number = LabeledTable(resampled, self.label).class_number(self.labels).cast("double")
        weight = [quoted(method.weight_col)] if method.weight_col else []
        learned = encoder.add(resampled.withColumn(LABEL, number), FEATURES)
        learned = _ordered(learned.select(FEATURES, LABEL, *weight), n_rows)
        fits = []
        with kept(learned) as frame:
            n_features = _n_features(frame)
            shared = time.monotonic() - start
            for learner in self.learners:
                columns = Columns(
                    FEATURES, LABEL, method.weight_col, n_features, len(self.labels)
                )
                start = time.monotonic()
                try:
                    estimator = learner.estimator(columns, self.seed)
                except ResamplingError as error:
                    self.skipped[method.name, learner.name] = str(error)
                    self.progress.done(method.name, learner.name, fold)
                    continue
                model = estimator.fit(frame)
                seconds = shared + time.monotonic() - start
                ratio = self._prior_ratio(sizes, after) if method.stages else None
                has_probability = _has_probability(model, frame, learner.name)
                fits.append(
                    _Fit(
                        method.name, learner.name, model, n_rows, seconds, ratio, has_probability
                    )
                )
                self.progress.done(method.name, learner.name, fold)
        return fits

    def _prior_ratio(self, sizes: Sequence[int], after: Mapping[Any, float]) -> float | None:
        """Return what the odds of the positive class have to be multiplied by."""
        if len(self.labels) > 2:
            return None
        negative, positive = self.labels
        return float(sizes[1] / sizes[0] * after[negative] / after[positive])

    def _score(self, fits: Sequence[_Fit], frame: DataFrame) -> list[dict[str, Any]]:
        """Score the rows by all models in one pass, and group them by score."""
        names = [f"{SCORE}{i}" for i in range(len(fits))]
        for fit, name in zip(fits, names, strict=True):
            frame = fit.add_score(frame, name)
        runs = [F.struct(F.lit(i).alias(RUN), F.col(name).alias(SCORE)) for i, name in enumerate(names)]
        each = frame.select(LABEL, TRAINING, F.explode(F.array(*runs)).alias("each"))
        scored = each.select(LABEL, TRAINING, "each.*")
        return self._tables(scored, len(fits))

    def _tables(self, scored: DataFrame, runs: int) -> list[dict[str, Any]]:
        if len(self.labels) == 2:
            confusions = None
            by_class = scored.select(
                RUN, TRAINING, F.lit(1).alias(CLASS), F.get(SCORE, F.lit(1)).alias(SCORE), LABEL
            )
        else:
            confusions = self._confusions(scored.where(~F.col(TRAINING)), runs)
            by_class = scored.select(
                RUN, TRAINING, F.posexplode(SCORE).alias(CLASS, SCORE), LABEL
            )
        classes = [1] if len(self.labels) == 2 else range(len(self.labels))
        is_positive = F.col(LABEL) == F.col(CLASS)
        tables = score_tables(
            by_class.withColumn("is_positive", is_positive),
            [RUN, TRAINING, CLASS], SCORE, "is_positive", exact=self.is_exact,
        )  # fmt: skip
        none = ScoreTable.of([], [], [])
        return [
            {
                "scored": [tables.get((run, False, number), none) for number in classes],
                "training": [tables.get((run, True, number), none) for number in classes],
                "confusion": confusions[run] if confusions else None,
            }
            for run in range(runs)
        ]

    def _confusions(self, scored: DataFrame, runs: int) -> list[list[list[int]]]:
        """Count the rows by run, class and predicted class, in one job."""
        predicted = F.array_position(SCORE, F.array_max(SCORE)) - 1
        counted = scored.groupBy(RUN, LABEL, predicted.alias("predicted")).count().collect()
        found = np.zeros((runs, len(self.labels), len(self.labels)), np.int64)
        for row in counted:
            found[row[RUN], int(row[LABEL]), int(row["predicted"])] = row["count"]
        return found.tolist()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class _Fit:
    """A fitted model."""

    method: str
    learner: str
    model: Any
    rows: int
    seconds: float
    prior_ratio: float | None
    has_probability: bool

    def add_score(self, rows: DataFrame, name: str) -> DataFrame:
        """Add the scores of all classes, an array; lazy."""
        scored = self.model.transform(rows)
        if self.has_probability:
            score = vector_to_array(F.col("probability"))
        else:  # margins, mapped to (0, 1) so that 0.5 is where the model decides
            margin = vector_to_array(F.col("rawPrediction"))
            score = F.transform(margin, lambda value: 1 / (1 + F.exp(-value)))
        return scored.select(*rows.columns, score.alias(name))


def _has_probability(model: Any, rows: DataFrame, learner: str) -> bool:
    """Return whether a model predicts probabilities, or else margins."""
    columns = model.transform(rows).columns
    if not {"probability", "rawPrediction"} & set(columns):
        raise ResamplingError(
            f"Learner {learner!r} predicts neither a probability nor a rawPrediction, only "
            f"{sorted(set(columns) - set(rows.columns))}: choose a classifier of Spark ML, and "
            "leave its column names as they are."
        )
    return "probability" in columns


def _ordered(rows: DataFrame, n_rows: int) -> DataFrame:
    """Put the rows in an order of their own: forests draw by partition and place."""
    partitions = min(max(1, math.ceil(n_rows / ROWS_A_PARTITION)), MAX_PARTITIONS)
    key = F.xxhash64(FEATURES, LABEL)
    return rows.repartition(partitions, key).sortWithinPartitions(key)


def _n_features(rows: DataFrame) -> int:
    first = rows.select(F.size(vector_to_array(F.col(FEATURES)))).first()
    return int(first[0]) if first else 0


@contextmanager
def kept(frame: DataFrame) -> Iterator[DataFrame]:
    """Keep a frame's rows while it is used, where Spark lets one: it saves time, no more."""
    try:
        frame = frame.persist()
    except PySparkException:  # serverless compute refuses it
        yield frame
        return
    try:
        yield frame
    finally:
        frame.unpersist()


class Progress:
    """Log of the fits that are done, and how long the rest takes."""

    def __init__(self, fits: int) -> None:
        self._fits, self._done, self._start = fits, 0, time.monotonic()
        self._lock = Lock()

    def done(self, method: str, learner: str, fold: int) -> None:
        """Log a fit that is done."""
        with self._lock:
            self._done += 1
            spent = time.monotonic() - self._start
            left = spent / self._done * (self._fits - self._done)
            logger.info(
                "fit %d of %d: %s, %s, fold %d; %.0f s, some %.0f s still",
                self._done, self._fits, method, learner, fold + 1, spent, left,
            )  # fmt: skip
