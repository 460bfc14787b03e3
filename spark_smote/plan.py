"""What a resampling will do, decided on the driver in at most three small Spark jobs."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from spark_smote.amounts import Amount, capped
from spark_smote.balls import Ball
from spark_smote.buckets import BucketTable, ClassBuckets
from spark_smote.category_columns import read_categories
from spark_smote.checks import check_features
from spark_smote.fitting import fit_classes
from spark_smote.labels import Table
from spark_smote.repeats import Repeats, find_repeats
from spark_smote.source import Source
from spark_smote.strategy import Quota, rows_to_make
from spark_smote.synthesis import ClassTask

__all__ = ["Plan", "Settings", "make_plan", "random_plan"]

logger = logging.getLogger(__name__)

BUCKET_BYTES = 32 * 2**20
"""Features of an automatic bucket, in double precision; a task holds a few times as much."""

BUCKET_ROWS = (1024, 32768)
"""Least and most rows of an automatic bucket."""

MOST_BUCKET_ROWS = 131_072
"""Rows of a bucket of a very large class."""

SLICE_WORK = 2**33
"""Products of an exact search that one task does."""


@dataclass(frozen=True)
class Settings:
    """The parameters that shape the rows; see `SMOTE` for their meaning."""

    k: int
    strategy: str | float | Mapping[str, Amount]
    most_per_row: float | None
    distance_scaling: str
    small_class: str
    replication: float | None
    bucket_size: int | None
    seed: int
    drawing: str
    ball: Ball


@dataclass(frozen=True)
class Plan:
    """Rows now and after, and how they will be made.

    Attributes
    ----------
    counts : dict
        Rows of each class now.
    unlabelled : int
        Rows without a label, which pass through untouched.
    made : dict
        Rows to make, for the classes that get any; below 0, rows to leave out.
    table : BucketTable or None
        None where there is nothing to make.
    bucket_rows : tuple of int
        Rows expected in each bucket, guests included.
    width : int
        Number of features.
    seconds : dict
        What each step of planning took.
    repeats : Repeats or None
        Rows to repeat or keep at random; None where that is not what the sampler does.
    """

    counts: dict[Any, int]
    unlabelled: int
    made: dict[Any, int]
    table: BucketTable | None = None
    bucket_rows: tuple[int, ...] = ()
    width: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    repeats: Repeats | None = None

    @property
    def labels(self) -> list[Any]:
        """Labels of the classes that change, in the order of their numbers."""
        return list(self.made)

    @property
    def after(self) -> dict[Any, int]:
        """Rows of each class in the result."""
        return {label: rows + self.made.get(label, 0) for label, rows in self.counts.items()}


def make_plan(source: Source, settings: Settings) -> Plan:
    """Count, check and sample the classes to raise.

    Raises
    ------
    ValueError
        Where the strategy does not fit the classes, a class is too small for k, or a feature
        of a class to raise is null, NaN, infinite or of another length than the others.
    """
    seconds: dict[str, float] = {}
    with _timed("count classes", seconds):
        counts, unlabelled = source.class_counts()
    if unlabelled:
        logger.warning("%d rows have no label; they pass through untouched", unlabelled)
    made = capped(rows_to_make(settings.strategy, counts), counts, settings.most_per_row)
    tasks = {
        label: ClassTask(
            Quota(rows, counts[label]),
            k,
            settings.distance_scaling,
            drawing=settings.drawing,
            ball=settings.ball,
        )
        for label, rows in made.items()
        if rows and (k := _neighbours(label, counts[label], settings)) is not None
    }
    made = {label: made[label] for label in tasks}
    plan = Plan(counts, unlabelled, made, seconds=seconds)
    if not made:
        logger.info("the classes already stand as asked; there is nothing to make")
        return plan

    rows = source.rows_of(plan.labels, settings.seed)
    quotas = [task.quota for task in tasks.values()]
    with _timed("check features", seconds):
        width, bins = check_features(source, rows, plan.labels, quotas)
    coordinates = width
    if source.categorical:
        width += len(source.categorical)
        with _timed("read categories", seconds):
            categories = read_categories(source.labelled(plan.labels), source.categorical)
        tasks = {label: replace(task, categories=categories) for label, task in tasks.items()}
        coordinates += sum(len(category.codes) for category in categories)
    capacity = settings.bucket_size or _automatic_bucket(coordinates)
    large = {i: task for i, task in enumerate(tasks.values()) if task.quota.size > capacity}
    with _timed("fit hash", seconds):
        most = settings.bucket_size or _automatic_bucket(coordinates, MOST_BUCKET_ROWS)
        fitted = fit_classes(rows, large, bins, coordinates, (capacity, most), settings.replication)
    classes, sizes = zip(
        *(
            fitted.get(i) or _one_bucket(task, width, coordinates)
            for i, task in enumerate(tasks.values())
        ),
        strict=True,
    )
    expected = tuple(rows for buckets in sizes for rows in buckets)
    return replace(plan, table=BucketTable.of(classes), bucket_rows=expected, width=width)


def random_plan(
    table: Table,
    counts: dict[Any, int],
    unlabelled: int,
    made: dict[Any, int],
    quotas: Mapping[Any, Quota],
    seed: int,
) -> Plan:
    """Plan how often the rows of some classes are to stand in the result."""
    plan = Plan(counts, unlabelled, made)
    if not made:
        return plan
    with _timed("draw rows", plan.seconds):
        return replace(plan, repeats=find_repeats(table, quotas, seed))


def _neighbours(label: Any, rows: int, settings: Settings) -> int | None:
    """Decide on k for one class; None leaves the class as it is."""
    k = settings.k
    if rows > k:
        return k
    if settings.small_class == "error":
        raise ValueError(
            f"Class {label!r} has {rows} rows; k={k} needs at least {k + 1}: lower k, or set "
            "smallClass to 'lowerK', 'duplicate' or 'skip'."
        )
    if settings.small_class == "skip":
        logger.warning("class %r has %d rows, too few for k=%d: left as it is", label, rows, k)
        return None
    if settings.small_class == "lowerK" and rows > 1:
        logger.warning("class %r has %d rows: k lowered from %d to %d", label, rows, k, rows - 1)
        return rows - 1
    logger.warning("class %r has %d rows, too few for k=%d: its rows are repeated", label, rows, k)
    return 0


def _automatic_bucket(width: int, most: int = BUCKET_ROWS[1]) -> int:
    return max(BUCKET_ROWS[0], min(most, BUCKET_BYTES // (8 * width)))


def _one_bucket(
    task: ClassTask, width: int, coordinates: int
) -> tuple[ClassBuckets, tuple[int, ...]]:
    """Keep a class together, its new rows made by as many tasks as they are worth."""
    size, rows = task.quota.size, task.quota.rows
    searches = -(-min(size, rows) * size * coordinates // SLICE_WORK)
    slices = max(task.quota.slices(width), searches)
    return ClassBuckets(task, None, (slices,)), (size,) * slices


@contextmanager
def _timed(step: str, seconds: dict[str, float]) -> Iterator[None]:
    logger.info("%s …", step)
    start = time.monotonic()
    yield
    seconds[step] = time.monotonic() - start
    logger.info("%s: %.1f s", step, seconds[step])
