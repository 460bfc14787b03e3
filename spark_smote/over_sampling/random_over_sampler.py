"""Random over-sampling: minority rows repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Self, Unpack

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_smote.base import OverSampler
from spark_smote.core.strategy.groups import match_classes
from spark_smote.core.strategy.over_sampling import rows_to_add
from spark_smote.core.strategy.quotas import Quota, check_total
from spark_smote.core.strategy.targets import cap_per_row
from spark_smote.engine.copies.copies import copy_rows
from spark_smote.engine.copies.smoothing import Smoothing, fit_smoothing
from spark_smote.engine.planning.plan import CopyPlan, Plan, count_classes
from spark_smote.engine.planning.random import plan_copies
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.features import array_features, check_short, plain_features
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.schema import field_of
from spark_smote.exceptions import ResamplingError
from spark_smote.param.over_sampling import HasShrinkage, RandomOverParams

__all__ = ["RandomOverSampler"]


class RandomOverSampler(OverSampler, HasShrinkage):
    """Over-sample minority classes by repeating their rows, whatever the columns hold.

    Every row is repeated as often as any other, give or take one; the counts are exact. Rows are
    shuffled only if some are identical, so that these draw apart.

    With `shrinkage`, this is a smoothed bootstrap: each repeated row gets its own normal noise in
    every feature, independently, of standard deviation shrinkage · h · σ, where σ is the feature's
    in the class and h = (4 / ((d + 2) n))^(1 / (d + 4)) for d features and the n labeled rows of
    the table. Integers stay whole and decimals at their scale, within what their type holds.

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
        "auto" or "not majority", "minority", "not minority", "all": the classes to over-sample
        to the size of the largest; a ratio minority/majority in (0, 1], for two classes; or
        {label: final rows}: a number, "2.5x" the rows of the class, or "50%" of the rows of
        the largest.
    maxPerRow : float, optional
        At most so many new rows for each row of a class, at least 0. A warning is logged if that
        lowers a class's target; its count is exact to the lowered target.
    maxRows : int, default 100,000,000,000
        Most new rows of all classes, at least 1; a strategy that asks for more is refused.
    shrinkage : float or dict, optional
        Width of the noise, at least 0, for all classes or {label: width}; classes not named get
        none. 0 repeats rows as they are.
    featuresCol, inputCols : str, list of str, optional
        With `shrinkage`, the features that get noise: one ML vector or array of float or double;
        or plain columns of any integer type, float, double or decimal of up to 18 digits. Other
        columns are repeated as they are. Without it, they have no effect.
    syntheticCol : str, optional
        Adds a boolean column, true for the repeated rows.
    outputMode : {"all", "synthetic"}, default "all"
        Originals and repeated rows, or only these.
    seed : int, default 2002

    References
    ----------
    Batista, Prati, Monard: "A study of the behavior of several methods for balancing machine
    learning training data", SIGKDD Explorations 6, 2004. Menardi, Torelli: "Training and assessing
    classification rules with imbalanced data", Data Mining and Knowledge Discovery 28, 2014.

    Examples
    --------
    >>> from spark_smote import RandomOverSampler
    >>> df = spark.createDataFrame([(str(i), int(i < 8)) for i in range(40)], "x string, label int")
    >>> balanced = RandomOverSampler().transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=32), Row(label=1, count=32)]
    """

    def __init__(self, **params: Unpack[RandomOverParams]) -> None:
        super().__init__(**params)

    def setParams(self, **params: Unpack[RandomOverParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def check(self, dataset: DataFrame) -> StructType:
        """Check the schema and the Params against each other; no Spark job."""
        return self.originals(dataset).schema

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide which rows `transform` will repeat; makes no rows."""
        table = self._table(dataset)
        if not isinstance(table, FeatureTable):
            self._log_unused_features()
        plan = count_classes(table)
        wanted = rows_to_add(self.getSamplingStrategy(), plan.counts)
        lowered = cap_per_row(wanted, plan.counts, self._value("maxPerRow"))
        added = {label: rows for label, rows in lowered.items() if rows}
        check_total(added, self.getMaxRows(), len(dataset.columns))
        quotas = {label: Quota(rows, plan.counts[label]) for label, rows in added.items()}
        fit_noise = None
        if isinstance(table, FeatureTable):
            fit_noise = partial(self._smoothing, table, plan.counts, list(added))
        return plan_copies(table, plan, added, quotas, self.getSeed(), fit_noise)

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        originals = self.originals(dataset)
        if not isinstance(plan, CopyPlan):
            return originals if self.keeps_originals else originals.filter(F.lit(False))
        synthetic = copy_rows(self._table(dataset), plan.copies, self.getSeed())
        if name := self._value("syntheticCol"):
            synthetic = synthetic.withColumn(name, F.lit(True))
        return originals.unionByName(synthetic) if self.keeps_originals else synthetic

    def originals(self, dataset: DataFrame) -> DataFrame:
        """Return the table's own rows as they stand in the result; lazy."""
        self._table(dataset)
        name = self._value("syntheticCol")
        return dataset.withColumn(name, F.lit(False)) if name else dataset

    def _table(self, dataset: DataFrame) -> LabeledTable:
        """Check the schema and the Params against each other; no Spark job."""
        table = self.labeled_table(dataset, [self._value("syntheticCol")])
        if not self.isSet("shrinkage"):
            return table
        schema, inputs, one = dataset.schema, self._inputs(), self._value("featuresCol")
        if inputs:
            features = plain_features([field_of(schema, name, "inputCols") for name in inputs])
        elif one:
            features = array_features(field_of(schema, one, "featuresCol"))
        else:
            raise ResamplingError(
                f"shrinkage={self.getShrinkage()} needs features to give noise to: name them in "
                "inputCols, or in featuresCol where one column holds them."
            )
        check_short(features, "shrinkage")
        return FeatureTable(
            dataset, table.label, features, (), None, groups=table.groups, split=table.split
        )

    def _smoothing(
        self, table: FeatureTable, counts: Mapping[Any, int], labels: Sequence[Any]
    ) -> Smoothing | None:
        shrinkage = self.getShrinkage()
        if isinstance(shrinkage, dict):
            factors = match_classes(shrinkage, list(counts), "shrinkage")
        else:
            factors = dict.fromkeys(labels, shrinkage)
        numbers = {label: number for number, label in enumerate(labels) if factors.get(label)}
        return fit_smoothing(table, counts, numbers, factors) if numbers else None
