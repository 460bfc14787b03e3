"""ADASYN: more new rows where the class is harder to tell."""

from __future__ import annotations

from spark_smote.core.weights import DifficultyWeighting
from spark_smote.engine.planning.bases import Bases, WeightedBases
from spark_smote.over_sampling.smote import SMOTE

__all__ = ["ADASYN"]


class ADASYN(SMOTE):
    """Raise minority classes with more rows from those that other classes surround.

    A row makes new ones in proportion to the share of other classes among its k nearest rows
    of any class; the counts are made exact by largest remainder. New rows lie on the way to one of
    the k nearest of the same class. Distances to rows of other classes are scaled by the values
    of all rows. Of a class of more than 1,048,576 rows, about that many may make new ones.

    Parameters
    ----------
    **params
        Those of `SMOTE`.

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params, or a class that has no row of another near to
        any of its own; before any row is made.

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

    def _bases(self) -> Bases:
        return WeightedBases(DifficultyWeighting(self.getK()))
