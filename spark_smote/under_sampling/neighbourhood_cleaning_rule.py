"""The neighborhood cleaning rule: edited nearest neighbors, and more around small classes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Self, Unpack

import numpy as np
import numpy.typing as npt
from pyspark.ml.param import Param, Params
from pyspark.sql import DataFrame

from spark_smote.core.block import Block
from spark_smote.core.cleaning import disagreeing, misclassified
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.strategy.targets import smallest_class
from spark_smote.engine.buckets.all_classes import map_neighborhoods
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import KEY
from spark_smote.param import converters as to
from spark_smote.param.cleaning import CleaningParams
from spark_smote.under_sampling.base import REMOVED, CleaningSampler, named_rows

__all__ = ["NeighbourhoodCleaningRule"]


class NeighbourhoodCleaningRule(CleaningSampler):
    """Take away rows that most neighbors take for another class, or that mislead the minority.

    The first are those of `EditedNearestNeighbours(kindSel="mode")`. The second are the neighbors
    of rows of the smallest class that a vote of k, their own among it, takes for another; of
    classes larger than `thresholdCleaning` times the smallest only. Rows of one class that have
    the same features share one verdict.

    Parameters
    ----------
    k : int, default 3
        Nearest rows of any class that are asked, at least 1.
    thresholdCleaning : float, default 0.5
        Size of a class, as a multiple of the smallest, above which rows that mislead are taken
        away; at least 0.
    samplingStrategy : str or list of labels, default "auto"
        Classes that may lose rows: "auto" or "not minority", "majority", "not majority", "all", or
        those named.
    featuresCol, inputCols, labelCol, distanceScaling, metric, p, replication, bucketSize, seed
        As of `SMOTE`; the scaling is by the values of all rows, the seed decides on samples that
        buckets are fitted to.

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params; before any row is taken away.

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

    thresholdCleaning: Param[float] = Param(
        Params._dummy(),
        "thresholdCleaning",
        "size of a class, as a multiple of the smallest, above which it loses rows that mislead "
        "rows of the smallest (>= 0.0).",
        typeConverter=to.number(0.0),
    )

    def __init__(
        self,
        *,
        k: int | None = None,
        thresholdCleaning: float | None = None,
        **params: Unpack[CleaningParams],
    ) -> None:
        super().__init__()
        self._setDefault(k=3, thresholdCleaning=0.5)
        self._set(k=k, thresholdCleaning=thresholdCleaning, **params)

    def setParams(
        self,
        *,
        k: int | None = None,
        thresholdCleaning: float | None = None,
        **params: Unpack[CleaningParams],
    ) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(k=k, thresholdCleaning=thresholdCleaning, **params)

    def setThresholdCleaning(self, value: float) -> Self:
        """Set the size above which a class loses rows that mislead."""
        return self._set(thresholdCleaning=value)

    def getThresholdCleaning(self) -> float:
        """Give the size above which a class loses rows that mislead."""
        return self.getOrDefault(self.thresholdCleaning)

    def _asked(self, counts: dict[Any, int]) -> Sequence[Any]:
        cleaned = self._cleaned(counts)
        return [*cleaned, smallest_class(counts)] if cleaned else []

    def removed(self, plan: Plan, source: FeatureTable) -> DataFrame:
        """Find the rows to take away; lazy."""
        assert plan.surroundings is not None
        labels, counts = plan.surroundings.labels, plan.counts
        cleaned, least = self._cleaned(counts), smallest_class(counts)
        bound = self.getThresholdCleaning() * counts[least]
        judge = partial(
            _misleading,
            edited=[labels.index(label) for label in cleaned],
            minority=labels.index(least),
            large=[labels.index(label) for label in cleaned if counts[label] > bound],
        )
        return map_neighborhoods(plan.surroundings, source, judge, REMOVED).dropDuplicates([KEY])


def _misleading(
    rows: Block, around: Neighborhood, edited: list[int], minority: int, large: list[int]
) -> dict[str, npt.NDArray[Any]]:
    assert rows.labels is not None
    own = rows.labels[around.base]
    wrong = disagreeing(around, rows.labels, "mode") & np.isin(own, edited)
    misled = np.flatnonzero(misclassified(around, rows.labels) & (own == minority))
    choices, votes = around.votes(misled)
    near = choices[votes > 0]
    near = near[np.isin(rows.labels[near], large)]
    return named_rows(rows, np.unique(np.concatenate([around.base[wrong], near])))
