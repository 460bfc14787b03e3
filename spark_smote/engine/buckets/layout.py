"""Buckets of all classes: who is in them, and which partition holds them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_smote.core.digest import RowDigest
from spark_smote.core.hashing.broadcast_queries import BroadcastQueries
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.key_hash import KeyHash
from spark_smote.core.hashing.query_region import QueryRegion
from spark_smote.core.strategy.quotas import MAX_SLICES
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.routing import spread

__all__ = ["Bucket", "BucketLayout", "ClassBuckets"]

MAX_PARTITIONS = MAX_SLICES
"""Shuffle partitions; more buckets than these share them, one after the other."""

TASK_ROWS = 4096
"""Rows, old and new, that are worth a task of their own; smaller classes share one."""


@dataclass(frozen=True)
class ClassBuckets:
    """The buckets of one class.

    Attributes
    ----------
    task : ClassTask
    hash : CellHash, KeyHash or None
        None if one bucket holds the class.
    slices : tuple of int
        For each cell, how many tasks share the making of its new rows.
    region : QueryRegion or None
        Where the rows lie that can be neighbors, if others are left out.
    queries : BroadcastQueries or None
        The rows that query, if they are few enough to compare every row with them.
    most_rows : int or None
        Rows of a bucket that a task can hold, if they are wide.
    digest : RowDigest or None
        Of all rows of the class, those that go to no bucket among them; None for no check.
    """

    task: ClassTask
    hash: CellHash | KeyHash | None
    slices: tuple[int, ...]
    region: QueryRegion | None = None
    queries: BroadcastQueries | None = None
    most_rows: int | None = None
    digest: RowDigest | None = None


@dataclass(frozen=True)
class Bucket:
    """One task: a slice of what one cell of one class has to make."""

    class_number: int
    slice_number: int
    slices: int


@dataclass(frozen=True)
class BucketLayout:
    """All buckets of all classes, numbered.

    Attributes
    ----------
    classes : tuple of ClassBuckets
    buckets : tuple of Bucket
        By bucket number.
    partitions : int
        Shuffle partitions that the buckets share.
    routes : int32 array
        For each bucket, what Spark hashes to find its partition.
    firsts : tuple of int64 arrays
        For each class, the number of the first bucket of each cell.
    """

    classes: tuple[ClassBuckets, ...]
    buckets: tuple[Bucket, ...]
    partitions: int
    routes: npt.NDArray[np.int32]
    firsts: tuple[npt.NDArray[np.int64], ...]

    def first_buckets(self, class_number: int) -> range:
        """Return the numbers of the buckets of a class's first cell; of all, if it is the only."""
        first = int(self.firsts[class_number][0])
        return range(first, first + self.classes[class_number].slices[0])

    @staticmethod
    def of(classes: tuple[ClassBuckets, ...]) -> BucketLayout:
        """Assign a number to each bucket, and spread them evenly over shuffle partitions."""
        buckets: list[Bucket] = []
        firsts, tasks = [], []
        for number, members in enumerate(classes):
            firsts.append(len(buckets) + np.cumsum((0, *members.slices[:-1])))
            mine = [Bucket(number, s, n) for n in members.slices for s in range(n)]
            buckets += mine
            rows = members.task.quota.size + members.task.quota.rows
            tasks += [min(1.0, rows / TASK_ROWS)] if len(mine) == 1 else [1.0] * len(mine)
        partitions = min(math.ceil(sum(tasks)), MAX_PARTITIONS)
        # In turn, from the largest on, so that no two of these share a task.
        turns = np.argsort(np.argsort(-np.array(tasks), kind="stable"))
        routes = spread(partitions)[turns % partitions]
        return BucketLayout(classes, tuple(buckets), partitions, routes, tuple(firsts))
