"""Recall of the neighbor search, measured on a sample of rows."""

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
"""Relative error of a distance: a row that much farther than the k-th nearest is as near."""

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
        The sampler's plan for this dataset.
    queries : int, default 1000
        Approximate number of rows of each hashed class to search for; which ones depends on the
        seed only.

    Returns
    -------
    float
        Fraction of the k neighbors used, identical rows counted as one, that are as near as the
        k-th nearest of the class. 1.0 if every class fits one bucket, whose search is exact, or
        needs no neighbors.

    References
    ----------
    Aumüller, Bernhardsson, Faithfull: "ANN-Benchmarks: a benchmarking tool for approximate nearest
    neighbor algorithms", Information Systems 87, 2020. It also counts rows that are as near.
    """
    layout = plan.layout
    if layout is None or not any(members.hash and members.task.k for members in layout.classes):
        return 1.0
    source = sampler.source(dataset)
    rows = sampler.rows(source, plan)
    arrays = source.arrays
    min_keys = {
        number: min_key(queries, members.task.quota.size)
        for number, members in enumerate(layout.classes)
        if members.hash is not None
    }
    is_query = F.col(KEY) >= by_number(min_keys, CLASS)
    sampled = _collect_queries(rows.filter(is_query), layout, arrays)
    used = exchange(rows, layout, source).mapInPandas(
        partial(_search_buckets, queries=sampled, layout=layout), PAIRS
    )
    return _recall(rows, sampled, layout, arrays, used)


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
        Approximate number of rows to search for, of the classes whose rows search.
    """
    if pool.is_exact:
        return 1.0
    query_rows = sum(
        counts[label] for number, label in enumerate(pool.labels) if number in pool.query_classes
    )
    min_keys = {
        number: max(min_key(queries, query_rows), key) for number, key in pool.query_classes.items()
    }
    rows = pool.rows(source)
    is_query = F.col(KEY) >= by_number(min_keys, OWN_CLASS)
    sampled = _collect_queries(rows.filter(is_query), pool.layout, source.arrays)
    search = partial(_search_all_classes, queries=sampled, query_classes=pool.query_classes)
    used = map_buckets(pool, source, search, PAIRS)
    return _recall(rows, sampled, pool.layout, source.arrays, used)


def _recall(
    rows: DataFrame, queries: Queries, layout: BucketLayout, arrays: list[str], used: DataFrame
) -> float:
    """Compute the recall of the neighbors used against an exact search among all rows."""
    hashed = rows.filter(F.col(CLASS).isin(list(queries)))
    exact = hashed.select(CLASS, KEY, *arrays).mapInArrow(
        partial(_search_exactly, queries=queries, layout=layout, arrays=arrays), PAIRS
    )
    nearest = F.sort_array(F.collect_set(F.struct(DISTANCE, FOUND)))[DISTANCE]
    k_by_class = {number: members.task.k for number, members in enumerate(layout.classes)}
    k = by_number(k_by_class, CLASS).cast("int")
    true = exact.groupBy(CLASS, QUERY).agg(F.slice(nearest, F.lit(1), k).alias("true"))
    used = used.groupBy(CLASS, QUERY).agg(F.collect_list(DISTANCE).alias("used"))
    limit = F.array_max("true") * (1 + ROUNDING)
    distances = F.coalesce("used", F.expr("array()"))
    hits = F.size(F.filter(distances, lambda distance: distance <= limit))
    totals = true.join(used, [CLASS, QUERY], "left").agg(F.sum(hits), F.sum(F.size("true")))
    hit, all_neighbors = totals.collect()[0]
    return float(hit) / float(all_neighbors)


def _collect_queries(rows: DataFrame, layout: BucketLayout, arrays: list[str]) -> Queries:
    """Read the rows to search for: with the highest keys, as the hash was fitted on the lowest."""
    frame = rows.select(CLASS, KEY, *arrays).dropDuplicates([CLASS, KEY]).toPandas()
    batch = pa.RecordBatch.from_pydict(dict(frame.items()))
    queries = {}
    for number, block in blocks_of(batch, arrays):
        space = layout.classes[number].task.space
        assert space is not None
        queries[number] = (block.keys, space.transform(block.values))
    return queries


def _search_exactly(
    batches: Iterator[pa.RecordBatch], queries: Queries, layout: BucketLayout, arrays: list[str]
) -> Iterator[pa.RecordBatch]:
    """Find the rows of each batch that are nearest to each query."""
    with threadpool_limits(limits=1):
        for batch in batches:
            for number, rows in blocks_of(batch, arrays):
                keys, points = queries[number]
                task = layout.classes[number].task
                assert task.space is not None
                others = np.flatnonzero(~np.isin(rows.keys, keys))
                stacked = np.vstack([points, task.space.transform(rows.take(others).values)])
                stacked_keys = np.concatenate([keys, rows.keys[others]])
                base = np.arange(len(keys))
                norm = task.space.norm
                index = nearest_neighbors(stacked, base, task.k, norm)
                distances = norm.lengths(stacked[index] - points[:, None])
                pairs = _pairs(number, keys, stacked_keys[index], distances)
                yield pa.RecordBatch.from_pydict(pairs)


def _search_buckets(
    frames: Iterator[pd.DataFrame], queries: Queries, layout: BucketLayout
) -> Iterator[pd.DataFrame]:
    """Find the neighbors of each query in its bucket."""
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
                neighbors = neighborhood(rows, task, task.space, base, asked)
                yield pd.DataFrame(_neighbor_pairs(number, rows, neighbors, task.space))


def _search_all_classes(
    rows: Block, task: ClassTask, queries: Queries, query_classes: QueryClasses
) -> Columns | None:
    """Find the neighbors of any class of each query in its bucket."""
    neighbors = search_bucket(rows, task, query_classes, queries[0][0])
    if neighbors is None:
        return None
    return _neighbor_pairs(0, rows, neighbors, space_of(rows, task))


def _neighbor_pairs(
    number: int, rows: Block, neighbors: Neighborhood, space: FeatureSpace
) -> Columns:
    """Pair rows of a bucket with their neighbors in it."""
    start = space.transform(rows.take(neighbors.base).values)
    end = space.transform(rows.take(neighbors.index.ravel()).values)
    distances = space.norm.lengths(end.reshape(*neighbors.index.shape, -1) - start[:, None])
    return _pairs(number, rows.keys[neighbors.base], rows.keys[neighbors.index], distances)


def _pairs(
    number: int,
    keys: npt.NDArray[np.int64],
    neighbors: npt.NDArray[np.int64],
    distances: npt.NDArray[np.float64],
) -> Columns:
    return {
        CLASS: np.full(neighbors.size, number, np.int32),
        QUERY: np.repeat(keys, neighbors.shape[1]),
        FOUND: neighbors.ravel(),
        DISTANCE: distances.ravel(),
    }


@dataclass(frozen=True)
class Recall:
    """Fraction of the true neighbors that are found, if known, and how it was measured."""

    value: float | None
    note: str

    def __str__(self) -> str:
        return self.note if self.value is None else f"{self.value:.3f}, {self.note}"


NOT_MEASURED = Recall(None, "not measured")
