"""ADASYN: more new rows where the class is harder to tell."""

from __future__ import annotations

from typing import Self, Unpack

from spark_smote.base import Sampler
from spark_smote.core.weights import DifficultyWeighting
from spark_smote.engine.planning.bases import Bases, WeightedBases
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param.over_sampling import HasHandleNoBases, NoBasesParams

__all__ = ["ADASYN"]


class ADASYN(SMOTE, HasHandleNoBases):
    """Over-sample minority classes more where other classes surround their rows.

    A row makes new rows in proportion to the number of other-class rows among its k nearest rows
    of any class; the counts are exact by largest remainder. New rows lie on the segment to one of
    the k nearest rows of the same class. Distances to rows of other classes are scaled by the
    values of all rows. If a class has more than 1,048,576 rows, about that many may make new ones.

    Parameters
    ----------
    handleNoBases : {"error", "skip", "uniform"}, default "error"
        What to do with a class of which no row has another class near: "skip" leaves it as
        it is, with a warning; "uniform" lets all of its rows make new ones, as in `SMOTE`.
    **params
        Those of `SMOTE`.

    Raises
    ------
    ResamplingError
        If no row of a class has a row of another class among its k nearest, by default.

    References
    ----------
    He, Bai, Garcia, Li: "ADASYN: adaptive synthetic sampling approach for imbalanced learning",
    IJCNN 2008.

    Examples
    --------
    >>> from spark_smote import ADASYN
    >>> rows = [(float(i % 20), float(i % 7), int(i < 12)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> balanced = ADASYN(inputCols=["x", "y"]).transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=28), Row(label=1, count=28)]
    """

    def __init__(self, **params: Unpack[NoBasesParams]) -> None:
        Sampler.__init__(self, **params)

    def setParams(self, **params: Unpack[NoBasesParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _bases(self) -> Bases:
        return WeightedBases(DifficultyWeighting(self.getK()), self.getHandleNoBases())
