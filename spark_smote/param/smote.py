"""Params of the samplers; their texts are what `explainParams` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypedDict

from pyspark.ml.param import Param, Params

from spark_smote.core.strategy.targets import Amount
from spark_smote.core.synthesis.drawings import DRAWINGS
from spark_smote.param import converters as to

__all__ = ["DrawParams", "SMOTEParams"]


class DrawParams(Params):
    """Params of the samplers that draw new rows between others."""

    drawing: Param[str] = Param(
        Params._dummy(),
        "drawing",
        "where a new row lies: 'segment' (to one neighbour), 'simplex' (among the row and its k "
        "neighbours), 'centre' (towards their mean), 'ball' (around the row, as far as one) or "
        "'star' (towards the mean of the class, no search).",
        typeConverter=to.one_of(*DRAWINGS),
    )
    truncation: Param[float] = Param(
        Params._dummy(),
        "truncation",
        "for drawing='ball', which part of it: the half towards the neighbour (1.0), all (0.0), "
        "the half away from it (-1.0), or between these.",
        typeConverter=to.number(-1.0, 1.0),
    )
    deformation: Param[float] = Param(
        Params._dummy(),
        "deformation",
        "for drawing='ball', how flat it is: from round (0.0) to the axis to the neighbour (1.0).",
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
        "name of a column to add, struct<base, neighbour, gap> of ids from idCol, null for "
        "originals.",
        typeConverter=to.column,
    )
    idCol: Param[str] = Param(
        Params._dummy(),
        "idCol",
        "column that names a row in lineageCol.",
        typeConverter=to.column,
    )
    smallClass: Param[str] = Param(
        Params._dummy(),
        "smallClass",
        "what to do with a class of fewer than k + 1 rows: 'error', 'lowerK', 'duplicate' or "
        "'skip'.",
        typeConverter=to.one_of("error", "lowerK", "duplicate", "skip"),
    )

    def setDrawing(self, value: str) -> Self:
        return self._set(drawing=value)

    def getDrawing(self) -> str:
        return self.getOrDefault(self.drawing)

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

    def setSmallClass(self, value: str) -> Self:
        return self._set(smallClass=value)

    def getSmallClass(self) -> str:
        return self.getOrDefault(self.smallClass)


class SMOTEParams(TypedDict, total=False):
    """Params of `SMOTE`, which the samplers built on it take as well."""

    featuresCol: str | None
    inputCols: Sequence[str] | None
    labelCol: str | None
    k: int | None
    samplingStrategy: str | float | Mapping[Any, Amount] | None
    mostPerRow: float | None
    distanceScaling: str | None
    metric: str | None
    p: float | None
    drawing: str | None
    truncation: float | None
    deformation: float | None
    copyCols: Sequence[str] | None
    syntheticCol: str | None
    lineageCol: str | None
    idCol: str | None
    outputMode: str | None
    smallClass: str | None
    replication: float | None
    bucketSize: int | None
    seed: int | None
