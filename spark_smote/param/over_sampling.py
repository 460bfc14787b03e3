"""Params of single over-sampling methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from pyspark.ml.param import Param, Params

from spark_smote.core.strategy.targets import TargetSize
from spark_smote.param import converters as to
from spark_smote.param.groups import GroupParams
from spark_smote.param.smote import SMOTEParams

__all__ = [
    "BorderlineParams",
    "HasCategories",
    "HasClusters",
    "HasDanger",
    "HasHandleNoBases",
    "HasProximity",
    "HasShrinkage",
    "KMeansParams",
    "NoBasesParams",
    "ProWSynParams",
    "RandomOverParams",
    "SMOTENCParams",
]


class HasHandleNoBases(Params):
    """What the samplers do that choose bases, for a class of which they find none."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"handleNoBases": "error"}

    handleNoBases: Param[str] = Param(
        Params._dummy(),
        "handleNoBases",
        "what to do with a class of which no row may make new ones: 'error', 'skip' (leave it as "
        "it is) or 'uniform' (all its rows make them, as in SMOTE).",
        typeConverter=to.one_of("error", "skip", "uniform"),
    )

    def setHandleNoBases(self, value: str) -> Self:
        return self._set(handleNoBases=value)

    def getHandleNoBases(self) -> str:
        return self.getOrDefault(self.handleNoBases)


class NoBasesParams(SMOTEParams, total=False):
    """Keywords of `ADASYN` and `SafeLevelSMOTE`."""

    handleNoBases: str | None


class HasDanger(Params):
    """Params of `BorderlineSMOTE`."""

    m: Param[int] = Param(
        Params._dummy(),
        "m",
        "nearest rows of any class that decide on the danger of a row (>= 1).",
        typeConverter=to.neighbors,
    )
    kind: Param[str] = Param(
        Params._dummy(),
        "kind",
        "neighbors to make rows with: 'borderline-1' (of the same class) or 'borderline-2' (of "
        "any, in the nearer half of the way).",
        typeConverter=to.one_of("borderline-1", "borderline-2"),
    )

    def setM(self, value: int) -> Self:
        return self._set(m=value)

    def getM(self) -> int:
        return self.getOrDefault(self.m)

    def setKind(self, value: str) -> Self:
        return self._set(kind=value)

    def getKind(self) -> str:
        return self.getOrDefault(self.kind)


class BorderlineParams(NoBasesParams, total=False):
    """Keywords of `BorderlineSMOTE`."""

    m: int | None
    kind: str | None


class HasProximity(Params):
    """Params of `ProWSyn`."""

    levelK: Param[int] = Param(
        Params._dummy(),
        "levelK",
        "rows of the class that each row of another class marks as near (>= 1).",
        typeConverter=to.neighbors,
    )
    levels: Param[int] = Param(
        Params._dummy(), "levels", "levels of proximity in all (>= 1).", typeConverter=to.neighbors
    )
    theta: Param[float] = Param(
        Params._dummy(),
        "theta",
        "how fast the share of new rows falls from level to level (>= 0.0).",
        typeConverter=to.number(0.0),
    )

    def setLevelK(self, value: int) -> Self:
        return self._set(levelK=value)

    def getLevelK(self) -> int:
        return self.getOrDefault(self.levelK)

    def setLevels(self, value: int) -> Self:
        return self._set(levels=value)

    def getLevels(self) -> int:
        return self.getOrDefault(self.levels)

    def setTheta(self, value: float) -> Self:
        return self._set(theta=value)

    def getTheta(self) -> float:
        return self.getOrDefault(self.theta)


class ProWSynParams(SMOTEParams, total=False):
    """Keywords of `ProWSyn`."""

    levelK: int | None
    levels: int | None
    theta: float | None


class HasClusters(Params):
    """Params of `KMeansSMOTE`."""

    clusters: Param[int] = Param(
        Params._dummy(),
        "clusters",
        "clusters of the rows of all classes (>= 1).",
        typeConverter=to.clusters,
    )
    clusterBalanceThreshold: Param[str | float] = Param(
        Params._dummy(),
        "clusterBalanceThreshold",
        "least share of a cluster that is of the class for it to make rows there: from 0.0 to "
        "1.0, or 'auto' for half of its share in all rows to make.",
        typeConverter=to.auto_or(to.number(0.0, 1.0)),
    )
    densityExponent: Param[str | float] = Param(
        Params._dummy(),
        "densityExponent",
        "power of the mean distance in a cluster that counts for the rows made there (>= 0.0), "
        "or 'auto' for one that grows with the rows.",
        typeConverter=to.auto_or(to.number(0.0)),
    )

    def setClusters(self, value: int) -> Self:
        return self._set(clusters=value)

    def getClusters(self) -> int:
        return self.getOrDefault(self.clusters)

    def setClusterBalanceThreshold(self, value: str | float) -> Self:
        return self._set(clusterBalanceThreshold=value)

    def getClusterBalanceThreshold(self) -> str | float:
        return self.getOrDefault(self.clusterBalanceThreshold)

    def setDensityExponent(self, value: str | float) -> Self:
        return self._set(densityExponent=value)

    def getDensityExponent(self) -> str | float:
        return self.getOrDefault(self.densityExponent)


class KMeansParams(NoBasesParams, total=False):
    """Keywords of `KMeansSMOTE`."""

    clusters: int | None
    clusterBalanceThreshold: str | float | None
    densityExponent: str | float | None


class HasCategories(Params):
    """Params of `SMOTENC` and `SMOTEN`."""

    categoricalCols: Param[list[str]] = Param(
        Params._dummy(),
        "categoricalCols",
        "columns of categories: string, boolean, integer, float, double or date.",
        typeConverter=to.some_columns,
    )
    categoricalSlots: Param[list[int]] = Param(
        Params._dummy(),
        "categoricalSlots",
        "slots of featuresCol that hold categories, from 0. Unset: those that an ML vector's "
        "metadata call nominal.",
        typeConverter=to.slots,
    )

    def setCategoricalCols(self, value: Sequence[str]) -> Self:
        return self._set(categoricalCols=value)

    def getCategoricalCols(self) -> list[str]:
        return self.getOrDefault(self.categoricalCols)

    def setCategoricalSlots(self, value: Sequence[int]) -> Self:
        return self._set(categoricalSlots=value)

    def getCategoricalSlots(self) -> list[int]:
        return self.getOrDefault(self.categoricalSlots)


class SMOTENCParams(SMOTEParams, total=False):
    """Keywords of `SMOTENC` and `SMOTEN`."""

    categoricalCols: Sequence[str] | None
    categoricalSlots: Sequence[int] | None


class HasShrinkage(Params):
    """Params of `RandomOverSampler`."""

    shrinkage: Param[float | dict[str, float]] = Param(
        Params._dummy(),
        "shrinkage",
        "width of the noise that repeated rows get in their features (>= 0.0), or {label: width}. "
        "Unset: none.",
        typeConverter=to.shrinkage,
    )

    def setShrinkage(self, value: float | Mapping[Any, float]) -> Self:
        return self._set(shrinkage=value)

    def getShrinkage(self) -> float | dict[str, float]:
        return self.getOrDefault(self.shrinkage)


class RandomOverParams(GroupParams, total=False):
    """Keywords of `RandomOverSampler`."""

    labelCol: str | None
    samplingStrategy: str | float | Mapping[Any, TargetSize] | None
    maxPerRow: float | None
    maxRows: int | None
    shrinkage: float | Mapping[Any, float] | None
    featuresCol: str | None
    inputCols: Sequence[str] | None
    syntheticCol: str | None
    outputMode: str | None
    seed: int | None
