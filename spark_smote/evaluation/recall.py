"""How many of the true nearest neighbours the search finds, measured on a sample of rows."""

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
from spark_smote.core.distance.space import Space
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighbourhood
from spark_smote.core.randomness import least_key
from spark_smote.core.synthesis.task import ClassTask, neighbourhood, space_of
from spark_smote.engine.buckets.all_classes import Asked, Columns, Pool, look_around, worked
from spark_smote.engine.buckets.exchange import gathered
from spark_smote.engine.buckets.layout import BucketTable
from spark_smote.engine.buckets.worker import blocks_of, buckets_of
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.feature_table import Source
from spark_smote.engine.table.names import CLASS, DISTANCE, FOUND, KEY, LABEL, QUERY
from spark_smote.engine.table.sql import by_number
from spark_smote.over_sampling.smote import SMOTE

__all__ = ["Recall", "measure_pool_recall", "measure_recall"]

PAIRS = f"{CLASS} int, {QUERY} bigint, {FOUND} bigint, {DISTANCE} double"

ROUNDING = 1e-9
"""How much farther than the k-th nearest a row may seem that is as near."""

Queries = dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]
"""Keys and scaled features of the sampled rows, by class number."""


def measure_recall(sampler: SMOTE, dataset: DataFrame, plan: Plan, queries: int = 1000) -> float:
    """Measure recall@k of the neighbours used against exact search over the whole class.

    Parameters
    ----------
    sampler : SMOTE
    dataset : DataFrame
    plan : Plan
        The sampler's plan for this table.
    queries : int, default 1000
        Rows of each hashed class to search for, about; which ones depends on the seed only.

    Returns
    -------
    float
        Share of the k neighbours used, identical rows taken as one, that are as near as the k-th
        nearest of the class. 1.0 where every class fits one bucket, whose search is exact, or
        needs no neighbours.

    References
    ----------
    Aumüller, Bernhardsson, Faithfull: "ANN-Benchmarks: a benchmarking tool for approximate nearest
    neighbor algorithms", Information Systems 87, 2020, which counts rows that are as near, too.
    """
    table = plan.table
    if table is None or not any(members.hash and members.task.k for members in table.classes):
        return 1.0
    source = sampler.source(dataset)
    rows = sampler.rows(source, plan)
    arrays = source.arrays
    least = {
        number: least_key(queries, members.task.quota.size)
        for number, members in enumerate(table.classes)
        if members.hash is not None
    }
    wanted = _read(rows.filter(F.col(KEY) >= by_number(least, CLASS)), table, arrays)
    used = gathered(rows, table, source).mapInPandas(
        partial(_search_buckets, queries=wanted, table=table), PAIRS
    )
    return _share_found(rows, wanted, table, arrays, used)


def measure_pool_recall(
    pool: Pool, source: Source, counts: Mapping[Any, int], queries: int = 1000
) -> float:
    """Measure recall@k of a search among the rows of all classes, as `measure_recall` does.

    Parameters
    ----------
    pool : Pool
    source : Source
    counts : mapping of label to int
        Rows of each class.
    queries : int, default 1000
        Rows to search for, about, of the classes whose rows search.
    """
    if pool.is_exact:
        return 1.0
    own = sum(counts[label] for number, label in enumerate(pool.labels) if number in pool.asked)
    least = {number: max(least_key(queries, own), key) for number, key in pool.asked.items()}
    rows = pool.rows(source)
    asked = rows.filter(F.col(KEY) >= by_number(least, LABEL))
    wanted = _read(asked, pool.table, source.arrays)
    work = partial(_search_pool, queries=wanted, asked=pool.asked)
    used = worked(pool, source, work, PAIRS)
    return _share_found(rows, wanted, pool.table, source.arrays, used)


def _share_found(
    rows: DataFrame, queries: Queries, table: BucketTable, arrays: list[str], used: DataFrame
) -> float:
    """Compare the neighbours used with those that an exact search among all rows finds."""
    hashed = rows.filter(F.col(CLASS).isin(list(queries)))
    exact = hashed.select(CLASS, KEY, *arrays).mapInArrow(
        partial(_search_all, queries=queries, table=table, arrays=arrays), PAIRS
    )
    nearest = F.sort_array(F.collect_set(F.struct(DISTANCE, FOUND)))[DISTANCE]
    depths = {number: members.task.k for number, members in enumerate(table.classes)}
    depth = by_number(depths, CLASS).cast("int")
    true = exact.groupBy(CLASS, QUERY).agg(F.slice(nearest, F.lit(1), depth).alias("true"))
    used = used.groupBy(CLASS, QUERY).agg(F.collect_list(DISTANCE).alias("used"))
    limit = F.array_max("true") * (1 + ROUNDING)
    hits = F.size(F.filter(F.coalesce("used", F.expr("array()")), lambda apart: apart <= limit))
    total = true.join(used, [CLASS, QUERY], "left").agg(F.sum(hits), F.sum(F.size("true")))
    found, asked = total.collect()[0]
    return float(found) / float(asked)


def _read(rows: DataFrame, table: BucketTable, arrays: list[str]) -> Queries:
    """Read the rows to search for: with the highest keys, as the hash was fitted on the lowest."""
    found = rows.select(CLASS, KEY, *arrays).dropDuplicates([CLASS, KEY]).toPandas()
    wanted = {}
    batch = pa.RecordBatch.from_pydict(dict(found.items()))
    for number, rows_found in blocks_of(batch, arrays):
        space = table.classes[number].task.space
        assert space is not None
        wanted[number] = (rows_found.keys, space.place(rows_found.values))
    return wanted


def _search_all(
    batches: Iterator[pa.RecordBatch], queries: Queries, table: BucketTable, arrays: list[str]
) -> Iterator[pa.RecordBatch]:
    """Give the nearest rows of each batch to each query."""
    with threadpool_limits(limits=1):
        for batch in batches:
            for number, rows in blocks_of(batch, arrays):
                keys, points = queries[number]
                task = table.classes[number].task
                assert task.space is not None
                others = np.flatnonzero(~np.isin(rows.keys, keys))
                stacked = np.vstack([points, task.space.place(rows.take(others).values)])
                names = np.concatenate([keys, rows.keys[others]])
                base = np.arange(len(keys))
                norm = task.space.norm
                index = nearest_neighbors(stacked, base, task.k, norm)
                apart = norm.lengths(stacked[index] - points[:, None])
                yield pa.RecordBatch.from_pydict(_pairs(number, keys, names[index], apart))


def _search_buckets(
    frames: Iterator[pd.DataFrame], queries: Queries, table: BucketTable
) -> Iterator[pd.DataFrame]:
    """Give the neighbours that each query gets in its bucket."""
    with threadpool_limits(limits=1):
        for bucket, rows in buckets_of(frames, table):
            number = bucket.class_number
            if number not in queries or bucket.slice_number:
                continue
            base = np.flatnonzero(rows.home)
            asked = np.flatnonzero(np.isin(rows.keys[base], queries[number][0]))
            if len(asked):
                task = table.classes[number].task
                assert task.space is not None
                found = neighbourhood(rows, task, task.space, base, asked)
                yield pd.DataFrame(_found(number, rows, found, task.space))


def _search_pool(rows: Block, task: ClassTask, queries: Queries, asked: Asked) -> Columns | None:
    """Give the rows of any class that each query finds in its bucket."""
    around = look_around(rows, task, asked, queries[0][0])
    return None if around is None else _found(0, rows, around, space_of(rows, task))


def _found(number: int, rows: Block, around: Neighbourhood, space: Space) -> Columns:
    """Pair some rows of a bucket with what they have found there."""
    ends = (rows.take(places.ravel()) for places in (around.base, around.index))
    start, end = (space.place(each.values) for each in ends)
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
    """Share of the true neighbours that are found, if it is known, and how it is."""

    value: float | None
    note: str

    def __str__(self) -> str:
        return self.note if self.value is None else f"{self.value:.3f}, {self.note}"


NOT_MEASURED = Recall(None, "not measured")
