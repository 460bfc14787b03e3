"""How many of the true nearest neighbors the search finds, measured on a sample of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from threadpoolctl import threadpool_limits

from spark_smote.core.block import Block
from spark_smote.core.distance.space import FeatureSpace
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.randomness import min_key
from spark_smote.core.synthesis.task import ClassTask, neighborhood, space_of
from spark_smote.engine.buckets.all_classes import (
    AllClassSearch,
    Columns,
    QueryClasses,
    map_buckets,
    search_bucket,
)
from spark_smote.engine.buckets.exchange import exchange
from spark_smote.engine.buckets.layout import BucketLayout
from spark_smote.engine.buckets.worker import blocks_of, buckets_of
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import CLASS, DISTANCE, FOUND, KEY, OWN_CLASS, QUERY
from spark_smote.engine.table.sql import by_number
from spark_smote.over_sampling.smote import SMOTE

__all__ = ["Recall", "measure_all_class_recall", "measure_class_recall"]

PAIRS = f"{CLASS} int, {QUERY} bigint, {FOUND} bigint, {DISTANCE} double"

ROUNDING = 1e-9
"""How much farther than the k-th nearest a row may seem that is as near."""

Queries = dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]
"""Keys and scaled features of the sampled rows, by class number."""


def measure_class_recall(
    sampler: SMOTE, dataset: DataFrame, plan: Plan, queries: int = 1000
) -> float:
    """Measure recall@k of the neighbors used against exact search over the whole class.

    Parameters
    ----------
    sampler : SMOTE
    dataset : DataFrame
    plan : Plan
        The sampler's plan for this layout.
    queries : int, default 1000
        Rows of each hashed class to search for, about; which ones depends on the seed only.

    Returns
    -------
    float
        Share of the k neighbors used, identical rows taken as one, that are as near as the k-th
        nearest of the class. 1.0 where every class fits one bucket, whose search is exact, or
        needs no neighbors.

    References
    ----------
    Aumüller, Bernhardsson, Faithfull: "ANN-Benchmarks: a benchmarking tool for approximate nearest
    neighbor algorithms", Information Systems 87, 2020, which counts rows that are as near, too.
    """
    layout = plan.layout
    if layout is None or not any(members.hash and members.task.k for members in layout.classes):
        return 1.0
    source = sampler.source(dataset)
    rows = sampler.rows(source, plan)
    arrays = source.arrays
    least = {
        number: min_key(queries, members.task.quota.size)
        for number, members in enumerate(layout.classes)
        if members.hash is not None
    }
    wanted = _read(rows.filter(F.col(KEY) >= by_number(least, CLASS)), layout, arrays)
    used = exchange(rows, layout, source).mapInPandas(
        partial(_search_buckets, queries=wanted, layout=layout), PAIRS
    )
    return _share_found(rows, wanted, layout, arrays, used)


def measure_all_class_recall(
    pool: AllClassSearch, source: FeatureTable, counts: Mapping[Any, int], queries: int = 1000
) -> float:
    """Measure recall@k of a search among the rows of all classes, as `measure_class_recall` does.

    Parameters
    ----------
    pool : AllClassSearch
    source : FeatureTable
    counts : mapping of label to int
        Rows of each class.
    queries : int, default 1000
        Rows to search for, about, of the classes whose rows search.
    """
    if pool.is_exact:
        return 1.0
    own = sum(
        counts[label] for number, label in enumerate(pool.labels) if number in pool.query_classes
    )
    least = {number: max(min_key(queries, own), key) for number, key in pool.query_classes.items()}
    rows = pool.rows(source)
    asked = rows.filter(F.col(KEY) >= by_number(least, OWN_CLASS))
    wanted = _read(asked, pool.layout, source.arrays)
    work = partial(_search_pool, queries=wanted, asked=pool.query_classes)
    used = map_buckets(pool, source, work, PAIRS)
    return _share_found(rows, wanted, pool.layout, source.arrays, used)


def _share_found(
    rows: DataFrame, queries: Queries, layout: BucketLayout, arrays: list[str], used: DataFrame
) -> float:
    """Compare the neighbors used with those that an exact search among all rows finds."""
    hashed = rows.filter(F.col(CLASS).isin(list(queries)))
    exact = hashed.select(CLASS, KEY, *arrays).mapInArrow(
        partial(_search_all, queries=queries, layout=layout, arrays=arrays), PAIRS
    )
    nearest = F.sort_array(F.collect_set(F.struct(DISTANCE, FOUND)))[DISTANCE]
    depths = {number: members.task.k for number, members in enumerate(layout.classes)}
    depth = by_number(depths, CLASS).cast("int")
    true = exact.groupBy(CLASS, QUERY).agg(F.slice(nearest, F.lit(1), depth).alias("true"))
    used = used.groupBy(CLASS, QUERY).agg(F.collect_list(DISTANCE).alias("used"))
    limit = F.array_max("true") * (1 + ROUNDING)
    hits = F.size(F.filter(F.coalesce("used", F.expr("array()")), lambda apart: apart <= limit))
    total = true.join(used, [CLASS, QUERY], "left").agg(F.sum(hits), F.sum(F.size("true")))
    found, asked = total.collect()[0]
    return float(found) / float(asked)


def _read(rows: DataFrame, layout: BucketLayout, arrays: list[str]) -> Queries:
    """Read the rows to search for: with the highest keys, as the hash was fitted on the lowest."""
    found = rows.select(CLASS, KEY, *arrays).dropDuplicates([CLASS, KEY]).toPandas()
    wanted = {}
    batch = pa.RecordBatch.from_pydict(dict(found.items()))
    for number, rows_found in blocks_of(batch, arrays):
        space = layout.classes[number].task.space
        assert space is not None
        wanted[number] = (rows_found.keys, space.transform(rows_found.values))
    return wanted


def _search_all(
    batches: Iterator[pa.RecordBatch], queries: Queries, layout: BucketLayout, arrays: list[str]
) -> Iterator[pa.RecordBatch]:
    """Give the nearest rows of each batch to each query."""
    with threadpool_limits(limits=1):
        for batch in batches:
            for number, rows in blocks_of(batch, arrays):
                keys, points = queries[number]
                task = layout.classes[number].task
                assert task.space is not None
                others = np.flatnonzero(~np.isin(rows.keys, keys))
                stacked = np.vstack([points, task.space.transform(rows.take(others).values)])
                names = np.concatenate([keys, rows.keys[others]])
                base = np.arange(len(keys))
                norm = task.space.norm
                index = nearest_neighbors(stacked, base, task.k, norm)
                apart = norm.lengths(stacked[index] - points[:, None])
                yield pa.RecordBatch.from_pydict(_pairs(number, keys, names[index], apart))


def _search_buckets(
    frames: Iterator[pd.DataFrame], queries: Queries, layout: BucketLayout
) -> Iterator[pd.DataFrame]:
    """Give the neighbors that each query gets in its bucket."""
    with threadpool_limits(limits=1):
        for bucket, rows in buckets_of(frames, layout):
            number = bucket.class_number
            if number not in queries or bucket.slice_number:
                continue
            base = np.flatnonzero(rows.home)
            asked = np.flatnonzero(np.isin(rows.keys[base], queries[number][0]))
            if len(asked):
                task = layout.classes[number].task
                assert task.space is not None
                found = neighborhood(rows, task, task.space, base, asked)
                yield pd.DataFrame(_found(number, rows, found, task.space))


def _search_pool(
    rows: Block, task: ClassTask, queries: Queries, asked: QueryClasses
) -> Columns | None:
    """Give the rows of any class that each query finds in its bucket."""
    around = search_bucket(rows, task, asked, queries[0][0])
    return None if around is None else _found(0, rows, around, space_of(rows, task))


def _found(number: int, rows: Block, around: Neighborhood, space: FeatureSpace) -> Columns:
    """Pair some rows of a bucket with what they have found there."""
    ends = (rows.take(places.ravel()) for places in (around.base, around.index))
    start, end = (space.transform(each.values) for each in ends)
    apart = space.norm.lengths(end.reshape(*around.index.shape, -1) - start[:, None])
    return _pairs(number, rows.keys[around.base], rows.keys[around.index], apart)


def _pairs(
    number: int,
    keys: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64],
    apart: npt.NDArray[np.float64],
) -> Columns:
    return {
        CLASS: np.full(found.size, number, np.int32),
        QUERY: np.repeat(keys, found.shape[1]),
        FOUND: found.ravel(),
        DISTANCE: apart.ravel(),
    }


@dataclass(frozen=True)
class Recall:
    """Share of the true neighbors that are found, if it is known, and how it is."""

    value: float | None
    note: str

    def __str__(self) -> str:
        return self.note if self.value is None else f"{self.value:.3f}, {self.note}"


NOT_MEASURED = Recall(None, "not measured")
