"""How many of the true nearest neighbours the search finds, measured on a sample of rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from threadpoolctl import threadpool_limits

from spark_smote.buckets import BucketTable, blocks_of, buckets_of, gathered
from spark_smote.columns import by_number
from spark_smote.neighbors import nearest_neighbors
from spark_smote.plan import Plan
from spark_smote.randomness import key_quantile
from spark_smote.smote import SMOTE
from spark_smote.source import CLASS, KEY
from spark_smote.synthesis import neighbourhood

__all__ = ["measure_recall"]

QUERY, FOUND, DISTANCE = "_smote_query", "_smote_found", "_smote_distance"

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
    wanted = _sample(rows, table, arrays, queries)
    schema = f"{CLASS} int, {QUERY} bigint, {FOUND} bigint, {DISTANCE} double"
    hashed = rows.filter(F.col(CLASS).isin(list(wanted)))
    exact = hashed.select(CLASS, KEY, *arrays).mapInPandas(
        partial(_search_all, queries=wanted, table=table, arrays=arrays), schema
    )
    nearest = F.sort_array(F.collect_set(F.struct(DISTANCE, FOUND)))[DISTANCE]
    depths = {number: members.task.k for number, members in enumerate(table.classes)}
    depth = by_number(depths, CLASS).cast("int")
    true = exact.groupBy(CLASS, QUERY).agg(F.slice(nearest, F.lit(1), depth).alias("true"))
    used = (
        gathered(rows, table, source)
        .mapInPandas(partial(_search_buckets, queries=wanted, table=table), schema)
        .groupBy(CLASS, QUERY)
        .agg(F.collect_list(DISTANCE).alias("used"))
    )
    limit = F.array_max("true") * (1 + ROUNDING)
    hits = F.size(F.filter(F.coalesce("used", F.expr("array()")), lambda apart: apart <= limit))
    total = true.join(used, [CLASS, QUERY], "left").agg(F.sum(hits), F.sum(F.size("true")))
    found, asked = total.collect()[0]
    return float(found) / float(asked)


def _sample(rows: DataFrame, table: BucketTable, arrays: list[str], queries: int) -> Queries:
    """Take the rows with the highest keys; the hash was fitted on those with the lowest."""
    least = {
        number: key_quantile(max(0.0, 1 - queries / members.task.quota.size))
        for number, members in enumerate(table.classes)
        if members.hash is not None
    }
    chosen = F.col(KEY) >= by_number(least, CLASS)
    found = rows.filter(chosen).select(CLASS, KEY, *arrays).dropDuplicates([CLASS, KEY]).toPandas()
    wanted = {}
    for number, rows_found in blocks_of(found, arrays):
        space = table.classes[number].task.space
        assert space is not None
        wanted[number] = (rows_found.keys, space.place(rows_found.values))
    return wanted


def _search_all(
    frames: Iterator[pd.DataFrame], queries: Queries, table: BucketTable, arrays: list[str]
) -> Iterator[pd.DataFrame]:
    """Give the nearest rows of each batch to each query."""
    with threadpool_limits(limits=1):
        for frame in frames:
            for number, rows in blocks_of(frame, arrays):
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
                yield _pairs(number, keys, names[index], apart)


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
                ends = (rows.take(places.ravel()) for places in (found.base, found.index))
                start, end = (task.space.place(each.values) for each in ends)
                ways = end.reshape(*found.index.shape, -1) - start[:, None]
                apart = task.space.norm.lengths(ways)
                yield _pairs(number, rows.keys[found.base], rows.keys[found.index], apart)


def _pairs(
    number: int,
    keys: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64],
    apart: npt.NDArray[np.float64],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            CLASS: np.full(found.size, number, np.int32),
            QUERY: np.repeat(keys, found.shape[1]),
            FOUND: found.ravel(),
            DISTANCE: apart.ravel(),
        }
    )
