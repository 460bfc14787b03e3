"""The features that a classifier is fitted to, out of the columns that a sampler takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.ml import Transformer
from pyspark.ml.feature import OneHotEncoder, StringIndexer, VectorAssembler
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DateType, NumericType, StringType, StructField

from spark_smote.engine.table.schema import FLOATING, field_of
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError

__all__ = ["Encoder", "FeatureColumns"]


@dataclass(frozen=True)
class FeatureColumns:
    """The columns of the features.

    Attributes
    ----------
    numbers : tuple of StructField
        Plain columns, or one of a vector or an array.
    categories : tuple of StructField
        Columns to be encoded, one slot for each value.
    """

    numbers: tuple[StructField, ...]
    categories: tuple[StructField, ...] = ()

    @staticmethod
    def find(
        dataset: DataFrame,
        features_col: str | None,
        input_cols: Sequence[str] | None,
        categorical_cols: Sequence[str],
    ) -> FeatureColumns:
        """Find the columns by name, and check their types.

        Raises
        ------
        ResamplingError
        """
        schema = dataset.schema
        if not input_cols:
            if categorical_cols:
                raise ResamplingError(
                    f"categoricalCols={list(categorical_cols)} are for inputCols, which are not "
                    "set: name all features in inputCols."
                )
            return FeatureColumns((field_of(schema, features_col or "features", "featuresCol"),))
        fields = [field_of(schema, name, "inputCols") for name in input_cols]
        names = set(categorical_cols)
        if unknown := sorted(names - {field.name for field in fields}):
            raise ResamplingError(
                f"categoricalCols names {unknown}, which inputCols does not: add them there."
            )
        for field in fields:
            allowed = (StringType, BooleanType, NumericType, DateType)
            if not isinstance(field.dataType, allowed if field.name in names else NumericType):
                raise ResamplingError(
                    f"Column {field.name!r} (inputCols) is {field.dataType.simpleString()}; "
                    "allowed are numbers, and as categoricalCols text, booleans and dates: name it "
                    "there, or cast it."
                )
        numbers = tuple(field for field in fields if field.name not in names)
        return FeatureColumns(numbers, tuple(field for field in fields if field.name in names))

    @property
    def fields(self) -> list[StructField]:
        """All columns."""
        return [*self.numbers, *self.categories]

    @property
    def is_one(self) -> bool:
        """Whether one column holds all features."""
        data_type = self.numbers[0].dataType if self.numbers else None
        return not isinstance(data_type, (NumericType, type(None)))

    def unusable(self) -> Column:
        """Return whether a number of a row is null, NaN or infinite."""
        if self.is_one:
            values = _as_array(self.numbers[0])
            bad = F.exists(values, lambda v: v.isNull() | F.isnan(v) | (F.abs(v) == float("inf")))
            return quoted(self.numbers[0].name).isNull() | F.coalesce(bad, F.lit(False))
        is_bad = F.lit(False)
        for field in self.numbers:
            value = quoted(field.name)
            is_bad = is_bad | value.isNull()
            if isinstance(field.dataType, FLOATING):
                is_bad = is_bad | F.isnan(value) | (F.abs(value) == float("inf"))
        return is_bad

    def fit(self, training: DataFrame) -> Encoder:
        """Fit the codes of categories to training rows; a job if there are any."""
        if not self.categories:
            return Encoder(self)
        names = [f"category{i}" for i in range(len(self.categories))]
        codes = [f"{name}_code" for name in names]
        slots = [f"{name}_slots" for name in names]
        texts = self.as_text(training)
        index = StringIndexer(inputCols=names, outputCols=codes, handleInvalid="keep").fit(texts)
        encode = OneHotEncoder(inputCols=codes, outputCols=slots, dropLast=False)
        return Encoder(self, (index, encode.fit(index.transform(texts))), tuple(slots))

    def as_text(self, rows: DataFrame) -> DataFrame:
        """Add each category as text."""
        texts = {
            f"category{i}": quoted(field.name).cast("string")
            for i, field in enumerate(self.categories)
        }
        return rows.withColumns(texts) if texts else rows


@dataclass(frozen=True)
class Encoder:
    """Builds one vector of a row's features."""

    columns: FeatureColumns
    codes: tuple[Transformer | Any, ...] = ()
    slots: tuple[str, ...] = ()

    def add(self, rows: DataFrame, name: str) -> DataFrame:
        """Add the vector as a column; lazy."""
        if self.columns.is_one:
            field = self.columns.numbers[0]
            if isinstance(field.dataType, VectorUDT):
                return rows.withColumn(name, quoted(field.name))
            doubles = quoted(field.name).cast("array<double>")
            return rows.withColumn(name, array_to_vector(doubles))
        rows = self.columns.as_text(rows)
        for code in self.codes:
            rows = code.transform(rows)
        numbers = {f"number{i}": quoted(f.name) for i, f in enumerate(self.columns.numbers)}
        parts = [*numbers, *self.slots]
        assemble = VectorAssembler(inputCols=parts, outputCol=name)
        return assemble.transform(rows.withColumns(numbers) if numbers else rows)


def _as_array(field: StructField) -> Column:
    is_vector = isinstance(field.dataType, VectorUDT)
    return vector_to_array(quoted(field.name)) if is_vector else quoted(field.name)
