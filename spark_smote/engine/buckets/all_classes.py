"""All classes of a table searched together, for what the nearest rows of any class tell."""

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
from spark_smote.core.distance.norm import EUCLIDEAN
from spark_smote.core.distance.space import fit_space
from spark_smote.core.hashing.broadcast_queries import Seekers, seekers_a_cell
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.hashing.query_region import fit_reach
from spark_smote.core.neighbors.neighborhood import Neighbourhood
from spark_smote.core.randomness import key_quantile
from spark_smote.core.strategy.apportionment import ByKey
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.task import ClassTask, neighbourhood, space_of
from spark_smote.engine.buckets.exchange import gathered
from spark_smote.engine.buckets.fitting import SAMPLE_BYTES, Search, fit_cells, sample_rows
from spark_smote.engine.buckets.layout import BucketTable, ClassBuckets
from spark_smote.engine.buckets.worker import buckets_of
from spark_smote.engine.scan.sampling import sample_pool
from spark_smote.engine.table.feature_table import Source
from spark_smote.engine.table.names import EXTRA

__all__ = [
    "LEAST_KEY",
    "Asked",
    "Judge",
    "Pool",
    "judged",
    "look_around",
    "made_in_pool",
    "make_pool",
    "worked",
]

REACH_ROWS = 16_384
"""Sample rows of the classes that search, to tell how far they look."""

MOST_SEEKERS = 4096
"""Most rows that every other is compared with."""

LEAST_KEY = -(2**63)

Asked = Mapping[int, int]
"""Classes whose rows search, by number, and the least key of those that do."""

Columns = dict[str, npt.NDArray[Any]]

Judge = Callable[[Block, Neighbourhood], Columns]
"""Turns the neighbours of some rows of a bucket into the columns of a result."""

Work = Callable[[Block, ClassTask], Columns | None]
"""Turns the rows of a bucket into the columns of a result, if any."""


@dataclass(frozen=True)
class Pool:
    """All labelled rows of a table, in buckets of rows of any class.

    Attributes
    ----------
    labels : list
        Labels in the order of the classes' numbers.
    asked : mapping of int to int
        Classes whose rows search, and the least key of those that do.
    table : BucketTable
        Of one class that holds all of them.
    seed : int
    """

    labels: list[Any]
    asked: Asked
    table: BucketTable
    seed: int

    @property
    def is_exact(self) -> bool:
        """Whether every row searches among all others."""
        (members,) = self.table.classes
        return members.hash is None and (members.reach is None or members.seekers is not None)

    def with_task(self, task: ClassTask, slices: tuple[int, ...]) -> Pool:
        """Give the pool with another task, which asks for no more neighbours than this one's."""
        (members,) = self.table.classes
        seekers = members.seekers and replace(members.seekers, k=task.k)
        changed = replace(members, task=task, slices=slices, seekers=seekers)
        return replace(self, table=BucketTable.of((changed,)))

    def rows(self, source: Source) -> DataFrame:
        """Select the rows that are searched."""
        return source.pooled_rows(self.labels, self.seed)


def make_pool(
    source: Source, counts: Mapping[Any, int], asked: Asked, search: Search, width: int
) -> Pool:
    """Put all rows in one bucket, or fit buckets to those that can matter, in one Spark job.

    Parameters
    ----------
    source : Source
    counts : mapping of label to int
        Rows of each class, in the order of the classes' numbers.
    asked : mapping of int to int
        Classes whose rows search, and the least key of those that do.
    search : Search
        Of which k is the number of neighbours of any class.
    width : int
        Coordinates of a row where distances are taken.

    Raises
    ------
    ValueError
        Where there are no more rows than neighbours wanted.
    """
    size, k = sum(counts.values()), search.k
    if size <= k:
        raise ValueError(
            f"The table has {size} labelled rows; to find {k} nearest ones to a row it needs at "
            f"least {k + 1}: ask for fewer."
        )
    task = ClassTask(Quota(0, size), k, search.distance_scaling, metric=search.metric)
    buckets = ClassBuckets(task, None, (1,))
    if size > search.capacity(width)[0]:
        own = sum(rows for number, rows in enumerate(counts.values()) if number in asked)
        rows = source.pooled_rows(list(counts), search.seed)
        buckets = _fit_buckets(rows, source.arrays, asked, own, task, search, width)
    return Pool(list(counts), asked, BucketTable.of((buckets,)), search.seed)


def _fit_buckets(
    rows: DataFrame,
    arrays: Sequence[str],
    asked: Asked,
    own: int,
    task: ClassTask,
    search: Search,
    width: int,
) -> ClassBuckets:
    """Sample the rows, evenly, and more of those that search where they are few, or all of them."""
    size, k, capacity = task.quota.size, search.k, search.capacity(width)
    few = 2 * own < size
    even = min(1.0, sample_rows(size, capacity[0], width) / size)
    more = max(even, min(1.0, REACH_ROWS / own)) if few else even
    numbers = np.array(sorted(asked), np.int64)
    found = sample_pool(rows, arrays, even, dict.fromkeys(numbers.tolist(), more))
    evenly, times, labels = found.keys <= key_quantile(even), found.counts, found.labels
    assert labels is not None
    space = fit_space(
        [part[evenly] for part in found.values],
        times[evenly],
        search.distance_scaling,
        metric=search.metric,
    )
    points = space.place(found.values)
    searching = points[np.isin(labels, numbers)]
    reach = fit_reach(searching, numbers, k, space.norm) if few else None
    near = evenly if reach is None else evenly & reach.holds(points, labels)
    inside = round(times[near].sum() / times[evenly].sum() * size)
    if inside <= capacity[0]:
        return ClassBuckets(replace(task, space=space), None, (1,), reach)
    if few and own <= min(MOST_SEEKERS, SAMPLE_BYTES // (8 * width)) and space.norm == EUCLIDEAN:
        cells = math.ceil(own / seekers_a_cell(k, size, capacity[1]))
        home = fit_hash(searching, 1.0, cells, k, replication=1.0, fewest=1)
        slices = (1,) * len(home.centres)
        seekers = Seekers(numbers, home, searching, k)
        return ClassBuckets(replace(task, space=space), None, slices, reach, seekers)
    share = float(times[near].sum()) / inside
    fitted, expected = fit_cells(
        points[near], share, inside, capacity, k, search.replication, space.norm
    )
    return ClassBuckets(replace(task, space=space), fitted, (1,) * len(expected), reach)


def made_in_pool(pool: Pool, tasks: Sequence[ClassTask], k: int, width: int) -> Pool:
    """Give the pool in which rows make new ones, with k neighbours of any class."""
    (members,) = pool.table.classes
    shares = [task.shares for task in tasks if task.shares is not None]
    keys = np.concatenate([each.keys for each in shares])
    rows = np.concatenate([each.values for each in shares])
    quota = Quota(int(rows.sum()), members.task.quota.size)
    task = replace(members.task, quota=quota, k=k, shares=ByKey.sorted(keys, rows))
    cells = len(members.slices)
    slices = (quota.slices(width, 1 / cells),) * cells
    return pool.with_task(task, slices)


def judged(pool: Pool, source: Source, judge: Judge, schema: str) -> DataFrame:
    """Search for the rows that ask, and judge them by what they find; lazy."""
    return worked(pool, source, partial(_judged, asked=pool.asked, judge=judge), schema)


def worked(pool: Pool, source: Source, work: Work, schema: str) -> DataFrame:
    """Do some work on the rows of each bucket; lazy."""
    rows = pool.rows(source).drop(EXTRA)
    worker = partial(work_in_buckets, table=pool.table, work=work)
    return gathered(rows, pool.table, source).mapInPandas(worker, schema)


def work_in_buckets(
    frames: Iterator[pd.DataFrame], table: BucketTable, work: Work
) -> Iterator[pd.DataFrame]:
    """Do some work on each bucket."""
    task = table.classes[0].task
    with threadpool_limits(limits=1):
        for _, rows in buckets_of(frames, table):
            if (done := work(rows, task)) is not None:
                yield pd.DataFrame(done)


def _judged(rows: Block, task: ClassTask, asked: Asked, judge: Judge) -> Columns | None:
    """Search for the rows at home in a bucket."""
    around = look_around(rows, task, asked)
    return None if around is None else judge(rows, around)


def look_around(
    rows: Block, task: ClassTask, asked: Asked, keys: npt.NDArray[np.int64] | None = None
) -> Neighbourhood | None:
    """Search for the rows at home in a bucket that ask, or for some of them by key, if any do."""
    base = np.flatnonzero(rows.home & _asks(rows, asked))
    some = np.arange(len(base))
    if keys is not None:
        some = np.flatnonzero(np.isin(rows.keys[base], keys))
    if not len(some):
        return None
    # Rows of other classes would be missed first, and levels come out too low.
    return neighbourhood(rows, task, space_of(rows, task), base, some, thorough=True)


def _asks(rows: Block, asked: Asked) -> npt.NDArray[np.bool_]:
    assert rows.labels is not None
    asks = np.zeros(len(rows), np.bool_)
    for number, least in asked.items():
        asks |= (rows.labels == number) & (rows.keys >= least)
    return asks
