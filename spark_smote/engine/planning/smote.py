"""How SMOTE and its kin raise classes, decided on the driver in a few small Spark jobs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from spark_smote.core.clustering import Clustering
from spark_smote.core.distance.categories import Category
from spark_smote.core.strategy.over_sampling import rows_to_add
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.strategy.targets import TargetSize, by_label, cap_per_row
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.core.weights import Weighing
from spark_smote.engine.buckets.all_classes import (
    AllClassSearch,
    for_generation,
    plan_all_class_search,
)
from spark_smote.engine.buckets.fitting import SearchSettings, fit_classes, initial_sample_spec
from spark_smote.engine.buckets.layout import BucketLayout, ClassBuckets
from spark_smote.engine.planning.base_weights import query_classes, weigh_bases
from spark_smote.engine.planning.clusters import plan_clusters
from spark_smote.engine.planning.plan import Plan, timed
from spark_smote.engine.scan.checking import check_all_features, check_features
from spark_smote.engine.table.categorical import read_categories, read_vdm_categories
from spark_smote.engine.table.feature_table import FeatureTable

__all__ = ["Settings", "plan_smote"]

logger = logging.getLogger(__name__)

SLICE_WORK = 2**33
"""Products of an exact search that one task does."""


@dataclass(frozen=True, kw_only=True)
class Settings(SearchSettings):
    """The parameters that shape the rows; see `SMOTE` for their meaning."""

    strategy: str | float | Mapping[str, TargetSize]
    max_per_row: float | None
    handle_small_class: str
    interpolation: str
    ball: Ball
    weighing: Weighing | None
    clustering: Clustering | None


def plan_smote(source: FeatureTable, settings: Settings) -> Plan:
    """Count, check and sample the classes to raise.

    Raises
    ------
    ValueError
        Where the strategy does not fit the classes, a class is too small for k, or a feature
        of a class to raise is null, NaN, infinite or of another length than the others.
    """
    seconds: dict[str, float] = {}
    with timed("count classes", seconds):
        counts, unlabeled = source.class_counts()
    if unlabeled:
        logger.warning("%d rows have no label; they pass through untouched", unlabeled)
    source.features.warn_of_nominal()
    made = cap_per_row(rows_to_add(settings.strategy, counts), counts, settings.max_per_row)
    tasks = {
        label: ClassTask(
            Quota(rows, counts[label]),
            k,
            settings.distance_scaling,
            interpolation=settings.interpolation,
            ball=settings.ball,
            metric=settings.metric,
        )
        for label, rows in made.items()
        if rows and (k := _neighbors(label, counts[label], settings)) is not None
    }
    made = {label: made[label] for label in tasks}
    plan = Plan(counts, unlabeled, made, seconds=seconds)
    if not made:
        logger.info("the classes already stand as asked; there is nothing to make")
        return plan

    rows = source.rows_of(plan.labels, settings.seed)
    quotas = [task.quota for task in tasks.values()]
    with timed("check features", seconds):
        if settings.weighing or settings.clustering:
            checked = check_all_features(source, list(counts), settings.seed)
        else:
            spec = initial_sample_spec(quotas, settings)
            checked = check_features(source, rows, plan.labels, quotas, spec)
    coordinates = width = checked.n_features
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
            pool = for_generation(pool, list(tasks.values()), settings.k, width)
            return replace(plan, layout=pool.layout, pool=pool, n_features=width)
    if settings.clustering:
        with timed("find clusters", seconds):
            clustered, tasks, bins = plan_clusters(
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
    return replace(plan, layout=BucketLayout.of(classes), bucket_rows=expected, n_features=width)


def _read_categories(source: FeatureTable, plan: Plan) -> tuple[tuple[Category, ...], int]:
    """Read the values of categories, and how many coordinates they take."""
    if source.features.fields:
        held = read_categories(source.labeled(plan.labels), source.categories)
        return held, sum(len(category.codes) for category in held)
    labels = list(plan.counts)
    number = source.class_number(labels)
    found = read_vdm_categories(source.labeled(labels), source.categories, number, len(labels))
    return found, sum(category.places.shape[1] for category in found)


def _weighed(
    source: FeatureTable,
    counts: Mapping[Any, int],
    tasks: dict[Any, ClassTask],
    settings: Settings,
    width: int,
) -> tuple[AllClassSearch, dict[Any, ClassTask]]:
    """Find the rows that make new ones among the rows of all classes."""
    weighing, ordered = settings.weighing, by_label(counts)
    assert weighing is not None
    asked = query_classes(ordered, tasks, weighing)
    most = weighing.m
    if weighing.foreign:  # new rows are made in the same pool, among k
        most = max(most, min(settings.k, sum(ordered.values()) - 1))
    pool = plan_all_class_search(source, ordered, asked, replace(settings, k=most), width)
    (members,) = pool.layout.classes
    pool = pool.with_task(replace(members.task, k=weighing.m), members.slices)
    return pool, weigh_bases(pool, source, tasks, weighing)


def _neighbors(label: Any, rows: int, settings: Settings) -> int | None:
    """Decide on k for one class: 0 searches for none, None leaves the class as it is."""
    if settings.interpolation == "star" and rows > 1:
        return 0
    k = settings.k
    if rows > k:
        return k
    if settings.handle_small_class == "error":
        raise ValueError(
            f"Class {label!r} has {rows} rows; k={k} needs at least {k + 1}: lower k, or set "
            "handleSmallClass to 'lowerK', 'duplicate' or 'skip'."
        )
    if settings.handle_small_class == "skip":
        logger.warning("class %r has %d rows, too few for k=%d: left as it is", label, rows, k)
        return None
    if settings.handle_small_class == "lowerK" and rows > 1:
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
