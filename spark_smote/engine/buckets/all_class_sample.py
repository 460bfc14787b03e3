"""Pools of rows of all classes, samples of them, and the buckets that are fitted to these."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame

from spark_smote.core.arrays import Points
from spark_smote.core.block import Block
from spark_smote.core.distance.norm import EUCLIDEAN_NORM
from spark_smote.core.distance.space import FeatureSpace, fit_space
from spark_smote.core.hashing.broadcast_queries import BroadcastQueries, queries_per_cell
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.hashing.query_region import QueryRegion, fit_query_region
from spark_smote.core.randomness import key_quantile
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.capacity import Capacity
from spark_smote.engine.buckets.fitting import (
    SAMPLE_BYTES,
    SearchSettings,
    fit_cells,
    sample_rows,
)
from spark_smote.engine.buckets.layout import ClassBuckets
from spark_smote.engine.scan.sampling import MORE_SAMPLE, sample_all_classes

__all__ = ["AllClassSample", "Pool", "read_samples"]

QUERY_SAMPLE_ROWS = 16_384
"""Sample rows of the classes that query, to bound how far their neighbors can be."""

MAX_BROADCAST_QUERIES = 4096
"""Most rows that every other row is compared with."""


@dataclass(frozen=True)
class Pool:
    """Classes whose rows are searched together: all of a table, or of a group.

    Attributes
    ----------
    sizes : mapping of int to int
        Rows of each class, by its number.
    queries : int64 array
        Numbers of the classes that query.
    task : ClassTask
    settings : SearchSettings
    n_features : int
    sample_factor : int
        How many times more rows are sampled than are needed if all of them differ.
    """

    sizes: Mapping[int, int]
    queries: npt.NDArray[np.int64]
    task: ClassTask
    settings: SearchSettings
    n_features: int
    sample_factor: int = 1

    @property
    def size(self) -> int:
        """Rows of all classes."""
        return self.task.quota.size

    @property
    def is_large(self) -> bool:
        """Whether the rows may need more than one bucket."""
        return self.size > self.capacity.rows

    @property
    def capacity(self) -> Capacity:
        """Rows that a bucket may hold."""
        return self.settings.capacity(self.n_features)

    @property
    def n_queries(self) -> int:
        """Rows of the classes that query."""
        return sum(self.sizes[number] for number in self.queries.tolist())

    @property
    def has_few_queries(self) -> bool:
        """Whether fewer than half of all rows query."""
        return 2 * self.n_queries < self.size

    @property
    def even_fraction(self) -> float:
        """Fraction of the rows of every class to sample."""
        rows = sample_rows(self.size, self.capacity.rows, self.n_features)
        return min(1.0, self.sample_factor * rows / self.size)

    @property
    def fractions(self) -> dict[int, float]:
        """Fraction of the rows to sample by class number: more of those that query, if few."""
        even = self.even_fraction
        wanted = self.sample_factor * QUERY_SAMPLE_ROWS
        more = max(even, min(1.0, wanted / max(1, self.n_queries)))
        queries = set(self.queries.tolist()) if self.has_few_queries else set()
        return {number: more if number in queries else even for number in self.sizes}

    def lacks_rows(self, sample: Block) -> bool:
        """Return whether a sample holds no row, or none that queries: of few distinct rows."""
        is_even = sample.keys <= key_quantile(self.even_fraction)
        is_query = np.isin(sample.own_class, self.queries)
        return self.even_fraction < 1 and not (is_even.any() and is_query.any())


def read_samples(
    rows: DataFrame, arrays: Sequence[str], pools: Mapping[int, Pool]
) -> dict[int, AllClassSample]:
    """Read a sample of each pool, in one Spark job, and in more jobs where it lacks rows.

    Parameters
    ----------
    rows : DataFrame
        Rows as `FeatureTable.rows_of_all_classes` selects them.
    arrays : sequence of str
        Names of the arrays of features.
    pools : mapping of int to Pool
        By number.
    """
    if not pools:
        return {}
    fractions = {n: part for pool in pools.values() for n, part in pool.fractions.items()}
    block = sample_all_classes(rows, arrays, fractions)
    number_of = np.full(max(fractions) + 1, -1)
    for number, pool in pools.items():
        number_of[list(pool.sizes)] = number
    of_row = number_of[block.own_class]
    of_pool = {n: block.take(of_row == n) for n in pools}
    lacking = {
        n: replace(pool, sample_factor=MORE_SAMPLE * pool.sample_factor)
        for n, pool in pools.items()
        if pool.lacks_rows(of_pool[n])
    }
    return {
        n: AllClassSample.of(of_pool[n], pool) for n, pool in pools.items() if n not in lacking
    } | read_samples(rows, arrays, lacking)


@dataclass(frozen=True)
class AllClassSample:
    """Sampled rows of a pool, from which the buckets of a search are fitted.

    Attributes
    ----------
    block : Block
        An even sample, and more rows of the classes that query if these are few.
    is_even : bool array
        Which rows belong to the even sample.
    points : float64 array
        The rows in the space of the distance.
    space : FeatureSpace
    pool : Pool
    """

    block: Block
    is_even: npt.NDArray[np.bool_]
    points: Points
    space: FeatureSpace
    pool: Pool

    @staticmethod
    def of(block: Block, pool: Pool) -> AllClassSample:
        """Fit the space of the distance to the rows that were read."""
        is_even = block.keys <= key_quantile(pool.even_fraction)
        space = fit_space(
            [part[is_even] for part in block.values],
            block.counts[is_even],
            pool.settings.distance_scaling,
            metric=pool.settings.metric,
            units=pool.settings.units,
        )
        return AllClassSample(block, is_even, space.transform(block.values), space, pool)

    @property
    def task(self) -> ClassTask:
        """The task of the pool, with the space."""
        return replace(self.pool.task, space=self.space)

    @property
    def query_points(self) -> Points:
        """The sampled rows that query."""
        return self.points[np.isin(self.block.own_class, self.pool.queries)]

    def fit_buckets(self) -> ClassBuckets:
        """Choose one bucket, broadcast queries or a hash, by the rows that can be neighbors."""
        region, is_near = None, self.is_even
        if self.pool.has_few_queries:
            queries, k = self.pool.queries, self.pool.settings.k
            region = fit_query_region(self.query_points, queries, k, self.space.norm)
        if region is not None:
            is_near = is_near & region.contains(self.points, self.block.own_class)
        counts = self.block.counts
        n_near = round(counts[is_near].sum() / counts[self.is_even].sum() * self.pool.size)
        if n_near <= self.pool.capacity.rows:
            return ClassBuckets(self.task, None, (1,), region)
        if self.can_broadcast():
            return self.broadcast_queries(region)
        return self.hashed(region, is_near, n_near)

    def can_broadcast(self) -> bool:
        """Whether the rows that query are few enough to send all of them to every task."""
        pool = self.pool
        most = min(MAX_BROADCAST_QUERIES, SAMPLE_BYTES // (8 * pool.n_features))
        is_small = pool.has_few_queries and pool.n_queries <= most
        return is_small and self.space.norm == EUCLIDEAN_NORM

    def broadcast_queries(self, region: QueryRegion | None) -> ClassBuckets:
        """Compare every row with all queries where it is read: an exact search."""
        pool, capacity, k = self.pool, self.pool.capacity, self.pool.settings.k
        # Rows that are wide are copied a few times where candidates are selected.
        max_rows = capacity.large // 4 if capacity.most else capacity.large
        points = self.query_points
        n_cells = math.ceil(pool.n_queries / queries_per_cell(k, pool.size, max_rows))
        cells = fit_hash(points, 1.0, n_cells, k, replication=1.0, fewest=1)
        queries = BroadcastQueries(pool.queries, cells, points, k)
        slices = (1,) * len(cells.centers)
        return ClassBuckets(self.task, None, slices, region, queries, capacity.most)

    def hashed(
        self, region: QueryRegion | None, is_near: npt.NDArray[np.bool_], n_near: int
    ) -> ClassBuckets:
        """Hash the rows that can be neighbors."""
        fraction = float(self.block.counts[is_near].sum()) / n_near
        capacity, settings = self.pool.capacity, self.pool.settings
        cells, expected = fit_cells(
            self.points[is_near],
            fraction,
            n_near,
            capacity,
            settings.k,
            settings.replication,
            self.space.norm,
            settings.recall,
        )
        slices = (1,) * len(expected)
        return ClassBuckets(self.task, cells, slices, region, most_rows=capacity.most)
