"""Random under-sampling: majority rows left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, Unpack

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_smote.base import Sampler
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.strategy.under_sampling import rows_to_keep
from spark_smote.engine.copies.copies import copy_rows
from spark_smote.engine.planning.plan import CopyPlan, Plan, count_classes
from spark_smote.engine.planning.random import plan_copies
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.param.under_sampling import HasReduction, RandomUnderParams

__all__ = ["RandomUnderSampler"]


class RandomUnderSampler(HasReduction, Sampler):
    """Under-sample majority classes to fewer of their own rows, whatever the columns hold.

    Exactly the rows asked for stay, without replacement, each as likely as any other. Rows are
    shuffled only if some are identical, so that these draw apart.

    Parameters
    ----------
    labelCol : str, default "label"
        The class: string, boolean or number, of two classes or more. Rows
        without a label pass through.
    splitCol, trainValue : str, and str, bool or int, default "train", optional
        Resample only rows whose `splitCol` (string, boolean or integer) is `trainValue`; all
        others pass through untouched.
    groupCols : list of str, optional
        Resample each combination of values of these columns (string, boolean, integer, decimal or
        date; null is a value) as if it were the table. A group of one class passes through.
    samplingStrategy : str, float or dict, default "auto"
        "auto" or "not minority", "majority", "not majority", "all": the classes to cut to the
        size of the smallest; a ratio minority/majority in (0, 1], for two classes; or
        {label: final rows}: a number, "0.5x" the rows of the class, or "50%" of the rows of
        the largest.
    featuresCol, inputCols : str, list of str, optional
        Without effect: rows are drawn whatever they hold.
    seed : int, default 2002

    References
    ----------
    Batista, Prati, Monard: "A study of the behavior of several methods for balancing machine
    learning training data", SIGKDD Explorations 6, 2004.

    Examples
    --------
    >>> from spark_smote import RandomUnderSampler
    >>> df = spark.createDataFrame([(str(i), int(i < 8)) for i in range(40)], "x string, label int")
    >>> fewer = RandomUnderSampler(samplingStrategy=0.5).transform(df)
    >>> fewer.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=16), Row(label=1, count=8)]
    """

    def __init__(self, **params: Unpack[RandomUnderParams]) -> None:
        super().__init__(**params)

    def setParams(self, **params: Unpack[RandomUnderParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def check(self, dataset: DataFrame) -> StructType:
        """Check the schema and the Params against each other; no Spark job."""
        return self.labeled_table(dataset).dataset.schema

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide which rows `transform` will leave out."""
        self._log_unused_features()
        table = self.labeled_table(dataset)
        return self.plan_counted(table, count_classes(table))

    def changes(self, counts: Mapping[Any, int]) -> dict[Any, int]:
        """Return the (negative) change in rows of each class that is cut."""
        kept = rows_to_keep(self.getSamplingStrategy(), counts)
        return {label: n - counts[label] for label, n in kept.items() if n < counts[label]}

    def plan_counted(self, table: LabeledTable, counted: Plan) -> Plan:
        """Plan for classes of so many rows; those that are not cut may still grow."""
        changes, counts = self.changes(counted.counts), counted.counts
        quotas = {label: Quota(counts[label] + n, counts[label]) for label, n in changes.items()}
        return plan_copies(table, counted, changes, quotas, self.getSeed())

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        table = self.labeled_table(dataset)
        if not isinstance(plan, CopyPlan):
            return dataset
        spared = dataset.filter(F.coalesce(~table.is_in(plan.labels), F.lit(True)))
        return spared.unionByName(copy_rows(table, plan.copies, self.getSeed()))
