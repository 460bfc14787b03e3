"""Params of the samplers; their texts are what `explainParams` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypedDict

from pyspark.ml.param import Param, Params

from spark_smote.core.strategy.targets import TargetSize
from spark_smote.core.synthesis.drawings import INTERPOLATIONS
from spark_smote.param import converters as to

__all__ = ["DrawParams", "SMOTEParams"]


class DrawParams(Params):
    """Params of the samplers that draw new rows between others."""

    interpolation: Param[str] = Param(
        Params._dummy(),
        "interpolation",
        "where a new row lies: 'segment' (to one neighbor), 'simplex' (among the row and its k "
        "neighbors), 'center' (towards their mean), 'ball' (around the row, as far as one) or "
        "'star' (towards the mean of the class, no search).",
        typeConverter=to.one_of(*INTERPOLATIONS),
    )
    truncation: Param[float] = Param(
        Params._dummy(),
        "truncation",
        "for interpolation='ball', which part of it: the half towards the neighbor (1.0), all "
        "(0.0), the half away from it (-1.0), or between these.",
        typeConverter=to.number(-1.0, 1.0),
    )
    deformation: Param[float] = Param(
        Params._dummy(),
        "deformation",
        "for interpolation='ball', how flat it is: from round (0.0) to the axis to the neighbor "
        "(1.0).",
        typeConverter=to.number(0.0, 1.0),
    )
    copyCols: Param[list[str]] = Param(
        Params._dummy(),
        "copyCols",
        "other columns that a synthetic row copies from its base row; the rest are null.",
        typeConverter=to.columns,
    )
    lineageCol: Param[str] = Param(
        Params._dummy(),
        "lineageCol",
        "name of a column to add, struct<base, neighbor, gap> of ids from idCol, null for "
        "originals.",
        typeConverter=to.column,
    )
    idCol: Param[str] = Param(
        Params._dummy(),
        "idCol",
        "column that names a row in lineageCol.",
        typeConverter=to.column,
    )
    handleSmallClass: Param[str] = Param(
        Params._dummy(),
        "handleSmallClass",
        "what to do with a class of fewer than k + 1 rows: 'error', 'lowerK', 'duplicate' or "
        "'skip'.",
        typeConverter=to.one_of("error", "lowerK", "duplicate", "skip"),
    )

    def setInterpolation(self, value: str) -> Self:
        return self._set(interpolation=value)

    def getInterpolation(self) -> str:
        return self.getOrDefault(self.interpolation)

    def setTruncation(self, value: float) -> Self:
        return self._set(truncation=value)

    def getTruncation(self) -> float:
        return self.getOrDefault(self.truncation)

    def setDeformation(self, value: float) -> Self:
        return self._set(deformation=value)

    def getDeformation(self) -> float:
        return self.getOrDefault(self.deformation)

    def setCopyCols(self, value: Sequence[str]) -> Self:
        return self._set(copyCols=value)

    def getCopyCols(self) -> list[str]:
        return self.getOrDefault(self.copyCols)

    def setLineageCol(self, value: str) -> Self:
        return self._set(lineageCol=value)

    def getLineageCol(self) -> str:
        return self.getOrDefault(self.lineageCol)

    def setIdCol(self, value: str) -> Self:
        return self._set(idCol=value)

    def getIdCol(self) -> str:
        return self.getOrDefault(self.idCol)

    def setHandleSmallClass(self, value: str) -> Self:
        return self._set(handleSmallClass=value)

    def getHandleSmallClass(self) -> str:
        return self.getOrDefault(self.handleSmallClass)


class SMOTEParams(TypedDict, total=False):
    """Params of `SMOTE`, which the samplers built on it take as well."""

    featuresCol: str | None
    inputCols: Sequence[str] | None
    labelCol: str | None
    k: int | None
    samplingStrategy: str | float | Mapping[Any, TargetSize] | None
    maxPerRow: float | None
    distanceScaling: str | None
    metric: str | None
    p: float | None
    interpolation: str | None
    truncation: float | None
    deformation: float | None
    copyCols: Sequence[str] | None
    syntheticCol: str | None
    lineageCol: str | None
    idCol: str | None
    outputMode: str | None
    handleSmallClass: str | None
    replication: float | None
    bucketSize: int | None
    seed: int | None
