"""All classes of a layout searched together, for what the nearest rows of any class tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame
from threadpoolctl import threadpool_limits

from spark_smote.core.block import Block
from spark_smote.core.distance.norm import EUCLIDEAN_NORM
from spark_smote.core.distance.space import fit_space
from spark_smote.core.hashing.broadcast_queries import BroadcastQueries, queries_per_cell
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.hashing.query_region import fit_query_region
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.randomness import key_quantile
from spark_smote.core.strategy.apportionment import CountsByKey
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.task import ClassTask, neighborhood, space_of
from spark_smote.engine.buckets.exchange import exchange
from spark_smote.engine.buckets.fitting import SAMPLE_BYTES, SearchSettings, fit_cells, sample_rows
from spark_smote.engine.buckets.layout import BucketLayout, ClassBuckets
from spark_smote.engine.buckets.worker import buckets_of
from spark_smote.engine.scan.sampling import sample_all_classes
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import EXTRA

__all__ = [
    "MIN_KEY",
    "AllClassSearch",
    "JudgeFn",
    "QueryClasses",
    "for_generation",
    "map_buckets",
    "map_neighborhoods",
    "plan_all_class_search",
    "search_bucket",
]

QUERY_SAMPLE_ROWS = 16_384
"""Sample rows of the classes that search, to tell how far they look."""

MAX_BROADCAST_QUERIES = 4096
"""Most rows that every other is compared with."""

MIN_KEY = -(2**63)

QueryClasses = Mapping[int, int]
"""Classes whose rows search, by number, and the least key of those that do."""

Columns = dict[str, npt.NDArray[Any]]

JudgeFn = Callable[[Block, Neighborhood], Columns]
"""Turns the neighbors of some rows of a bucket into the columns of a result."""

BucketFn = Callable[[Block, ClassTask], Columns | None]
"""Turns the rows of a bucket into the columns of a result, if any."""


@dataclass(frozen=True)
class AllClassSearch:
    """All labeled rows of a layout, in buckets of rows of any class.

    Attributes
    ----------
    labels : list
        Labels in the order of the classes' numbers.
    query_classes : mapping of int to int
        Classes whose rows search, and the least key of those that do.
    layout : BucketLayout
        Of one class that holds all of them.
    seed : int
    """

    labels: list[Any]
    query_classes: QueryClasses
    layout: BucketLayout
    seed: int

    @property
    def is_exact(self) -> bool:
        """Whether every row searches among all others."""
        (members,) = self.layout.classes
        return members.hash is None and (members.region is None or members.queries is not None)

    def with_task(self, task: ClassTask, slices: tuple[int, ...]) -> AllClassSearch:
        """Give the pool with another task, which asks for no more neighbors than this one's."""
        (members,) = self.layout.classes
        queries = members.queries and replace(members.queries, k=task.k)
        changed = replace(members, task=task, slices=slices, queries=queries)
        return replace(self, layout=BucketLayout.of((changed,)))

    def rows(self, source: FeatureTable) -> DataFrame:
        """Select the rows that are searched."""
        return source.rows_of_all_classes(self.labels, self.seed)


def plan_all_class_search(
    source: FeatureTable,
    counts: Mapping[Any, int],
    query_classes: QueryClasses,
    search: SearchSettings,
    width: int,
) -> AllClassSearch:
    """Put all rows in one bucket, or fit buckets to those that can matter, in one Spark job.

    Parameters
    ----------
    source : FeatureTable
    counts : mapping of label to int
        Rows of each class, in the order of the classes' numbers.
    query_classes : mapping of int to int
        Classes whose rows search, and the least key of those that do.
    search : SearchSettings
        Of which k is the number of neighbors of any class.
    width : int
        Coordinates of a row where distances are taken.

    Raises
    ------
    ValueError
        Where there are no more rows than neighbors wanted.
    """
    size, k = sum(counts.values()), search.k
    if size <= k:
        raise ValueError(
            f"The layout has {size} labeled rows; to find {k} nearest ones to a row it needs at "
            f"least {k + 1}: ask for fewer."
        )
    task = ClassTask(Quota(0, size), k, search.distance_scaling, metric=search.metric)
    buckets = ClassBuckets(task, None, (1,))
    if size > search.capacity(width)[0]:
        own = sum(rows for number, rows in enumerate(counts.values()) if number in query_classes)
        rows = source.rows_of_all_classes(list(counts), search.seed)
        buckets = _fit_buckets(rows, source.arrays, query_classes, own, task, search, width)
    return AllClassSearch(list(counts), query_classes, BucketLayout.of((buckets,)), search.seed)


def _fit_buckets(
    rows: DataFrame,
    arrays: Sequence[str],
    query_classes: QueryClasses,
    own: int,
    task: ClassTask,
    search: SearchSettings,
    width: int,
) -> ClassBuckets:
    """Sample the rows, evenly, and more of those that search where they are few, or all of them."""
    size, k, capacity = task.quota.size, search.k, search.capacity(width)
    few = 2 * own < size
    even = min(1.0, sample_rows(size, capacity[0], width) / size)
    more = max(even, min(1.0, QUERY_SAMPLE_ROWS / own)) if few else even
    numbers = np.array(sorted(query_classes), np.int64)
    found = sample_all_classes(rows, arrays, even, dict.fromkeys(numbers.tolist(), more))
    evenly, times, labels = found.keys <= key_quantile(even), found.counts, found.labels
    assert labels is not None
    space = fit_space(
        [part[evenly] for part in found.values],
        times[evenly],
        search.distance_scaling,
        metric=search.metric,
    )
    points = space.transform(found.values)
    searching = points[np.isin(labels, numbers)]
    region = fit_query_region(searching, numbers, k, space.norm) if few else None
    near = evenly if region is None else evenly & region.contains(points, labels)
    inside = round(times[near].sum() / times[evenly].sum() * size)
    if inside <= capacity[0]:
        return ClassBuckets(replace(task, space=space), None, (1,), region)
    if (
        few
        and own <= min(MAX_BROADCAST_QUERIES, SAMPLE_BYTES // (8 * width))
        and space.norm == EUCLIDEAN_NORM
    ):
        cells = math.ceil(own / queries_per_cell(k, size, capacity[1]))
        home = fit_hash(searching, 1.0, cells, k, replication=1.0, fewest=1)
        slices = (1,) * len(home.centers)
        queries = BroadcastQueries(numbers, home, searching, k)
        return ClassBuckets(replace(task, space=space), None, slices, region, queries)
    share = float(times[near].sum()) / inside
    fitted, expected = fit_cells(
        points[near], share, inside, capacity, k, search.replication, space.norm
    )
    return ClassBuckets(replace(task, space=space), fitted, (1,) * len(expected), region)


def for_generation(
    pool: AllClassSearch, tasks: Sequence[ClassTask], k: int, width: int
) -> AllClassSearch:
    """Give the pool in which rows make new ones, with k neighbors of any class."""
    (members,) = pool.layout.classes
    shares = [task.shares for task in tasks if task.shares is not None]
    keys = np.concatenate([each.keys for each in shares])
    rows = np.concatenate([each.values for each in shares])
    quota = Quota(int(rows.sum()), members.task.quota.size)
    task = replace(members.task, quota=quota, k=k, shares=CountsByKey.sorted(keys, rows))
    cells = len(members.slices)
    slices = (quota.slices(width, 1 / cells),) * cells
    return pool.with_task(task, slices)


def map_neighborhoods(
    pool: AllClassSearch, source: FeatureTable, judge: JudgeFn, schema: str
) -> DataFrame:
    """Search for the rows that ask, and judge them by what they find; lazy."""
    return map_buckets(
        pool, source, partial(_judged, query_classes=pool.query_classes, judge=judge), schema
    )


def map_buckets(
    pool: AllClassSearch, source: FeatureTable, work: BucketFn, schema: str
) -> DataFrame:
    """Do some work on the rows of each bucket; lazy."""
    rows = pool.rows(source).drop(EXTRA)
    worker = partial(apply_to_buckets, layout=pool.layout, work=work)
    return exchange(rows, pool.layout, source).mapInPandas(worker, schema)


def apply_to_buckets(
    frames: Iterator[pd.DataFrame], layout: BucketLayout, work: BucketFn
) -> Iterator[pd.DataFrame]:
    """Do some work on each bucket."""
    task = layout.classes[0].task
    with threadpool_limits(limits=1):
        for _, rows in buckets_of(frames, layout):
            if (done := work(rows, task)) is not None:
                yield pd.DataFrame(done)


def _judged(
    rows: Block, task: ClassTask, query_classes: QueryClasses, judge: JudgeFn
) -> Columns | None:
    """Search for the rows at home in a bucket."""
    around = search_bucket(rows, task, query_classes)
    return None if around is None else judge(rows, around)


def search_bucket(
    rows: Block,
    task: ClassTask,
    query_classes: QueryClasses,
    keys: npt.NDArray[np.int64] | None = None,
) -> Neighborhood | None:
    """Search for the rows at home in a bucket that ask, or for some of them by key, if any do."""
    base = np.flatnonzero(rows.home & _is_query(rows, query_classes))
    some = np.arange(len(base))
    if keys is not None:
        some = np.flatnonzero(np.isin(rows.keys[base], keys))
    if not len(some):
        return None
    # Rows of other classes would be missed first, and levels come out too low.
    return neighborhood(rows, task, space_of(rows, task), base, some, high_recall=True)


def _is_query(rows: Block, query_classes: QueryClasses) -> npt.NDArray[np.bool_]:
    assert rows.labels is not None
    asks = np.zeros(len(rows), np.bool_)
    for number, least in query_classes.items():
        asks |= (rows.labels == number) & (rows.keys >= least)
    return asks
