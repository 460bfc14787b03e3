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
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DateType,
    NumericType,
    StringType,
    StructField,
    StructType,
)

from spark_smote.engine.table.names import RESERVED
from spark_smote.engine.table.schema import FLOATING, field_of
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError, shown
from spark_smote.training_stage import TrainingStage

__all__ = ["Encoder", "FeatureColumns", "check_stages"]


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
            return FeatureColumns((_vectors(schema, features_col),))
        if features_col:
            raise ResamplingError(
                f"featuresCol={features_col!r} and inputCols={shown(input_cols)} are both set; "
                "features come from one or the other: clear one."
            )
        for param, given in (("inputCols", input_cols), ("categoricalCols", categorical_cols)):
            if isinstance(given, str) or len({*given}) < len(given):
                raise ResamplingError(
                    f"{param} is {shown(given)}; allowed is a list of different names."
                )
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

    def check(self, label_col: str) -> None:
        """Check that the label, which no feature may tell, is none.

        Raises
        ------
        ResamplingError
        """
        if label_col in {field.name for field in self.fields}:
            raise ResamplingError(
                f"Column {label_col!r} is the label and a feature; leave it out of one."
            )

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

    def size(self) -> Column:
        """Return how many numbers a row has."""
        return F.size(_as_array(self.numbers[0])) if self.is_one else F.lit(len(self.numbers))

    def fit(self, training: DataFrame) -> Encoder:
        """Fit the codes of categories to training rows; a job if there are any."""
        if not self.categories:
            return Encoder(self)
        names = [_category(i) for i in range(len(self.categories))]
        codes = [f"{name}_code" for name in names]
        slots = [f"{name}_slots" for name in names]
        texts = self.as_text(training)
        index = StringIndexer(inputCols=names, outputCols=codes, handleInvalid="keep").fit(texts)
        encode = OneHotEncoder(inputCols=codes, outputCols=slots, dropLast=False)
        return Encoder(self, (index, encode.fit(index.transform(texts))), tuple(slots))

    def as_text(self, rows: DataFrame) -> DataFrame:
        """Add each category as text."""
        texts = {
            _category(i): quoted(field.name).cast("string")
            for i, field in enumerate(self.categories)
        }
        return rows.withColumns(texts) if texts else rows


def _category(position: int) -> str:
    return f"{RESERVED}text_{position}"


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
        numbers = {
            f"{RESERVED}number_{i}": quoted(f.name) for i, f in enumerate(self.columns.numbers)
        }
        parts = [*numbers, *self.slots]
        assemble = VectorAssembler(inputCols=parts, outputCol=name)
        return assemble.transform(rows.withColumns(numbers) if numbers else rows)


def check_stages(stages: Sequence[Any]) -> None:
    """Check that no stage that prepares features resamples: scored rows pass through it, too.

    Raises
    ------
    ResamplingError
    """
    for stage in stages:
        runs = hasattr(stage, "fit") or hasattr(stage, "transform")
        if isinstance(stage, TrainingStage) or not runs:
            raise ResamplingError(
                f"prepare holds {shown(stage)}; allowed are Estimators and Transformers that leave "
                "rows as they are: pass samplers and weights as methods."
            )


def _vectors(schema: StructType, name: str | None) -> StructField:
    """Find the one column of all features, and check its type."""
    if not name and "features" not in schema.names:
        raise ResamplingError(
            "Column 'features' (featuresCol) not found, and inputCols is not set: set inputCols to "
            f"the features, or featuresCol; columns: {shown(schema.names)}."
        )
    field = field_of(schema, name or "features", "featuresCol")
    data_type = field.dataType
    of_numbers = isinstance(data_type, ArrayType) and isinstance(data_type.elementType, FLOATING)
    if not (of_numbers or isinstance(data_type, VectorUDT)):
        raise ResamplingError(
            f"Column {field.name!r} (featuresCol) is {data_type.simpleString()}; allowed are a "
            "vector and an array of float or double: cast it, or name plain columns in inputCols."
        )
    return field


def _as_array(field: StructField) -> Column:
    is_vector = isinstance(field.dataType, VectorUDT)
    return vector_to_array(quoted(field.name)) if is_vector else quoted(field.name)
