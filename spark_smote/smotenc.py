"""SMOTENC: synthetic rows where some features are categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, Unpack

from pyspark.ml.param import Param, Params
from pyspark.sql.types import StructField, StructType

from spark_smote import converters as to
from spark_smote.category_columns import check_categorical
from spark_smote.columns import field_of
from spark_smote.smote import SMOTE, SMOTEParams

__all__ = ["SMOTENC"]


class SMOTENC(SMOTE):
    """Raise minority classes whose rows hold both numbers and categories.

    Numbers are interpolated as `SMOTE` does. A category is the most frequent one among the k
    neighbours of the base, ties drawn at random, so that only values that exist are made. Two
    rows are farther apart by med² for each category in which they differ (added to the squared
    distance), where med is the median of the features' standard deviations in the class, after
    `distanceScaling`.

    Parameters
    ----------
    categoricalCols : list of str
        Columns of categories: string, boolean, integer or date; null is a category as well. They
        may stand in `inputCols`, too. All together may hold up to 16,384 distinct values.
    **params
        Those of `SMOTE`; `featuresCol` or `inputCols` name the numbers.

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params; before any row is made.

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: "SMOTE: synthetic minority over-sampling technique",
    JAIR 16, 2002, section 6.1.

    Examples
    --------
    >>> from spark_smote import SMOTENC
    >>> rows = [(float(i), "even" if i % 2 else "odd", int(i < 8)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, parity string, label int")
    >>> balanced = SMOTENC(inputCols=["x"], categoricalCols=["parity"], k=3).transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=32), Row(label=1, count=32)]
    """

    categoricalCols: Param[list[str]] = Param(
        Params._dummy(),
        "categoricalCols",
        "columns of categories: string, boolean, integer or date.",
        typeConverter=to.some_columns,
    )

    def __init__(
        self, *, categoricalCols: Sequence[str] | None = None, **params: Unpack[SMOTEParams]
    ) -> None:
        super().__init__(**params)
        self._set(categoricalCols=categoricalCols)

    def setParams(
        self, *, categoricalCols: Sequence[str] | None = None, **params: Unpack[SMOTEParams]
    ) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(categoricalCols=categoricalCols, **params)

    def setCategoricalCols(self, value: Sequence[str]) -> Self:
        """Name the columns of categories."""
        return self._set(categoricalCols=value)

    def getCategoricalCols(self) -> list[str]:
        """Give the names of the columns of categories."""
        return self.getOrDefault(self.categoricalCols)

    def _categorical(self, schema: StructType) -> tuple[StructField, ...]:
        if not self.isSet("categoricalCols"):
            raise ValueError(
                f"categoricalCols is not set; {type(self).__name__} needs one column of categories "
                "at least: name them, or use SMOTE where all features are numbers."
            )
        named = [field_of(schema, name, "categoricalCols") for name in self.getCategoricalCols()]
        return tuple(check_categorical(field) for field in named)
