"""Plan an over-sampling: counts, checks, samples and hashes, in a few small Spark jobs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from spark_smote.core.distance.categories import Category
from spark_smote.core.strategy.groups import by_group, group_of, warn_of_classes
from spark_smote.core.strategy.over_sampling import rows_to_add
from spark_smote.core.strategy.quotas import Quota, check_total
from spark_smote.core.strategy.targets import TargetSize, cap_per_row
from spark_smote.core.synthesis.interpolation import Interpolation
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.all_classes import AllClassSearch
from spark_smote.engine.buckets.fitting import SearchSettings, fit_classes
from spark_smote.engine.buckets.layout import BucketLayout, ClassBuckets
from spark_smote.engine.planning.bases import Bases, Planning, Selected
from spark_smote.engine.planning.plan import NeighborPlan, Plan, count_classes, timed
from spark_smote.engine.table.categorical import read_categories, read_vdm_categories
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["SMOTESettings", "plan_smote"]

logger = logging.getLogger(__name__)

MAX_SEARCH_PRODUCTS = 2**33
"""Products of an exact search that one task does."""


@dataclass(frozen=True, kw_only=True)
class SMOTESettings(SearchSettings):
    """The parameters that shape the rows; see `SMOTE` for their meaning."""

    strategy: str | float | Mapping[str, TargetSize]
    max_per_row: float | None
    max_rows: int
    handle_small_class: str
    interpolation: Interpolation
    bases: Bases


def plan_smote(table: FeatureTable, settings: SMOTESettings) -> Plan:
    """Count, check and sample the classes to over-sample, and lay out their buckets.

    Raises
    ------
    ResamplingError
        If the strategy does not fit the classes, a class is too small for k, or a feature that
        is read is null, NaN, infinite or of another length than the others.
    """
    plan = count_classes(table)
    if plan.passed_through:
        level, of = (logging.INFO, " or another split") if table.split else (logging.WARNING, "")
        text = "%d rows have no label%s; they pass through untouched"
        logger.log(level, text, plan.passed_through, of)
    table.features.warn_of_nominal()
    settings = replace(settings, units=table.features.units)
    tasks = _class_tasks(plan.counts, settings)
    plan = replace(plan, added={label: task.quota.rows for label, task in tasks.items()})
    check_total(plan.added, settings.max_rows, len(table.dataset.columns))
    if not tasks:
        logger.info("the classes already stand as asked; there is nothing to make")
        return plan
    with timed("check features", plan.seconds):
        checked = settings.bases.check(table, plan, tasks, settings)
        checked.check_counts(plan.counts)
    size = _Size(checked.n_features, checked.n_features)
    if table.categories:
        with timed("read categories", plan.seconds):
            tasks, size = _add_categories(table, plan, tasks, size)
    planning = Planning(table, plan, tasks, settings, checked, size.n_features)
    selected = settings.bases.select(planning)
    added = {label: n for label, n in plan.added.items() if label not in selected.skipped}
    plan = replace(plan, added=added)
    if not added:
        return plan
    with timed("fit hash", plan.seconds):
        layout, bucket_rows = _lay_out(table, selected, settings, size)
    return NeighborPlan(
        plan.counts,
        plan.passed_through,
        plan.added,
        plan.seconds,
        selection=selected.rows,
        layout=layout,
        bucket_rows=bucket_rows,
        n_features=size.n_features,
        search=selected.search,
    )


@dataclass(frozen=True)
class _Size:
    """Features of a row, and its coordinates where distances are measured."""

    n_features: int
    n_coordinates: int


def _class_tasks(counts: Mapping[Any, int], settings: SMOTESettings) -> dict[Any, ClassTask]:
    """Resolve the strategy to the work of each class that gets rows."""
    wanted = rows_to_add(settings.strategy, counts)
    capped = cap_per_row(wanted, counts, settings.max_per_row)
    added = _without_small_groups({n: rows for n, rows in capped.items() if rows}, counts, settings)
    tasks, warnings = {}, []
    for label, rows in added.items():
        k, warning = _neighbors_of(label, counts[label], settings)
        warnings += [warning] if warning else []
        if k is not None:
            tasks[label] = ClassTask(
                Quota(rows, counts[label]),
                k,
                settings.distance_scaling,
                interpolation=settings.interpolation,
                metric=settings.metric,
                units=settings.units,
                recall=settings.recall,
            )
    warn_of_classes(logger, warnings)
    return tasks


def _without_small_groups(
    added: Mapping[Any, int], counts: Mapping[Any, int], settings: SMOTESettings
) -> dict[Any, int]:
    """Leave out the groups with too few rows for a search among all of their classes."""
    groups, k, small = by_group(counts), settings.bases.k_of_all, {}
    for group in dict.fromkeys(map(group_of, added)):
        rows = sum(counts[name] for name in groups[group].values())
        if group and rows <= k:
            small[group] = (
                f"group {shown(group)} has {rows} rows, too few for {k} nearest of any class"
            )
    if small and settings.handle_small_class == "error":
        reason = next(iter(small.values()))
        raise ResamplingError(
            f"{reason[0].upper()}{reason[1:]}: ask for fewer, or set handleSmallClass to 'skip'."
        )
    warn_of_classes(logger, [f"{reason}: left as it is" for reason in small.values()])
    return {label: rows for label, rows in added.items() if group_of(label) not in small}


def _neighbors_of(label: Any, rows: int, settings: SMOTESettings) -> tuple[int | None, str]:
    """Return k for one class, and a warning: 0 searches for none, None leaves it as it is."""
    if not settings.interpolation.searches and rows > 1:
        return 0, ""
    k = settings.k
    if rows > k:
        return k, ""
    if settings.handle_small_class == "error":
        raise ResamplingError(
            f"Class {shown(label)} has {rows} rows; k={k} needs at least {k + 1}: lower k, or set "
            "handleSmallClass to 'lowerK', 'duplicate' or 'skip'."
        )
    small = f"class {shown(label)} has {rows} rows"
    if settings.handle_small_class == "skip":
        return None, f"{small}, too few for k={k}: left as it is"
    if settings.handle_small_class == "lowerK" and rows > 1:
        return rows - 1, f"{small}: k lowered from {k} to {rows - 1}"
    return 0, f"{small}, too few for k={k}: its rows are repeated"


def _add_categories(
    table: FeatureTable, plan: Plan, tasks: Mapping[Any, ClassTask], size: _Size
) -> tuple[dict[Any, ClassTask], _Size]:
    """Read the values of categories, which every task of the classes knows."""
    categories, n_coordinates = _read_categories(table, plan)
    return (
        {label: replace(task, categories=categories) for label, task in tasks.items()},
        _Size(size.n_features + len(categories), size.n_coordinates + n_coordinates),
    )


def _read_categories(table: FeatureTable, plan: Plan) -> tuple[tuple[Category, ...], int]:
    """Read the values of categories, and count the coordinates that they take."""
    if table.features.fields:
        categories = read_categories(table.labeled(plan.labels), table.categories)
        return categories, sum(len(category.codes) for category in categories)
    labels = list(plan.counts)
    number = table.class_number(labels)
    vdm = read_vdm_categories(table.labeled(labels), table.categories, number, len(labels))
    return vdm, sum(category.places.shape[1] for category in vdm)


def _lay_out(
    table: FeatureTable, selected: Selected, settings: SMOTESettings, size: _Size
) -> tuple[BucketLayout, tuple[int, ...]]:
    """Hash the large classes, and number the buckets of all; return the rows expected in each."""
    if isinstance(selected.rows, AllClassSearch):
        return selected.rows.layout, ()
    capacity = settings.capacity(size.n_coordinates)
    large = {i: task for i, task in enumerate(selected.tasks) if task.quota.size > capacity.rows}
    hashed = fit_classes(
        selected.rows.rows(table),
        large,
        selected.checked,
        size.n_coordinates,
        capacity,
        settings.replication,
    )
    classes, rows = zip(
        *(hashed.get(i) or _one_bucket(task, size) for i, task in enumerate(selected.tasks)),
        strict=True,
    )
    classes = tuple(
        replace(members, digest=digest)
        for members, digest in zip(classes, selected.digests, strict=True)
    )
    return BucketLayout.of(classes), tuple(expected for buckets in rows for expected in buckets)


def _one_bucket(task: ClassTask, size: _Size) -> tuple[ClassBuckets, tuple[int, ...]]:
    """Keep a class together, with as many tasks as its new rows and its search are worth."""
    rows, new_rows = task.quota.size, task.quota.rows
    products = min(rows, new_rows) * rows * size.n_coordinates
    searches = -(-products // MAX_SEARCH_PRODUCTS) if task.k else 1
    slices = max(task.quota.slices(size.n_features), searches)
    return ClassBuckets(task, None, (slices,)), (rows,) * slices
