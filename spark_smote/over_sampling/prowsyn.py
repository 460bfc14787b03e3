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
    """Raise minority classes with more rows from those that are nearer to other classes.

    The levelK rows of the class that are nearest to any row of another class are of level 1; of
    those left, the levelK nearest are of level 2, and so on; the rest is of the last level. A row
    makes new ones in proportion to exp(−theta · (level − 1)), exact by largest remainder, on the
    way to one of its k nearest of the same class, where the paper takes any of the same cluster.
    A Spark job a level finds them; in a hashed table, a row is nearest among those in its bucket.
    A class may have up to 1,048,576 rows.

    Parameters
    ----------
    levelK : int, default 5
        Rows of the class that each row of another class marks, at least 1.
    levels : int, default 5
        Levels in all, at least 1.
    theta : float, default 1.0
        How fast the share falls from level to level, at least 0, where all make as many.
    **params
        Those of `SMOTE`.

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params; before any row is made.

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
