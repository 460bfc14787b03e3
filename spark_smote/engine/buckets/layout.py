"""Buckets of all classes: who is in them, and which partition holds them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_smote.core.hashing.broadcast_queries import Seekers
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.query_region import Reach
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.routing import spread

__all__ = ["Bucket", "BucketTable", "ClassBuckets"]

MOST_PARTITIONS = 2000
"""Shuffle partitions; more buckets than these share them, one after the other."""

TASK_ROWS = 4096
"""Rows, old and new, that are worth a task of their own; smaller classes share one."""


@dataclass(frozen=True)
class ClassBuckets:
    """The buckets of one class.

    Attributes
    ----------
    task : ClassTask
    hash : CellHash or None
        None where one bucket holds the class.
    slices : tuple of int
        For each cell, how many tasks share the making of its new rows.
    reach : Reach or None
        Which rows matter, where others of the class are left out.
    seekers : Seekers or None
        Who searches, where they are so few that what they need is known exactly.
    """

    task: ClassTask
    hash: CellHash | None
    slices: tuple[int, ...]
    reach: Reach | None = None
    seekers: Seekers | None = None


@dataclass(frozen=True)
class Bucket:
    """One task: a slice of what one cell of one class has to make."""

    class_number: int
    slice_number: int
    slices: int


@dataclass(frozen=True)
class BucketTable:
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

    @staticmethod
    def of(classes: tuple[ClassBuckets, ...]) -> BucketTable:
        """Give all buckets numbers, and spread them evenly over shuffle partitions."""
        buckets: list[Bucket] = []
        firsts, tasks = [], []
        for number, members in enumerate(classes):
            firsts.append(len(buckets) + np.cumsum((0, *members.slices[:-1])))
            mine = [Bucket(number, s, n) for n in members.slices for s in range(n)]
            buckets += mine
            rows = members.task.quota.size + members.task.quota.rows
            tasks += [min(1.0, rows / TASK_ROWS)] if len(mine) == 1 else [1.0] * len(mine)
        partitions = min(math.ceil(sum(tasks)), MOST_PARTITIONS)
        # In turn, from the largest on, so that no two of these share a task.
        turns = np.argsort(np.argsort(-np.array(tasks), kind="stable"))
        routes = spread(partitions)[turns % partitions]
        return BucketTable(classes, tuple(buckets), partitions, routes, tuple(firsts))
