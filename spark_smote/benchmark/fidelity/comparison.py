"""Classifiers trained on hashed SMOTE's rows, and on exact SMOTE's, scored on the same folds."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from spark_smote.benchmark.fidelity.equivalence import Equivalence, two_one_sided_tests
from spark_smote.benchmark.fidelity.tables import Table
from spark_smote.engine.planning.plan import NeighborPlan
from spark_smote.evaluation.recall import measure_class_recall
from spark_smote.over_sampling.smote import SMOTE

__all__ = ["Comparison", "compare"]

logger = logging.getLogger(__name__)

VARIANTS = ("exact", "hashed", "other seed")

LEARNERS: dict[str, ClassifierMixin] = {
    "5-NN": make_pipeline(StandardScaler(), KNeighborsClassifier(5)),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
}

LEAST_BUCKET = 16
"""Smallest `bucketSize`."""

BUCKETS = 8
"""Buckets that hashed SMOTE should divide the rarer class of a training fold into."""

OTHER_SEED = 1_000_000
"""Added to a seed for exact SMOTE of another seed."""


Splits = list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]
"""For each fold, the places of the training rows and of its own."""


@dataclass(frozen=True)
class Comparison:
    """Average precision of a learner on the untouched folds of a table.

    Attributes
    ----------
    table : Table
    learner : str
    buckets : float
        Mean number of buckets of the rarer class of a training fold, if hashed.
    recall : float
        Recall of the neighbors that hashed SMOTE used, with the first seed.
    scores : float array of shape (seeds, 3)
        Mean over folds, for each seed and each of `VARIANTS`.
    """

    table: Table
    learner: str
    buckets: float
    recall: float
    scores: npt.NDArray[np.float64]

    @property
    def hashed(self) -> Equivalence:
        """Hashed SMOTE less exact SMOTE."""
        return two_one_sided_tests(self.scores[:, 1] - self.scores[:, 0])

    @property
    def other_seed(self) -> Equivalence:
        """Exact SMOTE of another seed less exact SMOTE."""
        return two_one_sided_tests(self.scores[:, 2] - self.scores[:, 0])


def compare(
    spark: SparkSession, table: Table, seeds: int, folds: int, replication: float | None = None
) -> list[Comparison]:
    """Compare hashed with exact SMOTE for each learner; none for a class that is one bucket.

    Parameters
    ----------
    spark : SparkSession
    table : Table
    seeds : int
        Each draws folds, and synthetic rows, anew.
    folds : int
        Stratified; each is scored by learners trained on the others, resampled.
    replication : float, optional
        Of hashed SMOTE, by default its own choice; 1.0 finds fewest of the true neighbors.

    Notes
    -----
    Exact and hashed SMOTE of one seed draw the same rows to start from and the same ways to go,
    so that they differ by the neighbors alone.
    """
    scores = np.empty((seeds, len(VARIANTS), len(LEARNERS), folds))
    for seed in range(seeds):
        shuffled = StratifiedKFold(folds, shuffle=True, random_state=seed)
        splits = list(shuffled.split(table.values, table.labels))
        samplers = _samplers(table, folds, seed, replication)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "training.parquet"
            _stack(table, splits).to_parquet(file)
            training = spark.read.parquet(file.as_uri())
            if not seed:
                buckets, recall = _mechanism(samplers[1], training)
                if buckets == 1:
                    logger.warning("%s is left out: its rarer class is one bucket", table.name)
                    return []
            made = [sampler.transform(training).toPandas() for sampler in samplers]
        scores[seed] = [_scores(table, splits, synthetic) for synthetic in made]
    means = scores.mean(axis=-1)
    return [
        Comparison(table, name, buckets, recall, means[..., number])
        for number, name in enumerate(LEARNERS)
    ]


def _samplers(table: Table, folds: int, seed: int, replication: float | None) -> tuple[SMOTE, ...]:
    """Build a sampler for each of `VARIANTS`, of the synthetic rows of all training folds."""
    several = max(LEAST_BUCKET, table.minority * (folds - 1) // folds // BUCKETS)
    exact = SMOTE(
        inputCols=_names(table),
        groupCols=["fold"],
        outputMode="synthetic",
        bucketSize=max(LEAST_BUCKET, table.minority),
        handleSmallClass="skip",
        seed=seed,
    )
    hashed = exact.copy().setParams(bucketSize=several, replication=replication)
    return exact, hashed, exact.copy().setSeed(seed + OTHER_SEED)


def _names(table: Table) -> list[str]:
    return [f"x{number}" for number in range(table.values.shape[1])]


def _stack(table: Table, splits: Splits) -> pd.DataFrame:
    """Stack the training rows of all folds: a group each, which is resampled by itself."""
    training = [train for train, _ in splits]
    places = np.concatenate(training)
    fold = np.repeat(np.arange(len(training)), [len(rows) for rows in training])
    frame = pd.DataFrame(table.values[places], columns=_names(table))
    return frame.assign(label=table.labels[places], fold=fold)


def _mechanism(sampler: SMOTE, training: DataFrame) -> tuple[float, float]:
    """Count the buckets of hashed SMOTE, and measure the recall of the neighbors it uses."""
    plan = sampler.plan(training)
    if not isinstance(plan, NeighborPlan):  # too few rows for k neighbors
        return 1.0, 1.0
    buckets = float(np.mean([len(members.slices) for members in plan.layout.classes]))
    if buckets == 1:
        return 1.0, 1.0
    recall = measure_class_recall(sampler.feature_table(training), plan)
    return buckets, float("nan") if recall is None else recall


def _scores(table: Table, splits: Splits, synthetic: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Train every learner on every training fold and its synthetic rows, and score the fold."""
    scores = np.empty((len(LEARNERS), len(splits)))
    for fold, (train, test) in enumerate(splits):
        made = synthetic[synthetic["fold"] == fold]
        values = np.concatenate([table.values[train], made[_names(table)].to_numpy()])
        labels = np.concatenate([table.labels[train], made["label"].to_numpy()])
        for number, learner in enumerate(LEARNERS.values()):
            learner.fit(values, labels)
            probability = learner.predict_proba(table.values[test])[:, 1]
            scores[number, fold] = average_precision_score(table.labels[test], probability)
    return scores
