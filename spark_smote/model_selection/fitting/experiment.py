"""The fits of a comparison: each method and learner on each fold, and the scores of its models."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import pyspark
from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from spark_smote.core.digest import input_changed
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import CLASS, KEY
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError, shown
from spark_smote.model_selection.dataset import Dataset
from spark_smote.model_selection.fitting.learners import Learner
from spark_smote.model_selection.fitting.methods import Method
from spark_smote.model_selection.fitting.scoring import TRAINING, is_exact, score
from spark_smote.model_selection.fitting.training import (
    FEATURES,
    LABEL,
    FittedModel,
    Resampled,
    TrainingRows,
    few_shuffle_partitions,
    kept,
    n_partitions,
)
from spark_smote.model_selection.folds import PART, Split, Splitter, add_parts
from spark_smote.model_selection.results.evaluation import THRESHOLD
from spark_smote.model_selection.results.figures import FittedFold

__all__ = ["Experiment", "check_counted"]

logger = logging.getLogger(__name__)

TRAINING_ROWS = 20_000
"""Training rows above which a fifth of them is scored, too."""


@dataclass
class Experiment:
    """The models of a comparison.

    Attributes
    ----------
    table : Dataset
    methods : sequence of Method
    learners : sequence of Learner
    prepare : sequence
        Stages to fit and run before the methods.
    splitter : Splitter
    repeats, parallelism, seed : int
    saves_models : bool
    fitted : dict
        By method and learner, the models of all folds.
    skipped : dict
        By method and learner, why they do not go together.
    fold_rows : list
        Rows of each class in each scored fold, as texts.
    notes : list of str
    models : dict
        By method, learner, repeat and fold, if they are saved.
    """

    table: Dataset
    methods: Sequence[Method]
    learners: Sequence[Learner]
    prepare: Sequence[Any]
    splitter: Splitter
    repeats: int
    parallelism: int
    seed: int
    saves_models: bool
    fitted: dict[tuple[str, str], list[FittedFold]] = field(default_factory=dict)
    skipped: dict[tuple[str, str], str] = field(default_factory=dict)
    fold_rows: list[dict[str, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    models: dict[tuple[str, str, int, int], Any] = field(default_factory=dict)

    @cached_property
    def features(self) -> list[StructField]:
        """Columns of the features; if stages make these, all columns of the table."""
        rows = self.table.rows
        return list(rows.schema) if self.prepare else self.table.columns(rows).fields

    @cached_property
    def fitted_methods(self) -> list[Method]:
        """Methods with models of their own."""
        return [method for method in self.methods if method.name != THRESHOLD]

    @property
    def fits(self) -> int:
        """Number of models to fit."""
        models = len(self.fitted_methods) * len(self.learners)
        return models * len(self.splitter.splits) * self.repeats

    def run(self) -> None:
        """Fit all models, and score the folds by them."""
        self._progress, self._tie_bound = Progress(self.fits), 0.0
        n_rows = sum(self.table.counts.values())
        with few_shuffle_partitions(self.table.rows.sparkSession, n_rows):
            self._run()
        if self._tie_bound:
            self.notes.append(
                "Scores are counted in bins, as there are many: a ROC-AUC is off by "
                f"{self._tie_bound:.1e} at most."
            )

    def _run(self) -> None:
        table = LabeledTable(self.table.rows, self.table.label)
        for repeat in range(self.repeats):
            parts, spread = add_parts(
                table, self.table.counts, self.features, self.splitter, self.seed + repeat
            )
            if spread and not repeat:
                self.notes.append(f"Rows that stand so often that all folds hold them: {spread}.")
            with kept(parts) as rows:
                sizes = self._part_sizes(rows)
                self._check_classes(sizes)
                for split in self.splitter.splits:
                    self._run_split(rows, split, repeat, sizes)

    def _part_sizes(self, rows: DataFrame) -> dict[int, list[int]]:
        """Count the rows of each part and class."""
        sizes = {part: [0] * len(self.table.labels) for part in range(self.splitter.parts)}
        for row in rows.groupBy(PART, CLASS).count().collect():
            sizes[row[PART]][row[CLASS]] = row["count"]
        check_counted(self.table.counts, [sum(rows) for rows in zip(*sizes.values(), strict=True)])
        return sizes

    def _check_classes(self, part_sizes: Mapping[int, Sequence[int]]) -> None:
        """Check that both sides of each split hold all classes, as groups or times may not."""
        for split in self.splitter.splits:
            for side, sizes in (
                ("is trained on", _training_sizes(split, part_sizes)),
                ("scores", part_sizes[split.scored_part]),
            ):
                if not all(sizes):
                    label = self.table.labels[sizes.index(0)]
                    raise ResamplingError(
                        f"Fold {split.fold + 1} {side} no row of class {shown(label)}: lower "
                        "folds, or choose another groupCol or timeCol."
                    )

    def _run_split(
        self, rows: DataFrame, split: Split, repeat: int, part_sizes: Mapping[int, Sequence[int]]
    ) -> None:
        """Fit every method with every learner to a split's training rows, and score the others."""
        labels, label = self.table.labels, self.table.label
        sizes, scored_sizes = _training_sizes(split, part_sizes), part_sizes[split.scored_part]
        self.fold_rows.append(dict(zip(map(str, labels), scored_sizes, strict=True)))
        own = [name for name in rows.columns if name not in (PART, CLASS, KEY)]
        training = rows.where(split.training)
        prepared, stages = self._prepare(training.select(*map(quoted, own)))
        encoder = self.table.columns(prepared).fit(prepared)
        models = self._fit(TrainingRows(prepared, label, labels, sizes, encoder), split)
        share = 1 if sum(sizes) <= TRAINING_ROWS else 5
        sample = training.where(F.pmod(KEY, F.lit(share)) == 0).withColumn(TRAINING, F.lit(True))
        to_score = rows.where(split.scored).withColumn(TRAINING, F.lit(False)).unionByName(sample)
        for stage in stages:
            to_score = stage.transform(to_score)
        to_score = encoder.add(to_score.withColumn(LABEL, F.col(CLASS)), FEATURES)
        to_score = to_score.select(FEATURES, LABEL, TRAINING)
        n_rows = sum(scored_sizes) + sum(sizes) // share
        with kept(to_score.coalesce(max(self.parallelism, n_partitions(n_rows)))) as frame:
            exact = is_exact(len(models) * n_rows, len(labels))
            scores = score(models, frame, len(labels), exact)
        if not exact:
            bounds = (table.tie_bound for found in scores for table in found["scored"])
            self._tie_bound = max(self._tie_bound, *bounds)
        for model, found in zip(models, scores, strict=True):
            pair = model.method, model.learner
            self.fitted.setdefault(pair, []).append(
                FittedFold(repeat, split.fold, model.n_rows, model.seconds,
                           has_probability=model.has_probability, prior_ratio=model.prior_ratio,
                           **found)
            )  # fmt: skip
            if self.saves_models:
                self.models[*pair, repeat, split.fold] = model.model

    def _fit(self, training: TrainingRows, split: Split) -> list[FittedModel]:
        """Fit all learners to what each method makes of the rows, several methods at once."""

        def fit(method: Method) -> list[FittedModel]:
            start = time.monotonic()
            with ExitStack() as stack:
                try:
                    resampled = training.resample(
                        method, lambda rows: stack.enter_context(kept(rows))
                    )
                except ResamplingError as error:
                    self._skip(method, self.learners, str(error), split)
                    return []
                rows = stack.enter_context(kept(resampled.rows))
                planned = time.monotonic() - start
                fits = (
                    self._fit_one(learner, rows, resampled, planned, split)
                    for learner in self.learners
                )
                return [model for model in fits if model]

        # Threads have the session's properties, and on Spark Connect the session itself.
        inherited: Any = inheritable_thread_target
        if pyspark.__version__ >= "4":
            inherited = inheritable_thread_target(training.rows.sparkSession)
        with ThreadPoolExecutor(self.parallelism) as pool:
            fits = pool.map(inherited(fit), self.fitted_methods)
            return [model for found in fits for model in found]

    def _fit_one(
        self, learner: Learner, rows: DataFrame, resampled: Resampled, planned: float, split: Split
    ) -> FittedModel | None:
        """Fit a learner; None if it cannot use what the method made."""
        try:
            estimator = learner.estimator(resampled.columns, self.seed)
        except ResamplingError as error:
            self._skip(resampled.method, [learner], str(error), split)
            return None
        model = FittedModel.fit(learner.name, estimator, rows, resampled, planned)
        self._progress.done(resampled.method.name, learner.name, split.fold)
        return model

    def _skip(self, method: Method, learners: Sequence[Learner], why: str, split: Split) -> None:
        """Note why a method is not fitted."""
        for learner in learners:
            self.skipped[method.name, learner.name] = why
            self._progress.done(method.name, learner.name, split.fold)

    def _prepare(self, training: DataFrame) -> tuple[DataFrame, list[Any]]:
        """Fit the stages that make features to training rows."""
        fitted = []
        for stage in self.prepare:
            model = stage.fit(training) if hasattr(stage, "fit") else stage
            training = model.transform(training)
            fitted.append(model)
        return training, fitted


def check_counted(counts: Mapping[Any, int], found: Sequence[int]) -> None:
    """Check that the rows that are divided are those that were counted.

    Raises
    ------
    ResamplingError
        If the table is not the same when it is read again.
    """
    if list(counts.values()) != list(found):
        raise input_changed(
            f"its classes held {list(counts.values())} rows, and hold {list(found)} now"
        )


def _training_sizes(split: Split, part_sizes: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the training rows of each class."""
    return [
        sum(rows) for rows in zip(*map(part_sizes.__getitem__, split.training_parts), strict=True)
    ]


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
