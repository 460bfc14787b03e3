"""The neighborhood cleaning rule: edited nearest neighbors, and more around small classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Self, Unpack

from pyspark.sql import DataFrame

from spark_smote.core.strategy.groups import by_group, group_of, in_groups_of
from spark_smote.core.strategy.targets import smallest_class
from spark_smote.engine.buckets.judging import misleading_rows
from spark_smote.engine.planning.plan import CleaningPlan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import KEY
from spark_smote.param.under_sampling import HasThresholdCleaning, NeighbourhoodCleaningParams
from spark_smote.under_sampling.base import REMOVED, CleaningSampler

__all__ = ["NeighbourhoodCleaningRule"]


class NeighbourhoodCleaningRule(CleaningSampler, HasThresholdCleaning):
    """Remove rows that most neighbors contradict, or that mislead rows of the minority.

    The first are those of `EditedNearestNeighbours(kindSel="mode")`. The second are neighbors of
    rows of the smallest class that a vote of k, their own included, misclassifies; only those of
    classes larger than `thresholdCleaning` times the smallest. Rows of one class that have the
    same features share one verdict; rows equally far are neighbors as in
    `EditedNearestNeighbours`.

    Parameters
    ----------
    k : int, default 3
        Nearest rows of any class to compare with, at least 1.
    thresholdCleaning : float, default 0.5
        Size of a class, as a multiple of the smallest, above which misleading rows are removed;
        at least 0.
    samplingStrategy : str or list of labels, default "auto"
        Classes that may lose rows: "auto" or "not minority", "majority", "not majority", "all", or
        those named.
    featuresCol, inputCols, labelCol, splitCol, trainValue, groupCols, distanceScaling,
    metric, p, neighborRecall, replication, bucketSize, seed
        As of `SMOTE`; the scaling is by the values of all rows, and the seed chooses the samples
        that buckets are fitted to.

    References
    ----------
    Laurikkala: "Improving identification of difficult small classes by balancing class
    distribution", AIME 2001; the second part as imbalanced-learn reads it.

    Examples
    --------
    >>> from spark_smote import NeighbourhoodCleaningRule
    >>> rows = [(i + i * i / 1000, int(i in (20, 50, 51, 52, 53))) for i in range(60)]
    >>> df = spark.createDataFrame(rows, "x double, label int")
    >>> cleaned = NeighbourhoodCleaningRule(inputCols=["x"]).transform(df)
    >>> cleaned.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=51), Row(label=1, count=5)]
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"k": 3, "thresholdCleaning": 0.5}

    def __init__(self, **params: Unpack[NeighbourhoodCleaningParams]) -> None:
        super().__init__(**params)

    def setParams(self, **params: Unpack[NeighbourhoodCleaningParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _searching(self, counts: dict[Any, int]) -> Sequence[Any]:
        cleaned = self._cleaned(counts)
        return list(dict.fromkeys([*cleaned, *self._protected(cleaned, counts).values()]))

    def _protected(
        self, cleaned: Sequence[Any], counts: Mapping[Any, int]
    ) -> dict[tuple[Any, ...], Any]:
        """Return the smallest class of each group that has classes to clean."""
        protected = {}
        for group, names in by_group(in_groups_of(cleaned, counts)).items():
            protected[group] = smallest_class({name: counts[name] for name in names.values()})
        return protected

    def _removed(self, plan: CleaningPlan, table: FeatureTable) -> DataFrame:
        numbers, counts = {label: n for n, label in enumerate(plan.search.labels)}, plan.counts
        cleaned = [label for label in self._cleaned(counts) if label in numbers]
        smallest = self._protected(cleaned, counts)
        times = self.getThresholdCleaning()
        bounds = {group: times * counts[label] for group, label in smallest.items()}
        judge = partial(
            misleading_rows,
            edited=[numbers[label] for label in cleaned],
            minority=[numbers[label] for label in smallest.values()],
            large=[numbers[label] for label in cleaned if counts[label] > bounds[group_of(label)]],
        )
        return plan.search.map_neighborhoods(table, judge, REMOVED).dropDuplicates([KEY])
