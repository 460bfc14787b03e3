"""Borderline-SMOTE: new rows where the classes meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, Unpack

from spark_smote.base import Sampler
from spark_smote.core.weights import AllClassDangerWeighting, DangerWeighting
from spark_smote.engine.planning.bases import Bases, WeightedBases
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param.over_sampling import BorderlineParams, HasDanger, HasHandleNoBases

__all__ = ["BorderlineSMOTE"]


class BorderlineSMOTE(SMOTE, HasDanger, HasHandleNoBases):
    """Over-sample minority classes from the rows in danger of being misclassified.

    A row is in danger if at least half, but not all, of its m nearest rows are of other classes.
    Each row in danger makes as many new rows as any other, give or take one. Distances to rows of
    other classes are scaled by the values of all rows. If a class has more than 1,048,576 rows,
    about that many may make new ones.

    Parameters
    ----------
    m : int, default 10
        Nearest rows of any class that decide on the danger, at least 1.
    kind : {"borderline-1", "borderline-2"}, default "borderline-1"
        Whether new rows lie on the segment to one of the k nearest rows of the same class, or to
        one of any class; then in its nearer half if that is another class.
    handleNoBases : {"error", "skip", "uniform"}, default "error"
        What to do with a class of which no row is in danger: "skip" leaves it as
        it is, with a warning; "uniform" lets all of its rows make new ones, as in `SMOTE`.
    **params
        Those of `SMOTE`.

    Raises
    ------
    ResamplingError
        If a class has no row in danger, by default.

    References
    ----------
    Han, Wang, Mao: "Borderline-SMOTE: a new over-sampling method in imbalanced data sets
    learning", ICIC 2005; kind 2 as imbalanced-learn draws it.

    Examples
    --------
    >>> from spark_smote import BorderlineSMOTE
    >>> rows = [(float(i % 20), float(i % 7), int(i < 12)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> balanced = BorderlineSMOTE(inputCols=["x", "y"], m=4).transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=28), Row(label=1, count=28)]
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"m": 10, "kind": "borderline-1"}

    def __init__(self, **params: Unpack[BorderlineParams]) -> None:
        Sampler.__init__(self, **params)

    def setParams(self, **params: Unpack[BorderlineParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _bases(self) -> Bases:
        second = self.getKind() == "borderline-2"
        weighting = AllClassDangerWeighting if second else DangerWeighting
        return WeightedBases(weighting(self.getM()), self.getHandleNoBases())
