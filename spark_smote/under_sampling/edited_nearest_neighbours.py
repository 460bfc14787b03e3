"""Edited nearest neighbors: rows removed that their neighbors take for another class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Self, Unpack

from pyspark.sql import DataFrame

from spark_smote.engine.buckets.judging import edited_rows
from spark_smote.engine.planning.plan import CleaningPlan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.param.under_sampling import EditedParams, HasKindSel
from spark_smote.under_sampling.base import REMOVED, CleaningSampler

__all__ = ["EditedNearestNeighbours"]


class EditedNearestNeighbours(CleaningSampler, HasKindSel):
    """Remove rows whose nearest rows are of other classes.

    Rows of one class that have the same features share one verdict. Of rows equally far, each
    class has as many neighbors as it has rows there, in proportion. Which rows are removed depends
    on the rows alone; if the table fits one bucket, the search is exact.

    Parameters
    ----------
    k : int, default 3
        Nearest rows of any class to compare with, at least 1.
    kindSel : {"all", "mode"}, default "all"
        Whether a row stays if all of its neighbors are of its class, or if most are; of classes
        with equally many neighbors, the first in label order counts.
    samplingStrategy : str or list of labels, default "auto"
        Classes that may lose rows: "auto" or "not minority", "majority", "not majority", "all", or
        those named.
    featuresCol, inputCols, labelCol, splitCol, trainValue, groupCols, distanceScaling,
    metric, p, neighborRecall, replication, bucketSize, seed
        As of `SMOTE`; the scaling is by the values of all rows, and the seed chooses the samples
        that buckets are fitted to.

    References
    ----------
    Wilson: "Asymptotic properties of nearest neighbor rules using edited data", IEEE Transactions
    on Systems, Man, and Cybernetics 2, 1972.

    Examples
    --------
    >>> from spark_smote import EditedNearestNeighbours
    >>> rows = [(i + i * i / 1000, int(i in (20, 50, 51, 52, 53))) for i in range(60)]
    >>> df = spark.createDataFrame(rows, "x double, label int")
    >>> cleaned = EditedNearestNeighbours(inputCols=["x"]).transform(df)
    >>> cleaned.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=49), Row(label=1, count=5)]
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"k": 3, "kindSel": "all"}

    def __init__(self, **params: Unpack[EditedParams]) -> None:
        super().__init__(**params)

    def setParams(self, **params: Unpack[EditedParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _removed(self, plan: CleaningPlan, table: FeatureTable) -> DataFrame:
        judge = partial(edited_rows, kind_sel=self.getKindSel())
        return plan.search.map_neighborhoods(table, judge, REMOVED)
