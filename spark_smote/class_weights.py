"""Weights of classes in a column, for classifiers with a `weightCol`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, Unpack

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, NumericType, StructType

from spark_smote.base import ClassStage
from spark_smote.core.strategy.class_weights import class_weights
from spark_smote.core.strategy.groups import GroupedLabel
from spark_smote.core.strategy.labels import by_label, label_order
from spark_smote.engine.scan.determinism import warn_if_random
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.schema import field_of
from spark_smote.engine.table.sql import by_number, quoted
from spark_smote.exceptions import ResamplingError, shown
from spark_smote.param.weights import ClassWeightParams, HasWeights

__all__ = ["ClassWeights", "WeightPlan"]


@dataclass(frozen=True)
class WeightPlan:
    """Rows and weights of the classes.

    A class is named by its label; with `groupCols`, by the values of its group and its label; with
    `syntheticCol`, by that column's value before its label.

    Attributes
    ----------
    counts : dict
        Rows of each class.
    weights : dict
        Weight of a row of each class.
    """

    counts: dict[Any, int]
    weights: dict[Any, float]

    @property
    def after(self) -> dict[Any, float]:
        """Sum of the weights of each class."""
        return {name: rows * self.weights[name] for name, rows in self.counts.items()}


class ClassWeights(ClassStage, HasWeights):
    """Weigh rows by their class, for classifiers of Spark ML and XGBoost that have a `weightCol`.

    In a `spark_smote.Pipeline` it acts in `fit` only, as samplers do, and on the rows that these
    leave: `SMOTE(samplingStrategy=0.1)` and then `ClassWeights()` raises the minority to a tenth
    of the majority, and weighs for the rest. One job counts the classes; the column is an
    expression. Rows without a label, or of another split, get no weight (null).

    Parameters
    ----------
    labelCol : str, default "label"
        The class: string, boolean or number, of two classes or more.
    weightCol : str, default "weight"
        The column to add, of type double.
    power : float, default 1.0
        A class of n rows weighs n^(-power), in [0, 2]: 1 weighs all classes alike, as
        scikit-learn's "balanced"; 0.5 is the square root; 0 weighs all rows alike.
    beta : float, optional
        In (0, 1), instead of `power`: a class weighs the inverse of the effective number of its
        rows, (1 - beta) / (1 - beta^n).
    weights : dict, optional
        Instead of either: {label: weight}, above 0; labels not named weigh 1.
    normalize : bool, default True
        Scale the weights to a mean of 1 over the rows, so that regularization keeps its meaning.
        Otherwise, the largest class weighs 1, or as `weights` has it.
    multiply : bool, default False
        Multiply `weightCol`, a column of the table, by the weights. Classes are counted by rows.
    syntheticCol, syntheticWeight : str and float, optional
        A sampler's column of synthetic rows, and what such a row counts of one of the table, in
        (0, 1]: in the count of its class, and in its own weight.
    splitCol, trainValue : str, and str, bool or int, default "train", optional
        Weigh only rows whose `splitCol` (string, boolean or integer) is `trainValue`.
    groupCols : list of str, optional
        Weigh each combination of values of these columns (string, boolean, integer, decimal or
        date; null is a value) as if it were the table.

    References
    ----------
    King, Zeng: "Logistic regression in rare events data", Political Analysis 9, 2001. Cui et al.:
    "Class-balanced loss based on effective number of samples", CVPR 2019.

    Examples
    --------
    >>> from spark_smote import ClassWeights
    >>> df = spark.createDataFrame([(str(i), int(i < 8)) for i in range(40)], "x string, label int")
    >>> ClassWeights().plan(df).weights
    {0: 0.625, 1: 2.5}
    >>> ClassWeights().transform(df).groupBy("label").sum("weight").orderBy("label").collect()
    [Row(label=0, sum(weight)=20.0), Row(label=1, sum(weight)=20.0)]
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {
        "weightCol": "weight",
        "power": 1.0,
        "normalize": True,
        "multiply": False,
    }

    def __init__(self, **params: Unpack[ClassWeightParams]) -> None:
        super().__init__(**params)

    def setParams(self, **params: Unpack[ClassWeightParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def check(self, dataset: DataFrame) -> StructType:
        """Check the schema and the Params against each other; no Spark job."""
        self._table(dataset)
        return dataset.withColumn(self.getWeightCol(), F.lit(None).cast("double")).schema

    def plan(self, dataset: DataFrame) -> WeightPlan:
        """Count the classes, in one Spark job, and compute their weights."""
        table = self._table(dataset)
        warn_if_random(dataset)
        counts, _ = table.class_counts()
        if not counts:
            table.check_train_value()
        if self.getMultiply():
            self._check_no_nulls(table, list(counts))
        return self.plan_counted(counts)

    def plan_counted(self, counts: Mapping[Any, int]) -> WeightPlan:
        """Compute the weights of classes of so many rows, 0 for a class to ignore; no Spark job."""
        ordered = {name: counts[name] for name in sorted(counts, key=label_order) if counts[name]}
        rows: defaultdict[Any, float] = defaultdict(float)
        for name, n in ordered.items():
            rows[self._whole(name)] += n * self._share(name)
        weights = class_weights(
            rows,
            power=self.getPower(),
            beta=self._value("beta"),
            weights=self._value("weights"),
            normalize=self.getNormalize(),
        )
        return WeightPlan(
            ordered, {name: weights[self._whole(name)] * self._share(name) for name in ordered}
        )

    def apply(self, dataset: DataFrame, plan: WeightPlan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        weights = dict(enumerate(plan.weights.values()))
        weight = by_number(weights, self._table(dataset).class_number(list(plan.weights)))
        name = self.getWeightCol()
        if self.getMultiply():
            weight *= quoted(name).cast("double")
        return dataset.withColumn(name, weight)

    def scalePosWeight(self, dataset: DataFrame) -> float:
        """Return the rows of the first label for each row of the second, in one Spark job.

        It is what XGBoost and LightGBM take as `scale_pos_weight`, where negatives are 0 and
        positives 1. They multiply it with a column of weights: use one or the other.

        Raises
        ------
        ResamplingError
            If there are other than two labels.

        Examples
        --------
        >>> from spark_smote import ClassWeights
        >>> df = spark.createDataFrame([(int(i < 8),) for i in range(40)], "label int")
        >>> ClassWeights().scalePosWeight(df)
        4.0
        """
        counts = by_label(self.labeled_table(dataset).class_counts()[0])
        if len(counts) != 2:
            raise ResamplingError(
                f"scalePosWeight is for two classes, but the label column holds {len(counts)}: use "
                "the column of weights."
            )
        negatives, positives = counts.values()
        return negatives / positives

    def _table(self, dataset: DataFrame) -> LabeledTable:
        """Check the schema and the Params against each other; no Spark job."""
        self._check_params()
        table, schema = self.labeled_table(dataset), dataset.schema
        name = self.getWeightCol()
        if self.getMultiply():
            weight = field_of(schema, name, "weightCol")
            if not isinstance(weight.dataType, NumericType):
                raise ResamplingError(
                    f"Column {name!r} (weightCol) is {weight.dataType.simpleString()}; multiply "
                    "needs a number: cast it, or name another."
                )
        elif name.lower() in map(str.lower, schema.names):
            raise ResamplingError(
                f"Column {shown(name)} (weightCol) exists already; choose a new name, or set "
                "multiply=True to multiply it."
            )
        if not self.isSet("syntheticCol"):
            return table
        synthetic = field_of(schema, self.getSyntheticCol(), "syntheticCol")
        if not isinstance(synthetic.dataType, BooleanType):
            raise ResamplingError(
                f"Column {synthetic.name!r} (syntheticCol) is "
                f"{synthetic.dataType.simpleString()}; allowed is boolean: name the column that a "
                "sampler added."
            )
        return replace(table, groups=(*table.groups, synthetic))

    def _check_params(self) -> None:
        """Refuse Params that exclude each other, or need each other."""
        given = [name for name in ("power", "beta", "weights") if self.isSet(name)]
        if len(given) > 1:
            raise ResamplingError(
                f"{' and '.join(f'{name}={self._value(name)}' for name in given)} are both set, "
                "and each decides on the weights: clear all but one."
            )
        if self.isSet("syntheticCol") != self.isSet("syntheticWeight"):
            raise ResamplingError(
                "syntheticWeight is the weight of rows that syntheticCol marks, and only one of "
                "them is set: set both, or neither."
            )

    def _check_no_nulls(self, table: LabeledTable, names: list[Any]) -> None:
        """Refuse rows of the classes without a weight to multiply."""
        weight = quoted(self.getWeightCol())
        if table.dataset.filter(weight.isNull() & table.is_in(names)).limit(1).collect():
            raise ResamplingError(
                f"Column {self.getWeightCol()!r} (weightCol) holds nulls, which multiply=True "
                "would keep: fill them, or have the sampler before copy the column (copyCols)."
            )

    def _whole(self, name: Any) -> Any:
        """Return the class of a name, its synthetic rows and others together."""
        if not self.isSet("syntheticCol"):
            return name
        *group, _, label = name
        return GroupedLabel.of((*group, label), 0) if group else label

    def _share(self, name: Any) -> float:
        """Return what a row counts of one of the table."""
        is_synthetic = self.isSet("syntheticCol") and name[-2]
        return self.getSyntheticWeight() if is_synthetic else 1.0
