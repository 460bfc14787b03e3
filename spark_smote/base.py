"""What every sampler is: a Transformer that a `spark_smote.Pipeline` runs in `fit` only."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import Any, Self

from pyspark.ml import Transformer
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql.types import StructField, StructType

from spark_smote.core.distance.metric import Metric
from spark_smote.engine.buckets.fitting import SearchSettings
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.features import Features, array_features, plain_features
from spark_smote.engine.table.schema import field_of
from spark_smote.param.common import OverParams, SamplerParams
from spark_smote.param.neighbors import SearchParams

__all__ = ["NeighborSampler", "OverSampler", "Sampler"]

DEFAULT_SEED = 2002  # a constant: Spark's own default differs from one Python run to the next


class Sampler(Transformer, SamplerParams, DefaultParamsReadable["Sampler"], DefaultParamsWritable):
    """Base of the samplers: a plan, made in small Spark jobs, and a lazy frame that follows it.

    Attributes
    ----------
    adds_only : bool
        Whether the table's own rows are all in the result, untouched, beside those added.
    """

    adds_only = False

    @property
    def keeps_originals(self) -> bool:
        """Whether the result holds rows of the table."""
        return True

    def __init__(self) -> None:
        super().__init__()
        self._setDefault(labelCol="label", samplingStrategy="auto", seed=DEFAULT_SEED)

    @abstractmethod
    def plan(self, dataset: DataFrame) -> Plan:
        """Decide what `transform` will do to each class; makes no rows."""

    @abstractmethod
    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.apply(dataset, self.plan(dataset))

    def _set(self, **kwargs: Any) -> Self:
        """Set the Params that were given; None leaves one as it is."""
        return super()._set(**{name: value for name, value in kwargs.items() if value is not None})

    def _value(self, name: str) -> Any:
        """Value of a Param, or None where it is unset and has no default."""
        return self.getOrDefault(name) if self.isDefined(name) else None


class OverSampler(Sampler, OverParams):
    """Base of the samplers that add rows and leave those of the table as they are."""

    adds_only = True

    @property
    def keeps_originals(self) -> bool:
        """Whether the result holds rows of the table."""
        return self.getOutputMode() == "all"

    def __init__(self) -> None:
        super().__init__()
        self._setDefault(outputMode="all")


class NeighborSampler(Sampler, SearchParams):
    """Base of the samplers that search for neighbors."""

    def __init__(self) -> None:
        super().__init__()
        self._setDefault(
            featuresCol="features", distanceScaling="standard", metric="euclidean", p=2.0
        )

    def _features(self, schema: StructType, categorical: Collection[str] = ()) -> Features:
        """Find the columns of numbers, and refuse Params that do not fit each other."""
        self._check_needed("p", "metric", "minkowski")
        inputs = self._inputs()
        if inputs:
            numbers = [name for name in inputs if name not in categorical]
            if not numbers:
                raise ValueError(
                    f"inputCols names categories only, {sorted(categorical)}; at least one feature "
                    "must be a number: add one, or encode the categories as numbers and use SMOTE."
                )
            return plain_features([field_of(schema, name, "inputCols") for name in numbers])
        field = field_of(schema, self.getFeaturesCol(), "featuresCol")
        return array_features(field, self._slots(field))

    def _slots(self, field: StructField) -> Collection[int]:
        """Give the slots of the features that hold categories."""
        return ()

    def _check_needed(self, name: str, of: str, needed: str) -> None:
        """Refuse a Param that is set where another has not the value that it is for."""
        if self.isSet(name) and self._value(of) != needed:
            raise ValueError(
                f"{name}={self._value(name)} is for {of}={needed!r}, but {of} is "
                f"{self._value(of)!r}: clear {name}, or set {of} to {needed!r}."
            )

    def _search(self) -> SearchSettings:
        return SearchSettings(
            k=self.getK(),
            distance_scaling=self.getDistanceScaling(),
            metric=Metric(self.getMetric(), self.getP()),
            replication=self._value("replication"),
            bucket_size=self._value("bucketSize"),
            seed=self.getSeed(),
        )
