"""Safe-Level-SMOTE: new rows nearer to the ends that are among their own."""

from __future__ import annotations

from typing import Self, Unpack

from spark_smote.base import Sampler
from spark_smote.core.weights import SafeLevelWeighting
from spark_smote.engine.planning.bases import Bases, WeightedBases
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param.over_sampling import HasHandleNoBases, NoBasesParams

__all__ = ["SafeLevelSMOTE"]


class SafeLevelSMOTE(SMOTE, HasHandleNoBases):
    """Over-sample minority classes with rows nearer to the safer end of each segment.

    The safe level of a row counts its own class among its k nearest rows of any class. Rows of
    level 0 make no new rows; each other row makes as many as any other, give or take one, on the
    segment to one of its k nearest rows of the same class:

    - both ends equally safe: anywhere on the segment;
    - base safer: in the part at the base, as long as neighbor level / base level;
    - neighbor safer: in the part at the neighbor, as long as base level / neighbor level;
    - neighbor of level 0: at the base.

    Distances to rows of other classes are scaled by the values of all rows. A class may have up
    to 1,048,576 rows.

    Parameters
    ----------
    handleNoBases : {"error", "skip", "uniform"}, default "error"
        What to do with a class of which no row is of a safe level above 0: "skip" leaves it as
        it is, with a warning; "uniform" lets all of its rows make new ones, as in `SMOTE`.
    **params
        Those of `SMOTE`; `interpolation` is "segment".

    Raises
    ------
    ResamplingError
        If no row of a class has one of its own among its k nearest, by default.

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

    def __init__(self, **params: Unpack[NoBasesParams]) -> None:
        Sampler.__init__(self, **params)

    def setParams(self, **params: Unpack[NoBasesParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _bases(self) -> Bases:
        return WeightedBases(SafeLevelWeighting(self.getK()), self.getHandleNoBases())
