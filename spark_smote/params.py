"""Params of the samplers; their texts are what `explainParams` prints."""

# ruff: noqa: D102 - the name of a setter or getter says all

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pyspark.ml.param import Param, Params

from spark_smote import converters as to
from spark_smote.amounts import Amount
from spark_smote.interpolation import DRAWINGS
from spark_smote.metrics import METRICS
from spark_smote.scaling import SCALINGS
from spark_smote.strategy import STRATEGIES

__all__ = ["DrawParams", "FeatureParams", "OverParams", "SamplerParams", "SearchParams"]


class SamplerParams(Params):
    """Params of every sampler."""

    labelCol: Param[str] = Param(
        Params._dummy(),
        "labelCol",
        "class of a row: string, boolean, integer, float or double.",
        typeConverter=to.column,
    )
    samplingStrategy: Param[Any] = Param(
        Params._dummy(),
        "samplingStrategy",
        "which classes to raise, and to how many rows: 'auto' = 'not majority', 'minority', "
        "'not minority', 'all'; a ratio minority/majority in (0, 1], two classes only; or "
        "{label: final rows}, in rows, as '2.5x' the class or as '50%' of the largest.",
        typeConverter=to.strategy(*STRATEGIES),
    )
    seed: Param[int] = Param(
        Params._dummy(), "seed", "random seed, a 64-bit integer.", typeConverter=to.seed
    )

    def setLabelCol(self, value: str) -> Self:
        return self._set(labelCol=value)

    def getLabelCol(self) -> str:
        return self.getOrDefault(self.labelCol)

    def setSamplingStrategy(
        self, value: str | float | Mapping[Any, Amount] | Sequence[Any]
    ) -> Self:
        return self._set(samplingStrategy=value)

    def getSamplingStrategy(self) -> Any:
        return self.getOrDefault(self.samplingStrategy)

    def setSeed(self, value: int) -> Self:
        return self._set(seed=value)

    def getSeed(self) -> int:
        return self.getOrDefault(self.seed)


class OverParams(Params):
    """Params of the samplers that add rows."""

    syntheticCol: Param[str] = Param(
        Params._dummy(),
        "syntheticCol",
        "name of a boolean column to add, true for synthetic rows.",
        typeConverter=to.column,
    )
    outputMode: Param[str] = Param(
        Params._dummy(),
        "outputMode",
        "'all' (originals and synthetic rows) or 'synthetic' (only these).",
        typeConverter=to.one_of("all", "synthetic"),
    )

    mostPerRow: Param[float] = Param(
        Params._dummy(),
        "mostPerRow",
        "synthetic rows that a class gets at most for each of its rows (>= 0.0), with a warning "
        "where that lowers its target. Unset: any number.",
        typeConverter=to.number(0.0),
    )

    def setSyntheticCol(self, value: str) -> Self:
        return self._set(syntheticCol=value)

    def getSyntheticCol(self) -> str:
        return self.getOrDefault(self.syntheticCol)

    def setOutputMode(self, value: str) -> Self:
        return self._set(outputMode=value)

    def getOutputMode(self) -> str:
        return self.getOrDefault(self.outputMode)

    def setMostPerRow(self, value: float) -> Self:
        return self._set(mostPerRow=value)

    def getMostPerRow(self) -> float:
        return self.getOrDefault(self.mostPerRow)


class FeatureParams(Params):
    """Params of the samplers that look at features."""

    featuresCol: Param[str] = Param(
        Params._dummy(),
        "featuresCol",
        "features in one column: an ML vector, or an array of float or double.",
        typeConverter=to.column,
    )
    inputCols: Param[list[str]] = Param(
        Params._dummy(),
        "inputCols",
        "instead of featuresCol: plain numeric columns (integers, float, double, decimal).",
        typeConverter=to.some_columns,
    )

    def setFeaturesCol(self, value: str) -> Self:
        return self._set(featuresCol=value)

    def getFeaturesCol(self) -> str:
        return self.getOrDefault(self.featuresCol)

    def setInputCols(self, value: Sequence[str]) -> Self:
        return self._set(inputCols=value)

    def getInputCols(self) -> list[str]:
        return self.getOrDefault(self.inputCols)

    def _inputs(self) -> list[str] | None:
        """Give the plain columns that are features, if any, where no other column is named, too."""
        if not self.isSet("inputCols"):
            return None
        if self.isSet("featuresCol"):
            raise ValueError(
                f"featuresCol={self.getFeaturesCol()!r} and inputCols={self.getInputCols()} are "
                "both set; features come from one or the other: clear one."
            )
        return self.getInputCols()


class SearchParams(FeatureParams):
    """Params of the samplers that search for neighbours."""

    k: Param[int] = Param(
        Params._dummy(),
        "k",
        "nearest neighbours that count (>= 1).",
        typeConverter=to.neighbours,
    )
    distanceScaling: Param[str] = Param(
        Params._dummy(),
        "distanceScaling",
        "scaling of features for the distance: 'standard', 'minmax' or 'none'.",
        typeConverter=to.one_of(*SCALINGS),
    )
    metric: Param[str] = Param(
        Params._dummy(),
        "metric",
        "distance of scaled features: 'euclidean', 'cosine' (of their angle, not centred), "
        "'manhattan' or 'minkowski' (of exponent p).",
        typeConverter=to.one_of(*METRICS),
    )
    p: Param[float] = Param(
        Params._dummy(),
        "p",
        "for metric='minkowski', the exponent: from 1.0, 'manhattan', by 2.0, 'euclidean', to "
        "64.0, where nearly the largest difference alone counts.",
        typeConverter=to.number(1.0, 64.0),
    )
    replication: Param[float] = Param(
        Params._dummy(),
        "replication",
        "buckets that a row of a hashed class is sent to on average (>= 1.0): more find more of "
        "the true neighbours. Unset: as many as a sample says that they need, up to 3.",
        typeConverter=to.number(1.0),
    )
    bucketSize: Param[int] = Param(
        Params._dummy(),
        "bucketSize",
        "rows wanted in a bucket (>= 16); a class of no more is searched exactly. Unset: from "
        "the number of features.",
        typeConverter=to.bucket_size,
    )

    def setK(self, value: int) -> Self:
        return self._set(k=value)

    def getK(self) -> int:
        return self.getOrDefault(self.k)

    def setDistanceScaling(self, value: str) -> Self:
        return self._set(distanceScaling=value)

    def getDistanceScaling(self) -> str:
        return self.getOrDefault(self.distanceScaling)

    def setReplication(self, value: float) -> Self:
        return self._set(replication=value)

    def getReplication(self) -> float:
        return self.getOrDefault(self.replication)

    def setBucketSize(self, value: int) -> Self:
        return self._set(bucketSize=value)

    def getBucketSize(self) -> int:
        return self.getOrDefault(self.bucketSize)

    def setMetric(self, value: str) -> Self:
        return self._set(metric=value)

    def getMetric(self) -> str:
        return self.getOrDefault(self.metric)

    def setP(self, value: float) -> Self:
        return self._set(p=value)

    def getP(self) -> float:
        return self.getOrDefault(self.p)


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
