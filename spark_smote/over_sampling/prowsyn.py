"""ProWSyn: more new rows the nearer their base is to other classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, Unpack

from spark_smote.base import Sampler
from spark_smote.core.weights import ProximityWeighting
from spark_smote.engine.planning.bases import Bases, WeightedBases
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param.over_sampling import HasProximity, ProWSynParams

__all__ = ["ProWSyn"]


class ProWSyn(SMOTE, HasProximity):
    """Over-sample minority classes more the nearer their rows are to other classes.

    The levelK rows of the class that are nearest to any row of another class are of level 1. Of
    those left, the levelK nearest are of level 2, and so on; the rest is of the last level. A row
    makes new rows in proportion to exp(−theta · (level − 1)), exact by largest remainder. They lie
    on the segment to one of its k nearest rows of the same class; in the paper, to any of the same
    cluster. Each level takes a Spark job; in a hashed table, a row is nearest among those in its
    bucket. A class may have up to 1,048,576 rows.

    Parameters
    ----------
    levelK : int, default 5
        Rows of the class that each row of another class marks, at least 1.
    levels : int, default 5
        Levels in all, at least 1.
    theta : float, default 1.0
        How fast the weight falls from level to level, at least 0; with 0, all rows weigh alike.
    **params
        Those of `SMOTE`.

    Raises
    ------
    ResamplingError
        If a class has more than 1,048,576 rows.

    References
    ----------
    Barua, Islam, Murase: "ProWSyn: proximity weighted synthetic oversampling technique for
    imbalanced data set learning", PAKDD 2013.

    Examples
    --------
    >>> from spark_smote import ProWSyn
    >>> rows = [(float(i % 20), float(i % 7), int(i < 12)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> balanced = ProWSyn(inputCols=["x", "y"]).transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=28), Row(label=1, count=28)]
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"levelK": 5, "levels": 5, "theta": 1.0}

    def __init__(self, **params: Unpack[ProWSynParams]) -> None:
        Sampler.__init__(self, **params)

    def setParams(self, **params: Unpack[ProWSynParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _bases(self) -> Bases:
        return WeightedBases(
            ProximityWeighting(self.getLevelK(), self.getLevels(), self.getTheta())
        )
