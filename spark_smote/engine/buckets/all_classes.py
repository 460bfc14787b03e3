"""Nearest neighbors among the rows of all classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.digest import RowDigest
from spark_smote.core.strategy.apportionment import CountsByKey
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.gap import OtherClassGap
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.all_class_sample import AllClassSample
from spark_smote.engine.buckets.exchange import exchange
from spark_smote.engine.buckets.fitting import (
    SearchSettings,
)
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
    """All labeled rows of a table, in buckets of rows of any class.

    Attributes
    ----------
    labels : list
        Labels in the order of the classes' numbers.
    query_classes : mapping of int to int
        Classes whose rows query, by number, and the least key of those that do.
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

    def rows(self, table: FeatureTable) -> DataFrame:
        """Select the rows that are searched."""
        return table.rows_of_all_classes(self.labels, self.seed)

    def map_neighborhoods(self, table: FeatureTable, judge: JudgeFn, schema: str) -> DataFrame:
        """Find the neighbors of the rows that query, and judge each row by them; lazy."""
        worker = partial(judge_bucket, query_classes=self.query_classes, judge=judge)
        return self.map_buckets(table, worker, schema)

    def map_buckets(self, table: FeatureTable, function: BucketFn, schema: str) -> DataFrame:
        """Apply a function to the rows of each bucket; lazy."""
        rows = self.rows(table).drop(EXTRA)
        worker = partial(apply_to_buckets, layout=self.layout, function=function)
        return exchange(rows, self.layout, table).mapInPandas(worker, schema)

    def with_task(
        self, task: ClassTask, slices: tuple[int, ...], digest: RowDigest | None
    ) -> AllClassSearch:
        """Return a copy for another task; its k must not exceed this one's."""
        (members,) = self.layout.classes
        queries = members.queries and replace(members.queries, k=task.k)
        changed = replace(members, task=task, slices=slices, queries=queries, digest=digest)
        return replace(self, layout=BucketLayout.of((changed,)))

    def for_generation(self, tasks: Sequence[ClassTask], k: int, n_features: int) -> AllClassSearch:
        """Return a copy in whose buckets the bases of some classes make rows, with k neighbors."""
        (members,) = self.layout.classes
        weights = [task.weights for task in tasks if task.weights is not None]
        keys = np.concatenate([each.keys for each in weights])
        rows = np.concatenate([each.values for each in weights])
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
        return self.with_task(task, slices, None)  # rows of other classes may be left out by then


def plan_all_class_search(
    table: FeatureTable,
    counts: Mapping[Any, int],
    query_classes: QueryClasses,
    settings: SearchSettings,
    n_features: int,
    digest: RowDigest,
) -> AllClassSearch:
    """Lay all rows in one bucket, or fit buckets to those that can matter, in one Spark job.

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
    digest : RowDigest
        What is known of the rows that are searched.

    Raises
    ------
    ResamplingError
        If there are no more rows than neighbors wanted.
    """
    size, k = sum(counts.values()), settings.k
    if size <= k:
        raise ResamplingError(
            f"The table has {size} labeled rows; to find {k} nearest ones to a row it needs at "
            f"least {k + 1}: ask for fewer."
        )
    task = ClassTask(
        Quota(0, size),
        k,
        settings.distance_scaling,
        metric=settings.metric,
        units=settings.units,
    )
    buckets = ClassBuckets(task, None, (1,))
    if size > settings.capacity(n_features).rows:
        n_queries = sum(rows for n, rows in enumerate(counts.values()) if n in query_classes)
        rows = table.rows_of_all_classes(list(counts), settings.seed)
        sample = AllClassSample.read(
            rows, table.arrays, query_classes, n_queries, task, settings, n_features
        )
        buckets = sample.fit_buckets()
    layout = BucketLayout.of((replace(buckets, digest=digest),))
    return AllClassSearch(list(counts), query_classes, layout, settings.seed)
