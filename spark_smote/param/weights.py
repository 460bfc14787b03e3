"""Params of class weights, and of the correction of probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypedDict

from pyspark.ml.param import Param, Params
from pyspark.ml.param.shared import HasThresholds

from spark_smote.param import converters as to
from spark_smote.param.groups import GroupParams

__all__ = ["ClassWeightParams", "HasPriors", "HasWeights", "PriorCorrectionParams"]


class HasWeights(Params):
    """Params of `ClassWeights`."""

    weightCol: Param[str] = Param(
        Params._dummy(),
        "weightCol",
        "name of the column of weights to add, or with multiply to multiply.",
        typeConverter=to.column,
    )
    power: Param[float] = Param(
        Params._dummy(),
        "power",
        "a class of n rows weighs n^-power, in [0.0, 2.0]: 1 weighs all classes alike, 0.5 is the "
        "square root, 0 weighs all rows alike.",
        typeConverter=to.number(0.0, 2.0),
    )
    beta: Param[float] = Param(
        Params._dummy(),
        "beta",
        "instead of power: a class weighs the inverse of its effective number of rows, "
        "(1 - beta) / (1 - beta^n), beta in (0, 1).",
        typeConverter=to.positive(below=1.0),
    )
    weights: Param[dict[str, float]] = Param(
        Params._dummy(),
        "weights",
        "instead of power: {label: weight}, above 0; labels not named weigh 1.",
        typeConverter=to.weights,
    )
    normalize: Param[bool] = Param(
        Params._dummy(),
        "normalize",
        "whether to scale the weights to a mean of 1 over the rows; otherwise the largest class "
        "weighs 1, or as weights has it.",
        typeConverter=to.flag,
    )
    multiply: Param[bool] = Param(
        Params._dummy(),
        "multiply",
        "whether weightCol is a column of the table, to be multiplied.",
        typeConverter=to.flag,
    )
    syntheticCol: Param[str] = Param(
        Params._dummy(),
        "syntheticCol",
        "a sampler's boolean column of synthetic rows, for syntheticWeight.",
        typeConverter=to.column,
    )
    syntheticWeight: Param[float] = Param(
        Params._dummy(),
        "syntheticWeight",
        "what a synthetic row counts of one of the table, in (0, 1].",
        typeConverter=to.positive(most=1.0),
    )

    def setWeightCol(self, value: str) -> Self:
        return self._set(weightCol=value)

    def getWeightCol(self) -> str:
        return self.getOrDefault(self.weightCol)

    def setPower(self, value: float) -> Self:
        return self._set(power=value)

    def getPower(self) -> float:
        return self.getOrDefault(self.power)

    def setBeta(self, value: float) -> Self:
        return self._set(beta=value)

    def getBeta(self) -> float:
        return self.getOrDefault(self.beta)

    def setWeights(self, value: Mapping[Any, float]) -> Self:
        return self._set(weights=value)

    def getWeights(self) -> dict[str, float]:
        return self.getOrDefault(self.weights)

    def setNormalize(self, value: bool) -> Self:
        return self._set(normalize=value)

    def getNormalize(self) -> bool:
        return self.getOrDefault(self.normalize)

    def setMultiply(self, value: bool) -> Self:
        return self._set(multiply=value)

    def getMultiply(self) -> bool:
        return self.getOrDefault(self.multiply)

    def setSyntheticCol(self, value: str) -> Self:
        return self._set(syntheticCol=value)

    def getSyntheticCol(self) -> str:
        return self.getOrDefault(self.syntheticCol)

    def setSyntheticWeight(self, value: float) -> Self:
        return self._set(syntheticWeight=value)

    def getSyntheticWeight(self) -> float:
        return self.getOrDefault(self.syntheticWeight)


class ClassWeightParams(GroupParams, total=False):
    """Keywords of `ClassWeights`."""

    labelCol: str | None
    weightCol: str | None
    power: float | None
    beta: float | None
    weights: Mapping[Any, float] | None
    normalize: bool | None
    multiply: bool | None
    syntheticCol: str | None
    syntheticWeight: float | None


class HasPriors(HasThresholds):
    """Params of `PriorCorrectionModel`."""

    before: Param[list[float]] = Param(
        Params._dummy(),
        "before",
        "rows, or shares, of each class in the table, by the classifier's number, above 0.",
        typeConverter=to.class_sizes,
    )
    after: Param[list[float]] = Param(
        Params._dummy(),
        "after",
        "rows, weights or shares of each class in what was trained on, likewise.",
        typeConverter=to.class_sizes,
    )
    probabilityCol: Param[str] = Param(
        Params._dummy(),
        "probabilityCol",
        "the classifier's vector of probabilities, which is replaced.",
        typeConverter=to.column,
    )
    predictionCol: Param[str] = Param(
        Params._dummy(),
        "predictionCol",
        "the classifier's prediction, which is replaced.",
        typeConverter=to.column,
    )

    def setBefore(self, value: Mapping[int, float] | Sequence[float]) -> Self:
        return self._set(before=value)

    def getBefore(self) -> list[float]:
        return self.getOrDefault(self.before)

    def setAfter(self, value: Mapping[int, float] | Sequence[float]) -> Self:
        return self._set(after=value)

    def getAfter(self) -> list[float]:
        return self.getOrDefault(self.after)

    def setProbabilityCol(self, value: str) -> Self:
        return self._set(probabilityCol=value)

    def getProbabilityCol(self) -> str:
        return self.getOrDefault(self.probabilityCol)

    def setPredictionCol(self, value: str) -> Self:
        return self._set(predictionCol=value)

    def getPredictionCol(self) -> str:
        return self.getOrDefault(self.predictionCol)

    def setThresholds(self, value: Sequence[float]) -> Self:
        return self._set(thresholds=value)


class PriorCorrectionParams(TypedDict, total=False):
    """Keywords of `PriorCorrectionModel`."""

    before: Mapping[int, float] | Sequence[float] | None
    after: Mapping[int, float] | Sequence[float] | None
    probabilityCol: str | None
    predictionCol: str | None
    thresholds: Sequence[float] | None
