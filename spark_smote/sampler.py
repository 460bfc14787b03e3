"""What every sampler is: a Transformer that a `spark_smote.Pipeline` runs in `fit` only."""

# ruff: noqa: D102 - the name of a setter or getter says all

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pyspark.ml import Transformer
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable

from spark_smote.params import SamplerParams

__all__ = ["Sampler"]

DEFAULT_SEED = 2002  # a constant: Spark's own default differs from one Python run to the next


class Sampler(Transformer, SamplerParams, DefaultParamsReadable["Sampler"], DefaultParamsWritable):
    """Base of the samplers: defaults, setters and getters of the shared Params."""

    def __init__(self) -> None:
        super().__init__()
        self._setDefault(
            featuresCol="features",
            labelCol="label",
            k=5,
            samplingStrategy="auto",
            distanceScaling="standard",
            copyCols=[],
            outputMode="all",
            smallClass="error",
            seed=DEFAULT_SEED,
        )

    def _set(self, **kwargs: Any) -> Self:
        """Set the Params that were given; None leaves one as it is."""
        return super()._set(**{name: value for name, value in kwargs.items() if value is not None})

    def _value(self, name: str) -> Any:
        """Value of a Param, or None where it is unset and has no default."""
        return self.getOrDefault(name) if self.isDefined(name) else None

    def setFeaturesCol(self, value: str) -> Self:
        return self._set(featuresCol=value)

    def getFeaturesCol(self) -> str:
        return self.getOrDefault(self.featuresCol)

    def setInputCols(self, value: Sequence[str]) -> Self:
        return self._set(inputCols=value)

    def getInputCols(self) -> list[str]:
        return self.getOrDefault(self.inputCols)

    def setLabelCol(self, value: str) -> Self:
        return self._set(labelCol=value)

    def getLabelCol(self) -> str:
        return self.getOrDefault(self.labelCol)

    def setK(self, value: int) -> Self:
        return self._set(k=value)

    def getK(self) -> int:
        return self.getOrDefault(self.k)

    def setSamplingStrategy(self, value: str | float | Mapping[Any, int]) -> Self:
        return self._set(samplingStrategy=value)

    def getSamplingStrategy(self) -> str | float | dict[str, int]:
        return self.getOrDefault(self.samplingStrategy)

    def setDistanceScaling(self, value: str) -> Self:
        return self._set(distanceScaling=value)

    def getDistanceScaling(self) -> str:
        return self.getOrDefault(self.distanceScaling)

    def setCopyCols(self, value: Sequence[str]) -> Self:
        return self._set(copyCols=value)

    def getCopyCols(self) -> list[str]:
        return self.getOrDefault(self.copyCols)

    def setSyntheticCol(self, value: str) -> Self:
        return self._set(syntheticCol=value)

    def getSyntheticCol(self) -> str:
        return self.getOrDefault(self.syntheticCol)

    def setLineageCol(self, value: str) -> Self:
        return self._set(lineageCol=value)

    def getLineageCol(self) -> str:
        return self.getOrDefault(self.lineageCol)

    def setIdCol(self, value: str) -> Self:
        return self._set(idCol=value)

    def getIdCol(self) -> str:
        return self.getOrDefault(self.idCol)

    def setOutputMode(self, value: str) -> Self:
        return self._set(outputMode=value)

    def getOutputMode(self) -> str:
        return self.getOrDefault(self.outputMode)

    def setSmallClass(self, value: str) -> Self:
        return self._set(smallClass=value)

    def getSmallClass(self) -> str:
        return self.getOrDefault(self.smallClass)

    def setReplication(self, value: float) -> Self:
        return self._set(replication=value)

    def getReplication(self) -> float:
        return self.getOrDefault(self.replication)

    def setBucketSize(self, value: int) -> Self:
        return self._set(bucketSize=value)

    def getBucketSize(self) -> int:
        return self.getOrDefault(self.bucketSize)

    def setSeed(self, value: int) -> Self:
        return self._set(seed=value)

    def getSeed(self) -> int:
        return self.getOrDefault(self.seed)
