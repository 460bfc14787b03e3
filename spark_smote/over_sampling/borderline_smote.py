"""Borderline-SMOTE: new rows where the classes meet."""

from __future__ import annotations

from typing import Self, Unpack

from pyspark.ml.param import Param, Params

from spark_smote.core.weights import Weighing
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param import converters as to
from spark_smote.param.smote import SMOTEParams

__all__ = ["BorderlineSMOTE"]


class BorderlineSMOTE(SMOTE):
    """Raise minority classes with rows made from those in danger of being taken for another.

    A row is in danger where half of its m nearest rows or more, but not all, are of other
    classes. Each row in danger makes as many new ones as any other, give or take one; distances
    to rows of other classes are scaled by the values of all rows. Of a class of more than
    1,048,576 rows, about that many may make new ones.

    Parameters
    ----------
    m : int, default 10
        Nearest rows of any class that decide on the danger, at least 1.
    kind : {"borderline-1", "borderline-2"}, default "borderline-1"
        New rows lie on the way to one of the k nearest rows of the same class, or of any class,
        and then in the half of the way that is nearer to the base.
    **params
        Those of `SMOTE`.

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params, or a class without a row in danger; before any
        row is made.

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

    def __init__(
        self, *, m: int | None = None, kind: str | None = None, **params: Unpack[SMOTEParams]
    ) -> None:
        super().__init__(**params)
        self._setDefault(m=10, kind="borderline-1")
        self._set(m=m, kind=kind)

    def setParams(
        self, *, m: int | None = None, kind: str | None = None, **params: Unpack[SMOTEParams]
    ) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(m=m, kind=kind, **params)

    def setM(self, value: int) -> Self:
        """Set the neighbors that decide on the danger."""
        return self._set(m=value)

    def getM(self) -> int:
        """Give the neighbors that decide on the danger."""
        return self.getOrDefault(self.m)

    def setKind(self, value: str) -> Self:
        """Set whose neighbors rows are made with."""
        return self._set(kind=value)

    def getKind(self) -> str:
        """Give whose neighbors rows are made with."""
        return self.getOrDefault(self.kind)

    def _weighing(self) -> Weighing:
        return Weighing(self.getM(), "danger", foreign=self.getKind() == "borderline-2")
