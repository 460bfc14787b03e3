"""Nearest neighbors among the rows of all classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.digest import RowDigest
from spark_smote.core.strategy.apportionment import CountsByKey
from spark_smote.core.strategy.groups import by_group, pool_numbers
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.gap import OtherClassGap
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.all_class_sample import Pool, read_samples
from spark_smote.engine.buckets.exchange import exchange
from spark_smote.engine.buckets.fitting import SearchSettings
from spark_smote.engine.buckets.judging import (
    BucketFn,
    JudgeFn,
    QueryClasses,
    apply_to_buckets,
    judge_bucket,
)
from spark_smote.engine.buckets.layout import BucketLayout, ClassBuckets
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import EXTRA
from spark_smote.exceptions import ResamplingError

__all__ = ["MIN_KEY", "AllClassSearch", "plan_all_class_search"]

MIN_KEY = -(2**63)


@dataclass(frozen=True)
class AllClassSearch:
    """All labeled rows of a table, or of some groups, in buckets of rows of any class.

    Attributes
    ----------
    labels : list
        Labels in the order of the classes' numbers.
    query_classes : mapping of int to int
        Classes whose rows query, by number, and the least key of those that do.
    layout : BucketLayout
        Of one class that holds all of them; with groups, of one for each.
    seed : int
    """

    labels: list[Any]
    query_classes: QueryClasses
    layout: BucketLayout
    seed: int

    @property
    def is_exact(self) -> bool:
        """Whether every row searches among all others."""
        return not self.inexact_classes

    @property
    def inexact_classes(self) -> list[int]:
        """Numbers of the classes whose rows search among some others only."""
        inexact = [
            members.hash is not None or (members.region is not None and members.queries is None)
            for members in self.layout.classes
        ]
        return [n for n, pool in enumerate(pool_numbers(self.labels)) if inexact[pool]]

    def rows(self, table: FeatureTable) -> DataFrame:
        """Select the rows that are searched."""
        return table.rows_of_all_classes(self.labels, self.seed)

    def map_neighborhoods(self, table: FeatureTable, judge: JudgeFn, schema: str) -> DataFrame:
        """Find the neighbors of the rows that query, and judge each row by them; lazy."""
        worker = partial(judge_bucket, query_classes=self.query_classes, judge=judge)
        return self.map_buckets(table, worker, schema)

    def map_buckets(self, table: FeatureTable, function: BucketFn, schema: str) -> DataFrame:
        """Apply a function to the rows of each bucket; lazy."""
        worker = partial(apply_to_buckets, layout=self.layout, function=function)
        return self.exchange(table).mapInPandas(worker, schema)

    def exchange(self, table: FeatureTable) -> DataFrame:
        """Shuffle the rows to their buckets; lazy."""
        return exchange(self.rows(table).drop(EXTRA), self.layout, table)

    def with_k(self, k: int) -> AllClassSearch:
        """Return a copy for fewer neighbors."""
        return self._changed(
            lambda _, members: replace(
                members,
                task=replace(members.task, k=k),
                queries=members.queries and replace(members.queries, k=k),
            )
        )

    def for_generation(
        self, tasks: Mapping[Any, ClassTask], k: int, n_features: int
    ) -> AllClassSearch:
        """Return a copy in whose buckets the bases of some classes make rows, with k neighbors."""
        weights: dict[int, list[CountsByKey]] = {}
        for label, pool in zip(self.labels, pool_numbers(self.labels), strict=True):
            if label in tasks and (own := tasks[label].weights) is not None:
                weights.setdefault(pool, []).append(own)

        def making(number: int, members: ClassBuckets) -> ClassBuckets:
            own = weights.get(number, [])
            keys = np.concatenate([np.empty(0, np.int64), *(each.keys for each in own)])
            rows = np.concatenate([np.empty(0, np.int64), *(each.values for each in own)])
            quota = Quota(int(rows.sum()), members.task.quota.size)
            task = replace(
                members.task,
                quota=quota,
                k=k,
                weights=CountsByKey.sorted(keys, rows),
                gap=OtherClassGap(),
            )
            cells = len(members.slices)
            slices = (quota.slices(n_features, 1 / cells),) * cells
            # Without a digest, as rows of other classes may be left out by then.
            return replace(members, task=task, slices=slices, digest=None)

        return self.with_k(k)._changed(making)

    def _changed(self, change: Callable[[int, ClassBuckets], ClassBuckets]) -> AllClassSearch:
        classes = tuple(change(n, members) for n, members in enumerate(self.layout.classes))
        return replace(self, layout=BucketLayout.of(classes))


def plan_all_class_search(
    table: FeatureTable,
    counts: Mapping[Any, int],
    query_classes: QueryClasses,
    settings: SearchSettings,
    n_features: int,
    digests: Mapping[Any, RowDigest],
    k_made: int = 0,
) -> AllClassSearch:
    """Lay all rows in one bucket, or fit buckets to those that can matter, in one Spark job.

    With groups, the rows of each lie in buckets of their own.

    Parameters
    ----------
    table : FeatureTable
    counts : mapping of label to int
        Rows of each class, in the order of the classes' numbers.
    query_classes : mapping of int to int
        Classes whose rows query, by number, and the least key of those that do.
    settings : SearchSettings
        With k as the number of neighbors of any class.
    n_features : int
        Coordinates of a row where distances are measured.
    digests : mapping of label to RowDigest
        What is known of the rows of each class.
    k_made : int, default 0
        Neighbors for making rows, if these are more, and there are so many rows.

    Raises
    ------
    ResamplingError
        If there are no more rows than neighbors wanted.
    """
    numbers = {label: n for n, label in enumerate(counts)}
    pools: dict[int, Pool] = {}
    known: list[RowDigest] = []
    for group in by_group(counts).values():
        sizes = {numbers[label]: counts[label] for label in group.values()}
        size = sum(sizes.values())
        if size <= settings.k:
            raise ResamplingError(
                f"The table has {size} labeled rows; to find {settings.k} nearest ones to a row it "
                f"needs at least {settings.k + 1}: ask for fewer."
            )
        k = max(settings.k, min(k_made, size - 1))
        task = ClassTask(
            Quota(0, size),
            k,
            settings.distance_scaling,
            metric=settings.metric,
            units=settings.units,
            recall=settings.recall,
        )
        queries = np.array([n for n in sizes if n in query_classes], np.int64)
        pools[len(pools)] = Pool(sizes, queries, task, replace(settings, k=k), n_features)
        known.append(sum((digests[label] for label in group.values()), start=RowDigest()))
    rows = table.rows_of_all_classes(list(counts), settings.seed)
    large = {number: pool for number, pool in pools.items() if pool.is_large}
    samples = read_samples(rows, table.arrays, large)
    classes = (
        samples[number].fit_buckets() if number in samples else ClassBuckets(pool.task, None, (1,))
        for number, pool in pools.items()
    )
    layout = BucketLayout.of(
        tuple(replace(each, digest=digest) for each, digest in zip(classes, known, strict=True))
    )
    return AllClassSearch(list(counts), query_classes, layout, settings.seed)
