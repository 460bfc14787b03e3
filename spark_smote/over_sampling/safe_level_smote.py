"""Safe-Level-SMOTE: new rows nearer to the ends that are among their own."""

from __future__ import annotations

from spark_smote.core.weights import SafeLevelWeighting
from spark_smote.engine.planning.bases import Bases, WeightedBases
from spark_smote.over_sampling.smote import SMOTE

__all__ = ["SafeLevelSMOTE"]


class SafeLevelSMOTE(SMOTE):
    """Raise minority classes with rows that lie nearer to the safer end of each segment.

    The safe level of a row is the number of its own class among its k nearest rows of any class.
    Rows of level 0 make none; each other as many as any other, give or take one, on the way to one
    of its k nearest of the same class: anywhere where both are as safe, in the part at the base
    or at the neighbor, as long as the ratio of their levels says, where one is safer, and at the
    base where the neighbor's level is 0. Distances to rows of other classes are scaled by the
    values of all rows. A class may have up to 1,048,576 rows.

    Parameters
    ----------
    **params
        Those of `SMOTE`; `drawing` is "segment".

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params, or a class whose rows are all among others;
        before any row is made.

    References
    ----------
    Bunkhumpornpat, Sinapiromsaran, Lursinsap: "Safe-Level-SMOTE: safe-level-synthetic minority
    over-sampling technique for handling the class imbalanced problem", PAKDD 2009.

    Examples
    --------
    >>> from spark_smote import SafeLevelSMOTE
    >>> rows = [(float(i % 20), float(i % 7), int(i < 12)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> balanced = SafeLevelSMOTE(inputCols=["x", "y"]).transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=28), Row(label=1, count=28)]
    """

    def _bases(self) -> Bases:
        return WeightedBases(SafeLevelWeighting(self.getK()))
