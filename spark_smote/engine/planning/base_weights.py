"""Rows that make new ones by what surrounds them: levels found, and shares that follow."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import functions as F

from spark_smote.core.block import Block
from spark_smote.core.neighbors.exact import exact_search
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.randomness import min_key
from spark_smote.core.strategy.apportionment import CountsByKey, apportion
from spark_smote.core.synthesis.task import ClassTask, space_of
from spark_smote.core.weights import Weighing, level, proximity_weights
from spark_smote.engine.buckets.all_classes import (
    MIN_KEY,
    AllClassSearch,
    map_buckets,
    map_neighborhoods,
)
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import KEY, OTHER_CLASS, OWN_CLASS, WEIGHT

__all__ = ["query_classes", "weigh_bases"]

logger = logging.getLogger(__name__)

MAX_BASES = 2**20
"""Rows of a class that are weighed, those with the highest keys; the driver keeps their shares."""


def query_classes(
    counts: Mapping[Any, int], made: Collection[Any], weighing: Weighing
) -> dict[int, int]:
    """Give the classes that search, by number, and the least key of the rows that do.

    These are the classes to raise; for the proximity, rows of all others look for them.

    Raises
    ------
    ValueError
        Where a class is too large for all of its rows to be weighed, but they must be.
    """
    asked = {}
    for number, (label, rows) in enumerate(counts.items()):
        if label in made:
            asked[number] = min_key(MAX_BASES, rows)
            if rows > MAX_BASES and weighing.needs_all:
                raise ValueError(
                    f"Class {label!r} has {rows} rows; levels are kept for {MAX_BASES} at most: "
                    "use SMOTE or BorderlineSMOTE, or fewer rows."
                )
            if rows > MAX_BASES:
                logger.warning(
                    "class %r has %d rows: about %d of them, chosen by key, may make new ones",
                    label, rows, MAX_BASES,
                )  # fmt: skip
    return dict.fromkeys(range(len(counts)), MIN_KEY) if weighing.by == "proximity" else asked


def _weigh(rows: Block, around: Neighborhood, weighing: Weighing) -> dict[str, npt.NDArray[Any]]:
    """Judge rows by their level."""
    assert rows.labels is not None
    levels = level(around, rows.labels)
    weights = weighing.weights(levels) * rows.counts[around.base]
    some = weights > 0
    base = around.base[some]
    return {
        OWN_CLASS: rows.labels[base],
        KEY: rows.keys[base],
        WEIGHT: weights[some],
        OTHER_CLASS: levels[some],
    }


def weigh_bases(
    pool: AllClassSearch, source: FeatureTable, tasks: Mapping[Any, ClassTask], weighing: Weighing
) -> dict[Any, ClassTask]:
    """Tell the tasks of the classes to raise which rows make how many, in one Spark job.

    Raises
    ------
    ValueError
        Where no row of a class weighs anything.
    """
    if weighing.by == "proximity":
        return {
            label: replace(task, shares=_by_proximity(pool, source, label, task, weighing))
            for label, task in tasks.items()
        }
    kinds = {OWN_CLASS: "int", KEY: "bigint", WEIGHT: "bigint", OTHER_CLASS: "bigint"}
    schema = ", ".join(f"{name} {kind} not null" for name, kind in kinds.items())
    found = map_neighborhoods(pool, source, partial(_weigh, weighing=weighing), schema).toPandas()
    ready = {}
    for label, task in tasks.items():
        mine = found[found[OWN_CLASS] == pool.labels.index(label)]
        rows = task.quota.rows
        if not len(mine):
            raise ValueError(
                f"Class {label!r} has no row of which {weighing.described()} are of other classes, "
                f"so that none can make the {rows} rows asked for: ask another number of "
                "neighbors, use SMOTE, or leave the class out of samplingStrategy."
            )
        keys, weights, others = (
            mine[name].to_numpy(np.int64) for name in (KEY, WEIGHT, OTHER_CLASS)
        )
        shares = apportion(rows, keys, weights)
        safe = CountsByKey.sorted(keys, weighing.m - others) if weighing.by == "safe" else None
        ready[label] = replace(task, shares=shares, safe=safe)
        logger.info("class %r: %d rows make new ones", label, len(shares.keys))
    return ready


def _by_proximity(
    pool: AllClassSearch, source: FeatureTable, label: Any, task: ClassTask, weighing: Weighing
) -> CountsByKey:
    """Weigh all rows of a class by how near they are to others, in a Spark job a level."""
    number = pool.labels.index(label)
    mine = pool.rows(source).filter(F.col(OWN_CLASS) == number).groupBy(KEY).count().toPandas()
    keys, times = mine[KEY].to_numpy(np.int64), mine["count"].to_numpy(np.int64)
    levels = np.full(len(keys), weighing.levels)
    for level_ in range(1, weighing.levels):
        left = keys[levels == weighing.levels]
        if not len(left):
            break
        work = partial(_marked, number=number, left=left, k=weighing.m)
        marked = map_buckets(pool, source, work, f"{KEY} bigint not null").distinct().toPandas()
        levels[np.isin(keys, marked[KEY].to_numpy(np.int64))] = level_
    weights = proximity_weights(levels, weighing.theta)
    logger.info("class %r: %s rows by level", label, np.bincount(levels)[1:].tolist())
    return apportion(task.quota.rows, keys, weights * times)


def _marked(
    rows: Block, task: ClassTask, number: int, left: npt.NDArray[np.int64], k: int
) -> dict[str, npt.NDArray[Any]] | None:
    """Name the rows of a class, of those left, that are among the nearest to a row of another."""
    assert rows.labels is not None
    own = rows.labels == number
    members = np.flatnonzero(own & np.isin(rows.keys, left))
    others = np.flatnonzero(rows.home & ~own)
    if not len(members) or not len(others):
        return None
    if len(members) <= k:
        return {KEY: rows.keys[members]}
    space = space_of(rows, task)
    found = exact_search(space.transform(rows.values), k, space.norm).nearest(others, members)
    twins = np.where(own, rows.counts, 1)
    choices, votes = Neighborhood(others, found, twins, k).votes(np.arange(len(others)))
    return {KEY: rows.keys[np.unique(choices[votes > 0])]}
