"""A sample of the rows of all classes, and the buckets that are fitted to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from spark_smote.engine.buckets.fitting import (
    SAMPLE_BYTES,
    SearchSettings,
    fit_cells,
    sample_rows,
)
from spark_smote.engine.buckets.judging import (
    QueryClasses,
)
from spark_smote.engine.buckets.layout import ClassBuckets
from spark_smote.engine.scan.sampling import sample_all_classes

__all__ = ["AllClassSample"]

QUERY_SAMPLE_ROWS = 16_384
"""Sample rows of the classes that query, to bound how far their neighbors can be."""

MAX_BROADCAST_QUERIES = 4096
"""Most rows that every other row is compared with."""


@dataclass(frozen=True)
class AllClassSample:
    """Sampled rows of all classes, from which the buckets of a search are fitted.

    Attributes
    ----------
    block : Block
        An even sample, and more rows of the classes that query if these are few.
    is_even : bool array
        Which rows belong to the even sample.
    points : float64 array
        The rows in the space of the distance.
    queries : int64 array
        Numbers of the classes that query.
    n_queries : int
        Rows that these hold.
    """

    block: Block
    is_even: npt.NDArray[np.bool_]
    points: Points
    queries: npt.NDArray[np.int64]
    n_queries: int
    space: FeatureSpace
    task: ClassTask
    settings: SearchSettings
    n_features: int

    @staticmethod
    def read(
        rows: DataFrame,
        arrays: Sequence[str],
        query_classes: QueryClasses,
        n_queries: int,
        task: ClassTask,
        settings: SearchSettings,
        n_features: int,
    ) -> AllClassSample:
        """Read the sample, in one Spark job."""
        size = task.quota.size
        even = min(1.0, sample_rows(size, settings.capacity(n_features).rows, n_features) / size)
        more = max(even, min(1.0, QUERY_SAMPLE_ROWS / n_queries)) if 2 * n_queries < size else even
        queries = np.array(sorted(query_classes), np.int64)
        block = sample_all_classes(rows, arrays, even, dict.fromkeys(queries.tolist(), more))
        is_even = block.keys <= key_quantile(even)
        space = fit_space(
            [part[is_even] for part in block.values],
            block.counts[is_even],
            settings.distance_scaling,
            metric=settings.metric,
            units=settings.units,
        )
        return AllClassSample(
            block,
            is_even,
            space.transform(block.values),
            queries,
            n_queries,
            space,
            replace(task, space=space),
            settings,
            n_features,
        )

    @property
    def has_few_queries(self) -> bool:
        """Whether fewer than half of all rows query."""
        return 2 * self.n_queries < self.task.quota.size

    @property
    def query_points(self) -> Points:
        """The sampled rows that query."""
        return self.points[np.isin(self.block.own_class, self.queries)]

    def fit_buckets(self) -> ClassBuckets:
        """Choose one bucket, broadcast queries or a hash, by the rows that can be neighbors."""
        region, is_near = None, self.is_even
        if self.has_few_queries:
            region = fit_query_region(
                self.query_points, self.queries, self.settings.k, self.space.norm
            )
        if region is not None:
            is_near = is_near & region.contains(self.points, self.block.own_class)
        counts, size = self.block.counts, self.task.quota.size
        n_near = round(counts[is_near].sum() / counts[self.is_even].sum() * size)
        if n_near <= self.settings.capacity(self.n_features).rows:
            return ClassBuckets(self.task, None, (1,), region)
        if self.can_broadcast():
            return self.broadcast_queries(region)
        return self.hashed(region, is_near, n_near)

    def can_broadcast(self) -> bool:
        """Whether the rows that query are few enough to send all of them to every task."""
        most = min(MAX_BROADCAST_QUERIES, SAMPLE_BYTES // (8 * self.n_features))
        is_small = self.has_few_queries and self.n_queries <= most
        return is_small and self.space.norm == EUCLIDEAN_NORM

    def broadcast_queries(self, region: QueryRegion | None) -> ClassBuckets:
        """Compare every row with all queries where it is read: an exact search."""
        k, size = self.settings.k, self.task.quota.size
        capacity = self.settings.capacity(self.n_features)
        # Rows that are wide are copied a few times where candidates are selected.
        max_rows = capacity.large // 4 if capacity.most else capacity.large
        points = self.query_points
        n_cells = math.ceil(self.n_queries / queries_per_cell(k, size, max_rows))
        cells = fit_hash(points, 1.0, n_cells, k, replication=1.0, fewest=1)
        queries = BroadcastQueries(self.queries, cells, points, k)
        slices = (1,) * len(cells.centers)
        return ClassBuckets(self.task, None, slices, region, queries, capacity.most)

    def hashed(
        self, region: QueryRegion | None, is_near: npt.NDArray[np.bool_], n_near: int
    ) -> ClassBuckets:
        """Hash the rows that can be neighbors."""
        fraction = float(self.block.counts[is_near].sum()) / n_near
        capacity = self.settings.capacity(self.n_features)
        cells, expected = fit_cells(
            self.points[is_near],
            fraction,
            n_near,
            capacity,
            self.settings.k,
            self.settings.replication,
            self.space.norm,
        )
        slices = (1,) * len(expected)
        return ClassBuckets(self.task, cells, slices, region, most_rows=capacity.most)
