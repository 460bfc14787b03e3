"""SMOTENC: synthetic rows where some features are categories."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self, Unpack

from pyspark.sql.types import StructField, StructType

from spark_smote.base import Sampler
from spark_smote.engine.table.categorical import check_categorical
from spark_smote.engine.table.features import Features
from spark_smote.engine.table.schema import field_of
from spark_smote.engine.table.vector_slots import nominal_slots
from spark_smote.exceptions import ResamplingError
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param.over_sampling import HasCategories, SMOTENCParams

__all__ = ["SMOTENC"]


class SMOTENC(SMOTE, HasCategories):
    """Over-sample minority classes whose features are both numbers and categories.

    Numbers are interpolated as by `SMOTE`. A category is the most frequent one among the k
    neighbors of the base, with ties drawn at random, so only values that exist are made. For each
    category in which two rows differ, med² is added to their squared distance, where med is the
    median of the features' standard deviations in the class, after `distanceScaling`.

    Parameters
    ----------
    categoricalCols : list of str, optional
        Columns of categories: string, boolean, integer, float, double or date; null and NaN are
        categories as well, and 0.0 is one with -0.0. They may stand in `inputCols`, too. All
        categories may hold up to 16,384 distinct values.
    categoricalSlots : list of int, optional
        Slots of `featuresCol` that hold categories, from 0; null and NaN are categories as well.
        By default those that an ML vector's metadata call nominal, as StringIndexer and
        VectorAssembler write them (not binary ones, such as one-hot codes).
    **params
        Those of `SMOTE`; `featuresCol` or `inputCols` name the numbers.

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

    def __init__(self, **params: Unpack[SMOTENCParams]) -> None:
        Sampler.__init__(self, **params)

    def setParams(self, **params: Unpack[SMOTENCParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _categorical(self, schema: StructType) -> tuple[StructField, ...]:
        names = self._value("categoricalCols") or []
        named = [field_of(schema, name, "categoricalCols") for name in names]
        return tuple(check_categorical(field) for field in named)

    def _slots(self, field: StructField) -> Collection[int]:
        if self.isSet("categoricalSlots"):
            return self.getCategoricalSlots()
        return nominal_slots(field)

    def _features(self, schema: StructType, categorical: Collection[str] = ()) -> Features:
        features = super()._features(schema, categorical)
        if features.whole is None and self.isSet("categoricalSlots"):
            raise ResamplingError(
                f"categoricalSlots={self.getCategoricalSlots()} are slots of featuresCol, but the "
                "features are the columns of inputCols: name categories in categoricalCols."
            )
        if not (categorical or features.slots):
            raise ResamplingError(
                f"{type(self).__name__} found no categories: name their columns in "
                "categoricalCols or slots of featuresCol in categoricalSlots, or use SMOTE where "
                "all features are numbers."
            )
        return features
