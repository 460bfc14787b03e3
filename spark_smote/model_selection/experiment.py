"""The fits of a comparison: each method and learner on each fold, and the scores of its models."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import CLASS, KEY, RESERVED
from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.features import Encoder, FeatureColumns
from spark_smote.model_selection.folds import PART, Split
from spark_smote.model_selection.learners import Columns, Learner
from spark_smote.model_selection.methods import THRESHOLD, Method
from spark_smote.model_selection.results.figures import FittedFold
from spark_smote.model_selection.score_frame import score_tables

__all__ = ["Experiment", "kept"]

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
        prepared, stages = self._prepare(training.select(*map(_quoted, own)))
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
        weight = [_quoted(method.weight_col)] if method.weight_col else []
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
                fits.append(_Fit(method.name, learner.name, model, n_rows, seconds, ratio))
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
        is_binary = len(self.labels) == 2
        names = [f"{RESERVED}score{i}" for i in range(len(fits))]
        for fit, name in zip(fits, names, strict=True):
            frame = fit.add_score(frame, name, is_binary)
        runs = F.explode(
            F.array(*[F.struct(F.lit(i).alias(RUN), F.col(n).alias(SCORE)) for i, n in enumerate(names)])
        )
        scored = frame.select(LABEL, TRAINING, runs.alias("run")).select(LABEL, TRAINING, "run.*")
        confusion = {}
        if is_binary:
            scored = scored.withColumn("class", F.lit(1))
        else:
            confusion = self._confusions(scored, len(fits))
            scored = scored.select(
                LABEL, TRAINING, RUN, F.posexplode(f"{SCORE}.probability").alias("class", SCORE)
            )
        ...
        return []
