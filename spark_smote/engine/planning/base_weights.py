"""How many new rows each base makes, by the rows around it: found in Spark jobs."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
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
from spark_smote.engine.planning.no_bases import is_skipped
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import KEY, OTHER_CLASS, OWN_CLASS, WEIGHT
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["query_classes", "weigh_by_neighbors", "weigh_by_proximity"]

logger = logging.getLogger(__name__)

MAX_BASES = 2**20
"""Rows of a class that are weighted, those with the highest keys; the driver keeps their rows."""

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
    weighted = {}
    for label, task in tasks.items():
        own = weighed[weighed[OWN_CLASS] == search.labels.index(label)]
        rows = task.quota.rows
        if not len(own):
            reason = (
                f"Class {shown(label)} has no row of which {weighting.requirement()} are of other "
                f"classes, so that none can make the {rows} rows asked for"
            )
            advice = "ask another number of neighbors, use SMOTE"
            if not is_skipped(handle_no_bases, reason, advice):
                weighted[label] = replace(task, weights=_equal_weights(search, table, label, rows))
            continue
        keys, weights, other = (own[n].to_numpy(np.int64) for n in (KEY, WEIGHT, OTHER_CLASS))
        task = replace(task, weights=apportion(rows, keys, weights))
        if isinstance(weighting, SafeLevelWeighting):
            levels = CountsByKey.sorted(keys, weighting.safe_levels(other))
            task = replace(task, gap=SafeLevelGap(levels))
        weighted[label] = task
        logger.info("class %r: %d rows make new ones", label, len(keys))
    return weighted


def _equal_weights(
    search: AllClassSearch, table: FeatureTable, label: Any, rows: int
) -> CountsByKey:
    """Divide new rows among all rows of a class, as `SMOTE` does, in one Spark job."""
    keys, counts = _keys_of(search, table, label)
    quota = Quota(rows, int(counts.sum()))
    return CountsByKey.sorted(keys, quota.rows_per_base(keys, counts, None))


def _keys_of(
    search: AllClassSearch, table: FeatureTable, label: Any
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the keys of the rows of a class that query, and the rows of each."""
    number = search.labels.index(label)
    is_own = (F.col(OWN_CLASS) == number) & (F.col(KEY) >= search.query_classes[number])
    own = search.rows(table).filter(is_own).groupBy(KEY).count().toPandas()
    return own[KEY].to_numpy(np.int64), own["count"].to_numpy(np.int64)


def weigh_by_proximity(
    search: AllClassSearch,
    table: FeatureTable,
    tasks: Mapping[Any, ClassTask],
    weighting: ProximityWeighting,
) -> dict[Any, ClassTask]:
    """Compute the rows that each base makes by how near it is to others, in a Spark job a level."""
    return {
        label: replace(task, weights=_by_level(search, table, label, task, weighting))
        for label, task in tasks.items()
    }


def _by_level(
    search: AllClassSearch,
    table: FeatureTable,
    label: Any,
    task: ClassTask,
    weighting: ProximityWeighting,
) -> CountsByKey:
    number = search.labels.index(label)
    keys, counts = _keys_of(search, table, label)
    levels = np.full(len(keys), weighting.levels)
    for level in range(1, weighting.levels):
        left = keys[levels == weighting.levels]
        if not len(left):
            break
        nearest = partial(nearest_to_others, number=number, keys=left, k=weighting.k)
        marked = search.map_buckets(table, nearest, f"{KEY} bigint not null").distinct().toPandas()
        levels[np.isin(keys, marked[KEY].to_numpy(np.int64))] = level
    logger.info("class %r: %s rows by level", label, np.bincount(levels)[1:].tolist())
    return apportion(task.quota.rows, keys, weighting.weights(levels) * counts)
