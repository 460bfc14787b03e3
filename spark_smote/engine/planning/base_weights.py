"""How many new rows each base makes, by the rows around it: found in Spark jobs."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import functions as F

from spark_smote.core.randomness import min_key
from spark_smote.core.strategy.apportionment import CountsByKey, apportion
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.gap import SafeLevelGap
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.core.weights import (
    BaseWeighting,
    NeighborWeighting,
    ProximityWeighting,
    SafeLevelWeighting,
)
from spark_smote.engine.buckets.all_classes import MIN_KEY, AllClassSearch
from spark_smote.engine.buckets.judging import nearest_to_others, weigh_rows
from spark_smote.engine.planning.no_bases import is_skipped, warn_of_no_bases
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import KEY, OTHER_CLASS, OWN_CLASS, WEIGHT
from spark_smote.engine.table.sql import by_number
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["query_classes", "weigh_by_neighbors", "weigh_by_proximity"]

logger = logging.getLogger(__name__)

MAX_BASES = 2**20
"""Rows of a class that are weighted, those with the highest keys; the driver keeps their rows."""

MARKED = f"{OWN_CLASS} int not null, {KEY} bigint not null"

WEIGHED = f"{OWN_CLASS} int not null, {KEY} bigint not null, {WEIGHT} bigint not null, " + (
    f"{OTHER_CLASS} bigint not null"
)


def query_classes(
    counts: Mapping[Any, int], raised: Collection[Any], weighting: BaseWeighting
) -> dict[int, int]:
    """Return, by class number, the lowest key of the rows that query.

    These are the classes to over-sample; for the proximity, rows of all others search for them.

    Raises
    ------
    ResamplingError
        If all rows of a class must be weighted, but it is too large for that.
    """
    queries = {}
    for number, (label, rows) in enumerate(counts.items()):
        if label in raised:
            queries[number] = min_key(MAX_BASES, rows)
            if rows > MAX_BASES and weighting.needs_every_row:
                raise ResamplingError(
                    f"Class {shown(label)} has {rows} rows; levels are kept for {MAX_BASES} at "
                    "most: use SMOTE or BorderlineSMOTE, or fewer rows."
                )
            if rows > MAX_BASES:
                logger.warning(
                    "class %r has %d rows: about %d of them, chosen by key, may make new ones",
                    label, rows, MAX_BASES,
                )  # fmt: skip
    if isinstance(weighting, ProximityWeighting):
        return dict.fromkeys(range(len(counts)), MIN_KEY)
    return queries


def weigh_by_neighbors(
    search: AllClassSearch,
    table: FeatureTable,
    tasks: Mapping[Any, ClassTask],
    weighting: NeighborWeighting,
    handle_no_bases: str,
) -> dict[Any, ClassTask]:
    """Compute the rows that each base makes by its neighbors of other classes, in one Spark job.

    Raises
    ------
    ResamplingError
        If no row of a class weighs anything, and `handle_no_bases` is "error".
    """
    judge = partial(weigh_rows, weighting=weighting)
    weighed = search.map_neighborhoods(table, judge, WEIGHED).toPandas()
    found = _by_label(weighed, search.labels)
    alike, reasons = [], []
    for label, task in tasks.items():
        if label not in found:
            reason = (
                f"Class {shown(label)} has no row of which {weighting.requirement()} are of other "
                f"classes, so that none can make the {task.quota.rows} rows asked for"
            )
            reasons.append(reason)
            advice = "ask another number of neighbors, use SMOTE"
            if not is_skipped(handle_no_bases, reason, advice):
                alike.append(label)
    warn_of_no_bases(handle_no_bases, reasons)
    equal = _equal_weights(search, table, {label: tasks[label] for label in alike})
    weighted = {}
    for label, task in tasks.items():
        if label in equal:
            weighted[label] = replace(task, weights=equal[label])
        if label not in found:
            continue
        columns = (found[label][name] for name in (KEY, WEIGHT, OTHER_CLASS))
        keys, weights, other = (column.to_numpy(np.int64) for column in columns)
        task = replace(task, weights=apportion(task.quota.rows, keys, weights))
        if isinstance(weighting, SafeLevelWeighting):
            levels = CountsByKey.sorted(keys, weighting.safe_levels(other))
            task = replace(task, gap=SafeLevelGap(levels))
        weighted[label] = task
        logger.info("class %r: %d rows make new ones", label, len(keys))
    return weighted


def _equal_weights(
    search: AllClassSearch, table: FeatureTable, tasks: Mapping[Any, ClassTask]
) -> dict[Any, CountsByKey]:
    """Divide the new rows of classes among all of their rows, as `SMOTE` does, in one Spark job."""
    weights = {}
    for label, (keys, counts) in _keys_of(search, table, tasks).items():
        quota = Quota(tasks[label].quota.rows, int(counts.sum()))
        weights[label] = CountsByKey.sorted(keys, quota.rows_per_base(keys, counts, None))
    return weights


def _keys_of(
    search: AllClassSearch, table: FeatureTable, labels: Collection[Any]
) -> dict[Any, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Return the keys of the rows of classes that query, and the rows of each, in one Spark job."""
    if not labels:
        return {}
    least = {n: search.query_classes[n] for n, label in enumerate(search.labels) if label in labels}
    rows = search.rows(table).filter(F.col(KEY) >= by_number(least, OWN_CLASS))
    counted = rows.groupBy(OWN_CLASS, KEY).count().toPandas()
    return {
        label: (own[KEY].to_numpy(np.int64), own["count"].to_numpy(np.int64))
        for label, own in _by_label(counted, search.labels).items()
    }


def _by_label(frame: pd.DataFrame, labels: Sequence[Any]) -> dict[Any, pd.DataFrame]:
    """Split rows by the label of their class."""
    classes = (own for _, own in frame.groupby(OWN_CLASS))
    return {labels[own[OWN_CLASS].to_numpy(np.int64)[0]]: own for own in classes}


def weigh_by_proximity(
    search: AllClassSearch,
    table: FeatureTable,
    tasks: Mapping[Any, ClassTask],
    weighting: ProximityWeighting,
) -> dict[Any, ClassTask]:
    """Compute the rows that each base makes by how near it is to others, in a Spark job a level."""
    numbers = {label: number for number, label in enumerate(search.labels) if label in tasks}
    known = _keys_of(search, table, tasks)
    levels = {label: np.full(len(keys), weighting.levels) for label, (keys, _) in known.items()}
    for level in range(1, weighting.levels):
        left = {
            numbers[label]: keys[levels[label] == weighting.levels]
            for label, (keys, _) in known.items()
        }
        left = {number: keys for number, keys in left.items() if len(keys)}
        if not left:
            break
        nearest = partial(nearest_to_others, keys=left, k=weighting.k)
        marked = search.map_buckets(table, nearest, MARKED).distinct().toPandas()
        for label, own in _by_label(marked, search.labels).items():
            levels[label][np.isin(known[label][0], own[KEY].to_numpy(np.int64))] = level
    weighted = {}
    for label, task in tasks.items():
        keys, counts = known[label]
        logger.info("class %r: %s rows by level", label, np.bincount(levels[label])[1:].tolist())
        weights = weighting.weights(levels[label]) * counts
        weighted[label] = replace(task, weights=apportion(task.quota.rows, keys, weights))
    return weighted
