"""Params of SMOTE, and of the samplers built on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pyspark.ml.param import Param, Params

from spark_smote.core.strategy.targets import TargetSize
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.interpolation import Center, Interpolation, Segment, Simplex
from spark_smote.core.synthesis.star import Star
from spark_smote.exceptions import ResamplingError
from spark_smote.param import converters as to
from spark_smote.param.groups import GroupParams

__all__ = ["HasInterpolation", "SMOTEParams"]


INTERPOLATIONS: dict[str, type[Interpolation]] = {
    "segment": Segment,
    "simplex": Simplex,
    "center": Center,
    "ball": Ball,
    "star": Star,
}


class HasInterpolation(Params):
    """Params of the samplers that interpolate new rows."""

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

    def _interpolation(self) -> Interpolation:
        """Build what `interpolation` and the Params of the ball describe."""
        name = self.getInterpolation()
        if name == "ball":
            return Ball(self.getTruncation(), self.getDeformation())
        return INTERPOLATIONS[name]()

    def _check_interpolation(self, needs_segment: bool, has_categories: bool, metric: str) -> None:
        """Refuse an interpolation that does not fit the other Params.

        Parameters
        ----------
        needs_segment : bool
            Whether the two ends of a segment decide on the gap between them.
        has_categories : bool
            Whether some features are categories.
        metric : str
        """
        name, interpolation = self.getInterpolation(), self._interpolation()
        lineage = self.getOrDefault("lineageCol") if self.isDefined("lineageCol") else None
        if lineage and not interpolation.has_gap:
            raise ResamplingError(
                f"lineageCol={lineage!r} tells a place on the way to one neighbor, but "
                f"interpolation={name!r} has none: clear lineageCol, or set interpolation to "
                "'segment'."
            )
        if needs_segment and not interpolation.has_gap:
            raise ResamplingError(
                f"interpolation={name!r} is not allowed if the two ends of a segment decide on "
                "the way between them, as with Safe-Level-SMOTE and kind 2 of Borderline-SMOTE: "
                "set interpolation to 'segment'."
            )
        if has_categories and not interpolation.searches:
            raise ResamplingError(
                f"interpolation={name!r} searches no neighbors, so none vote on categories: set "
                "interpolation to 'segment', or copy the categories by copyCols of SMOTE."
            )
        if metric == "cosine" and (has_categories or interpolation.needs_length):
            what = "categories differ by" if has_categories else f"interpolation={name!r} needs"
            raise ResamplingError(
                f"metric='cosine' measures angles, but {what} a length: set metric to "
                "'euclidean', 'manhattan' or 'minkowski'."
            )


class SMOTEParams(GroupParams, total=False):
    """Keywords of `SMOTE`, which the samplers built on it take as well."""

    featuresCol: str | None
    inputCols: Sequence[str] | None
    labelCol: str | None
    k: int | None
    samplingStrategy: str | float | Mapping[Any, TargetSize] | None
    maxPerRow: float | None
    maxRows: int | None
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
    neighborRecall: float | None
    replication: float | None
    bucketSize: int | None
    seed: int | None
