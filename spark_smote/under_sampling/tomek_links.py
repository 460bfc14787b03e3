"""Tomek links: rows removed that are nearest to each other, but of different classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, Unpack

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.strategy.groups import in_groups_of
from spark_smote.engine.buckets.judging import pairs_of_two_classes
from spark_smote.engine.planning.plan import CleaningPlan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import KEY, OTHER, OWN_CLASS, ROW_COUNT
from spark_smote.engine.table.sql import is_among
from spark_smote.param.under_sampling import CleaningParams
from spark_smote.under_sampling.base import REMOVED, CleaningSampler

__all__ = ["TomekLinks"]


class TomekLinks(CleaningSampler):
    """Remove rows that are each other's nearest, but of different classes.

    A row that has a twin of the same class and features is in no link, unless rows of another
    class lie at its place: of rows equally far, the nearest is drawn, whatever its class. Which
    rows are removed depends on the rows alone; if the table fits one bucket, the search is exact.

    Parameters
    ----------
    samplingStrategy : str or list of labels, default "auto"
        Classes that may lose rows: "auto" or "not minority", "majority", "not majority", "all", or
        those named.
    featuresCol, inputCols, labelCol, splitCol, trainValue, groupCols, distanceScaling,
    metric, p, neighborRecall, replication, bucketSize, seed
        As of `SMOTE`; the scaling is by the values of all rows, and the seed chooses the samples
        that buckets are fitted to.

    References
    ----------
    Tomek: "Two modifications of CNN", IEEE Transactions on Systems, Man, and Cybernetics 6, 1976.

    Examples
    --------
    >>> from spark_smote import TomekLinks
    >>> rows = [(i + i * i / 1000, int(i > 30)) for i in range(40)]
    >>> df = spark.createDataFrame([*rows, (5.1, 1)], "x double, label int")
    >>> cleaned = TomekLinks(inputCols=["x"]).transform(df)
    >>> cleaned.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=30), Row(label=1, count=10)]
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"k": 1}

    def __init__(self, **params: Unpack[CleaningParams]) -> None:
        super().__init__(**params)

    def setParams(self, **params: Unpack[CleaningParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _searching(self, counts: dict[Any, int]) -> Sequence[Any]:
        return in_groups_of(self._cleaned(counts), counts)  # a link has two ends

    def _removed(self, plan: CleaningPlan, table: FeatureTable) -> DataFrame:
        schema = f"{REMOVED}, {OTHER} bigint not null"
        pairs = plan.search.map_neighborhoods(table, pairs_of_two_classes, schema)
        ends = F.struct(OWN_CLASS, KEY, ROW_COUNT)
        pair = [F.least(KEY, OTHER).alias("first"), F.greatest(KEY, OTHER).alias("second")]
        links = pairs.groupBy(*pair).agg(F.collect_list(ends).alias("ends")).filter("size(ends)=2")
        cleaned = set(self._cleaned(plan.counts))
        numbers = [n for n, label in enumerate(plan.search.labels) if label in cleaned]
        return links.select(F.inline("ends")).filter(is_among(OWN_CLASS, numbers))
