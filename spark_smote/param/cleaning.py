"""Params of the samplers that remove misleading rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, TypedDict

from pyspark.ml.param import Param, Params

from spark_smote.core.cleaning import KINDS
from spark_smote.param import converters as to

__all__ = ["CleanerParams", "KindParams"]


class CleanerParams(TypedDict, total=False):
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


class KindParams(Params):
    """The Param that says which neighbours speak for a row."""

    kind: Param[str] = Param(
        Params._dummy(),
        "kind",
        "whether a row stays where 'all' of its neighbours are of its class, or most ('mode').",
        typeConverter=to.one_of(*KINDS),
    )

    def setKind(self, value: str) -> Self:
        """Set how many neighbours must be of a row's class."""
        return self._set(kind=value)

    def getKind(self) -> str:
        """Give how many neighbours must be of a row's class."""
        return self.getOrDefault(self.kind)
