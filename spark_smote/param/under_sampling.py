"""Params of the samplers that remove rows, alone or after SMOTE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pyspark.ml.param import Param, Params

from spark_smote.core.cleaning import KINDS
from spark_smote.core.strategy.targets import TargetSize
from spark_smote.core.strategy.under_sampling import REDUCTIONS
from spark_smote.param import converters as to
from spark_smote.param.groups import GroupParams
from spark_smote.param.smote import SMOTEParams

__all__ = [
    "CleaningParams",
    "EditedParams",
    "HasCleaning",
    "HasCleaningK",
    "HasKindSel",
    "HasReduction",
    "HasRemovableClasses",
    "HasThresholdCleaning",
    "NeighbourhoodCleaningParams",
    "RandomUnderParams",
    "SMOTEENNParams",
    "SMOTETomekParams",
]


class HasReduction(Params):
    """The strategy of `RandomUnderSampler`."""

    samplingStrategy: Param[str | float | dict[str, TargetSize]] = Param(
        Params._dummy(),
        "samplingStrategy",
        "which classes to cut, and to how many rows: 'auto' = 'not minority', 'majority', "
        "'not majority', 'all'; a ratio minority/majority in (0, 1], two classes only; or "
        "{label: final rows}, in rows, as '0.5x' the class or as '50%' of the largest.",
        typeConverter=to.strategy(*REDUCTIONS),
    )


class RandomUnderParams(GroupParams, total=False):
    """Keywords of `RandomUnderSampler`."""

    featuresCol: str | None
    inputCols: Sequence[str] | None
    labelCol: str | None
    samplingStrategy: str | float | Mapping[Any, TargetSize] | None
    seed: int | None


class HasRemovableClasses(Params):
    """The strategy of the cleaning samplers."""

    samplingStrategy: Param[Any] = Param(
        Params._dummy(),
        "samplingStrategy",
        "classes that may lose rows: 'auto' = 'not minority', 'majority', 'not majority', 'all', "
        "or a list of labels.",
        typeConverter=to.classes(*REDUCTIONS),
    )


class CleaningParams(GroupParams, total=False):
    """Keywords of every cleaning sampler."""

    featuresCol: str | None
    inputCols: Sequence[str] | None
    labelCol: str | None
    samplingStrategy: str | Sequence[Any] | None
    distanceScaling: str | None
    metric: str | None
    p: float | None
    neighborRecall: float | None
    replication: float | None
    bucketSize: int | None
    seed: int | None


class HasKindSel(Params):
    """Params of `EditedNearestNeighbours` and `SMOTEENN`."""

    kindSel: Param[str] = Param(
        Params._dummy(),
        "kindSel",
        "whether a row stays if 'all' of its neighbors are of its class, or most ('mode').",
        typeConverter=to.one_of(*KINDS),
    )

    def setKindSel(self, value: str) -> Self:
        return self._set(kindSel=value)

    def getKindSel(self) -> str:
        return self.getOrDefault(self.kindSel)


class EditedParams(CleaningParams, total=False):
    """Keywords of `EditedNearestNeighbours`."""

    k: int | None
    kindSel: str | None


class HasThresholdCleaning(Params):
    """Params of `NeighbourhoodCleaningRule`."""

    thresholdCleaning: Param[float] = Param(
        Params._dummy(),
        "thresholdCleaning",
        "size of a class, as a multiple of the smallest, above which it loses rows that mislead "
        "rows of the smallest (>= 0.0).",
        typeConverter=to.number(0.0),
    )

    def setThresholdCleaning(self, value: float) -> Self:
        return self._set(thresholdCleaning=value)

    def getThresholdCleaning(self) -> float:
        return self.getOrDefault(self.thresholdCleaning)


class NeighbourhoodCleaningParams(CleaningParams, total=False):
    """Keywords of `NeighbourhoodCleaningRule`."""

    k: int | None
    thresholdCleaning: float | None


class HasCleaning(Params):
    """Params of the samplers that clean after SMOTE."""

    cleaningStrategy: Param[str | list[str]] = Param(
        Params._dummy(),
        "cleaningStrategy",
        "classes that may lose rows, their own and new ones: 'all', 'not minority', 'majority', "
        "'not majority' (by the rows after SMOTE), or a list of labels.",
        typeConverter=to.classes(*REDUCTIONS),
    )

    def setCleaningStrategy(self, value: str | Sequence[Any]) -> Self:
        return self._set(cleaningStrategy=value)

    def getCleaningStrategy(self) -> str | list[str]:
        return self.getOrDefault(self.cleaningStrategy)


class SMOTETomekParams(SMOTEParams, total=False):
    """Keywords of `SMOTETomek`."""

    cleaningStrategy: str | Sequence[Any] | None


class HasCleaningK(Params):
    """Params of `SMOTEENN`."""

    cleaningK: Param[int] = Param(
        Params._dummy(),
        "cleaningK",
        "nearest rows of any class that cleaning asks (>= 1).",
        typeConverter=to.neighbors,
    )

    def setCleaningK(self, value: int) -> Self:
        return self._set(cleaningK=value)

    def getCleaningK(self) -> int:
        return self.getOrDefault(self.cleaningK)


class SMOTEENNParams(SMOTETomekParams, total=False):
    """Keywords of `SMOTEENN`."""

    cleaningK: int | None
    kindSel: str | None
