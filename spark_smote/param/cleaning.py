"""Params of the samplers that remove misleading rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, TypedDict

from pyspark.ml.param import Param, Params

from spark_smote.core.cleaning import KINDS
from spark_smote.param import converters as to

__all__ = ["CleaningParams", "HasKindSel"]


class CleaningParams(TypedDict, total=False):
    """Params of every cleaner."""

    featuresCol: str | None
    inputCols: Sequence[str] | None
    labelCol: str | None
    samplingStrategy: str | Sequence[Any] | None
    distanceScaling: str | None
    metric: str | None
    p: float | None
    replication: float | None
    bucketSize: int | None
    seed: int | None


class HasKindSel(Params):
    """The Param that says which neighbors speak for a row."""

    kindSel: Param[str] = Param(
        Params._dummy(),
        "kindSel",
        "whether a row stays where 'all' of its neighbors are of its class, or most ('mode').",
        typeConverter=to.one_of(*KINDS),
    )

    def setKindSel(self, value: str) -> Self:
        """Set how many neighbors must be of a row's class."""
        return self._set(kindSel=value)

    def getKindSel(self) -> str:
        """Give how many neighbors must be of a row's class."""
        return self.getOrDefault(self.kindSel)
