"""How SMOTE and its kin raise classes, decided on the driver in a few small Spark jobs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from spark_smote.core.clustering import Clustering
from spark_smote.core.distance.categories import Category
from spark_smote.core.strategy.over_sampling import rows_to_make
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.strategy.targets import Amount, by_label, capped
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.core.weights import Weighing
from spark_smote.engine.buckets.all_classes import Pool, made_in_pool, make_pool
from spark_smote.engine.buckets.fitting import Search, first_glance, fit_classes
from spark_smote.engine.buckets.layout import BucketTable, ClassBuckets
from spark_smote.engine.planning.base_weights import asked_classes, weigh
from spark_smote.engine.planning.clusters import find_clusters
from spark_smote.engine.planning.plan import Plan, timed
from spark_smote.engine.scan.checking import check_all_features, check_features
from spark_smote.engine.table.categorical import read_categories, read_profiles
from spark_smote.engine.table.feature_table import Source

__all__ = ["Settings", "make_plan"]

logger = logging.getLogger(__name__)

SLICE_WORK = 2**33
"""Products of an exact search that one task does."""


@dataclass(frozen=True, kw_only=True)
class Settings(Search):
    """The parameters that shape the rows; see `SMOTE` for their meaning."""

    strategy: str | float | Mapping[str, Amount]
    most_per_row: float | None
    small_class: str
    drawing: str
    ball: Ball
    weighing: Weighing | None
    clustering: Clustering | None


def make_plan(source: Source, settings: Settings) -> Plan:
    """Count, check and sample the classes to raise.

    Raises
    ------
    ValueError
        Where the strategy does not fit the classes, a class is too small for k, or a feature
        of a class to raise is null, NaN, infinite or of another length than the others.
    """
    seconds: dict[str, float] = {}
    with timed("count classes", seconds):
        counts, unlabelled = source.class_counts()
    if unlabelled:
        logger.warning("%d rows have no label; they pass through untouched", unlabelled)
    source.features.warn_of_nominal()
    made = capped(rows_to_make(settings.strategy, counts), counts, settings.most_per_row)
    tasks = {
        label: ClassTask(
            Quota(rows, counts[label]),
            k,
            settings.distance_scaling,
            drawing=settings.drawing,
            ball=settings.ball,
            metric=settings.metric,
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
    with timed("check features", seconds):
        if settings.weighing or settings.clustering:
            checked = check_all_features(source, list(counts), settings.seed)
        else:
            glance = first_glance(quotas, settings)
            checked = check_features(source, rows, plan.labels, quotas, glance)
    coordinates = width = checked.width
    if source.categories:
        width += len(source.categories)
        with timed("read categories", seconds):
            categories, each = _read_categories(source, plan)
        tasks = {label: replace(task, categories=categories) for label, task in tasks.items()}
        coordinates += each
    capacity = settings.capacity(coordinates)
    if settings.weighing:
        with timed("weigh rows", seconds):
            pool, tasks = _weighed(source, counts, tasks, settings, width)
        if settings.weighing.by != "proximity":  # where a row is judged by whose nearest it is
            plan = replace(plan, surroundings=pool)
        if settings.weighing.foreign:
            pool = made_in_pool(pool, list(tasks.values()), settings.k, width)
            return replace(plan, table=pool.table, pool=pool, width=width)
    if settings.clustering:
        with timed("find clusters", seconds):
            clustered, tasks, bins = find_clusters(
                source, counts, tasks, settings, settings.clustering, width
            )
        checked = replace(checked, bins=bins)
        rows, plan = clustered.rows(source), replace(plan, clustered=clustered)
    large = {i: task for i, task in enumerate(tasks.values()) if task.quota.size > capacity[0]}
    with timed("fit hash", seconds):
        fitted = fit_classes(rows, large, checked, coordinates, capacity, settings.replication)
    classes, sizes = zip(
        *(
            fitted.get(i) or _one_bucket(task, width, coordinates)
            for i, task in enumerate(tasks.values())
        ),
        strict=True,
    )
    expected = tuple(rows for buckets in sizes for rows in buckets)
    return replace(plan, table=BucketTable.of(classes), bucket_rows=expected, width=width)


def _read_categories(source: Source, plan: Plan) -> tuple[tuple[Category, ...], int]:
    """Read the values of categories, and how many coordinates they take."""
    if source.features.fields:
        held = read_categories(source.labelled(plan.labels), source.categories)
        return held, sum(len(category.codes) for category in held)
    labels = list(plan.counts)
    number = source.class_number(labels)
    found = read_profiles(source.labelled(labels), source.categories, number, len(labels))
    return found, sum(category.places.shape[1] for category in found)


def _weighed(
    source: Source,
    counts: Mapping[Any, int],
    tasks: dict[Any, ClassTask],
    settings: Settings,
    width: int,
) -> tuple[Pool, dict[Any, ClassTask]]:
    """Find the rows that make new ones among the rows of all classes."""
    weighing, ordered = settings.weighing, by_label(counts)
    assert weighing is not None
    asked = asked_classes(ordered, tasks, weighing)
    most = weighing.m
    if weighing.foreign:  # new rows are made in the same pool, among k
        most = max(most, min(settings.k, sum(ordered.values()) - 1))
    pool = make_pool(source, ordered, asked, replace(settings, k=most), width)
    (members,) = pool.table.classes
    pool = pool.with_task(replace(members.task, k=weighing.m), members.slices)
    return pool, weigh(pool, source, tasks, weighing)


def _neighbours(label: Any, rows: int, settings: Settings) -> int | None:
    """Decide on k for one class: 0 searches for none, None leaves the class as it is."""
    if settings.drawing == "star" and rows > 1:
        return 0
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


def _one_bucket(
    task: ClassTask, width: int, coordinates: int
) -> tuple[ClassBuckets, tuple[int, ...]]:
    """Keep a class together, its new rows made by as many tasks as they are worth."""
    size, rows = task.quota.size, task.quota.rows
    searches = -(-min(size, rows) * size * coordinates // SLICE_WORK) if task.k else 1
    slices = max(task.quota.slices(width), searches)
    return ClassBuckets(task, None, (slices,)), (size,) * slices
