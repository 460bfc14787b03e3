"""What every sampler is: a Transformer that a `spark_smote.Pipeline` runs in `fit` only."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

from pyspark.ml import Transformer
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame

from spark_smote.params import OverParams, SamplerParams
from spark_smote.plan import Plan

__all__ = ["OverSampler", "Sampler"]

DEFAULT_SEED = 2002  # a constant: Spark's own default differs from one Python run to the next


class Sampler(Transformer, SamplerParams, DefaultParamsReadable["Sampler"], DefaultParamsWritable):
    """Base of the samplers: a plan, made in small Spark jobs, and a lazy frame that follows it."""

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

    def __init__(self) -> None:
        super().__init__()
        self._setDefault(outputMode="all")
