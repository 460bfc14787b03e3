"""SMOTEN: synthetic rows where all features are categories."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from pyspark.sql.types import StructType

from spark_smote.engine.table.features import Features
from spark_smote.exceptions import ResamplingError
from spark_smote.over_sampling.smotenc import SMOTENC

__all__ = ["SMOTEN"]

FOR_NUMBERS = (
    "featuresCol", "categoricalSlots", "distanceScaling", "metric", "p",
    "interpolation", "truncation", "deformation", "lineageCol", "idCol",
)  # fmt: skip
"""Params that mean something only where some features are numbers."""


class SMOTEN(SMOTENC):
    """Over-sample minority classes whose features are all categories.

    Two values are near if the classes of the rows that hold them are alike, in the whole table:
    this is the value difference metric, whose squares add up over the columns. In each column, a
    new row gets the most frequent value among its base and the base's k neighbors; of several,
    the first in the order of the values (NaN and null are last). So a base makes the same row each
    time, and only values that exist are made. The search in one bucket is exact; for two classes it
    is as fast as that of `SMOTE`.

    Parameters
    ----------
    categoricalCols : list of str
        Columns of categories: string, boolean, integer, float, double or date; null and NaN are
        categories as well. All together may hold up to 16,384 distinct values.
    inputCols : list of str, optional
        All of `categoricalCols`, or some: there are no features beside these.
    **params
        Those of `SMOTE`, but for what numbers need: `featuresCol`, `categoricalSlots`,
        `distanceScaling`, `metric`, `p`, `interpolation`, `truncation`, `deformation`,
        `lineageCol` and `idCol` are refused, and `groupCols`.

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: "SMOTE: synthetic minority over-sampling technique",
    JAIR 16, 2002, section 6.2 (SMOTE-N).

    Examples
    --------
    >>> from spark_smote import SMOTEN
    >>> rows = [("even" if i % 2 else "odd", i % 5, int(i < 8)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "parity string, digit int, label int")
    >>> balanced = SMOTEN(categoricalCols=["parity", "digit"], k=3).transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=32), Row(label=1, count=32)]
    """

    resamples_groups: ClassVar[bool] = False

    def _features(self, schema: StructType, categorical: Collection[str] = ()) -> Features:
        """Refuse Params that are about numbers, as there are none."""
        numbers = set(self._value("inputCols") or ()) - set(categorical)
        for name in (*FOR_NUMBERS, *(["inputCols"] if numbers else [])):
            if self.isSet(name):
                raise ResamplingError(
                    f"{name}={self._value(name)!r} is for numbers, but SMOTEN has categories "
                    "only: clear it, or use SMOTENC for numbers beside the categories."
                )
        if not categorical:
            raise ResamplingError(
                "SMOTEN found no categories: name their columns in categoricalCols, or use SMOTE "
                "where all features are numbers."
            )
        if self.getLabelCol() in categorical:
            raise ResamplingError(
                f"Column {self.getLabelCol()!r} is the label and a feature; leave it out of one."
            )
        return Features((), (), (), ())
