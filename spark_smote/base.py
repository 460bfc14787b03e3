"""What every sampler is: a plan for the classes of a table, and a frame that follows it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, NoReturn

from pyspark.sql import DataFrame
from pyspark.sql.types import NumericType, StructField, StructType

from spark_smote.core.digest import input_changed
from spark_smote.core.distance.metric import Metric
from spark_smote.core.neighbors.approximate import NEIGHBOR_RECALL
from spark_smote.engine.buckets.fitting import SearchSettings
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.features import Features, array_features, plain_features
from spark_smote.engine.table.labeled_table import LabeledTable, Split
from spark_smote.engine.table.schema import check_frame, check_new, field_of
from spark_smote.exceptions import ResamplingError, shown
from spark_smote.param.common import HasFeatures, HasLabel, HasStrategy, HasSynthetic
from spark_smote.param.groups import HasGroups
from spark_smote.param.imblearn import METHODS
from spark_smote.param.neighbors import HasNeighbors
from spark_smote.training_stage import TrainingStage

__all__ = ["ClassStage", "NeighborSampler", "OverSampler", "Sampler"]

DEFAULT_SEED = 2002
"""A constant: Spark's own default differs from one Python run to the next."""


class ClassStage(TrainingStage, HasLabel, HasGroups):
    """Base of the stages that look at the classes of a table."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"labelCol": "label", "trainValue": "train"}

    def labeled_table(self, dataset: DataFrame, added: Sequence[str | None] = ()) -> LabeledTable:
        """Find the columns of classes, and check them and those to add; no Spark job."""
        check_frame(dataset)
        self._check_groups()
        schema, split, groups = dataset.schema, None, self._value("groupCols") or []
        label = field_of(schema, self.getLabelCol(), "labelCol")
        if name := self._value("splitCol"):
            split = Split(field_of(schema, name, "splitCol"), self.getTrainValue())
        group_fields = tuple(field_of(schema, name, "groupCols") for name in groups)
        table = LabeledTable(dataset, label, groups=group_fields, split=split)
        check_new(added, dataset.columns)
        return table


class Sampler(ClassStage, HasStrategy, HasFeatures):
    """Base of the samplers: a plan, made in small Spark jobs, and a lazy frame that follows it.

    Attributes
    ----------
    adds_only : bool
        Whether the table's own rows are all in the result, untouched, beside those added.
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"samplingStrategy": "auto", "seed": DEFAULT_SEED}
    adds_only: ClassVar[bool] = False

    @property
    def keeps_originals(self) -> bool:
        """Whether the result holds rows of the table."""
        return True

    @abstractmethod
    def plan(self, dataset: DataFrame) -> Plan:
        """Decide what `transform` will do to each class; makes no rows."""

    @abstractmethod
    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""

    def null_columns(self, dataset: DataFrame) -> list[str]:
        """Return the columns that rows added to the table leave null; no Spark job."""
        return []

    def verify(self, result: DataFrame, plan: Plan) -> dict[Any, int]:
        """Count the rows of a result by class, in one Spark job, and check them against its plan.

        Where the table is not the same each time it is read, the counts are not those planned,
        and most jobs over it fail. This finds what they cannot.

        Parameters
        ----------
        result : DataFrame
            What `apply` returned, or what was written of it.
        plan : Plan
            What `plan` returned, for the table and Params of the result.

        Returns
        -------
        dict of label to int
            With `groupCols`, of (*values of the group, label) to int.

        Raises
        ------
        ResamplingError
            If a class has more or fewer rows than planned.

        Examples
        --------
        >>> from spark_smote import SMOTE
        >>> rows = [(float(i), float(i * i), int(i < 8)) for i in range(40)]
        >>> df = spark.createDataFrame(rows, "x double, y double, label int").cache()
        >>> smote = SMOTE(inputCols=["x", "y"])
        >>> plan = smote.plan(df)
        >>> smote.verify(smote.apply(df, plan), plan)
        {0: 32, 1: 32}
        """
        planned, passed_through = plan.after, plan.passed_through
        if not self.keeps_originals:
            planned, passed_through = plan.added, 0
        counts, rest = self.labeled_table(result).class_counts()
        found = {label: counts.pop(label, 0) for label in planned}
        if counts or found != planned or rest != passed_through:
            raise input_changed(
                f"the result holds {found | counts} rows by class and {rest} of none, planned were "
                f"{planned} and {passed_through}"
            )
        return found

    def __getattr__(self, name: str) -> NoReturn:
        """Answer the methods that users of imbalanced-learn try first."""
        hint = f": call {METHODS[name]}" if name in METHODS else ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")


class OverSampler(Sampler, HasSynthetic):
    """Base of the samplers that add rows and leave those of the table as they are."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"outputMode": "all", "maxRows": 10**11}
    adds_only: ClassVar[bool] = True

    @property
    def keeps_originals(self) -> bool:
        """Whether the result holds rows of the table."""
        return bool(self.getOutputMode() == "all")

    @abstractmethod
    def originals(self, dataset: DataFrame) -> DataFrame:
        """Return the table's own rows as they stand in the result; lazy."""


class NeighborSampler(Sampler, HasNeighbors):
    """Base of the samplers that search for neighbors."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {
        "featuresCol": "features",
        "distanceScaling": "standard",
        "metric": "euclidean",
        "p": 2.0,
        "neighborRecall": NEIGHBOR_RECALL,
    }

    @abstractmethod
    def feature_table(self, dataset: DataFrame) -> FeatureTable:
        """Find the part of each column, and check it against the Params; no Spark job."""

    def _features(self, schema: StructType, categorical: Collection[str] = ()) -> Features:
        """Find the columns of numbers, and refuse Params that do not fit each other."""
        self._check_needed("p", "metric", "minkowski")
        inputs = self._inputs()
        if inputs:
            numbers = [name for name in inputs if name not in categorical]
            if not numbers:
                raise ResamplingError(
                    f"inputCols names categories only, {sorted(categorical)}; at least one feature "
                    "must be a number: add one, or encode the categories as numbers and use SMOTE."
                )
            return plain_features([field_of(schema, name, "inputCols") for name in numbers])
        self._check_named(schema)
        field = field_of(schema, self.getFeaturesCol(), "featuresCol")
        return array_features(field, self._slots(field))

    def _check_named(self, schema: StructType) -> None:
        """Refuse a table without the default column of features if no other is named."""
        default = self.getFeaturesCol()
        if self.isSet("featuresCol") or default in schema.names:
            return
        numeric = [
            field.name
            for field in schema
            if isinstance(field.dataType, NumericType) and field.name != self.getLabelCol()
        ]
        raise ResamplingError(
            f"Column {default!r} (featuresCol) not found, and inputCols is not set: set inputCols "
            f"to the features; numeric columns: {shown(numeric)}."
        )

    def _slots(self, field: StructField) -> Collection[int]:
        """Return the slots of the features that hold categories."""
        return ()

    def _check_needed(self, name: str, of: str, needed: str) -> None:
        """Refuse a Param that is set if another has not the value that it is for."""
        if self.isSet(name) and self._value(of) != needed:
            raise ResamplingError(
                f"{name}={self._value(name)} is for {of}={needed!r}, but {of} is "
                f"{self._value(of)!r}: clear {name}, or set {of} to {needed!r}."
            )

    def _search(self) -> SearchSettings:
        return SearchSettings(
            k=self.getK(),
            distance_scaling=self.getDistanceScaling(),
            metric=Metric(self.getMetric(), self.getP()),
            recall=self.getNeighborRecall(),
            replication=self._value("replication"),
            bucket_size=self._value("bucketSize"),
            seed=self.getSeed(),
        )
