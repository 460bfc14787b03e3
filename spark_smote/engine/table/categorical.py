"""Categorical columns: their codes, and the values that the codes stand for.

A code is a 64-bit hash of a value, computed by the JVM.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    StringType,
    StructField,
)

from spark_smote.core.distance.categories import Category
from spark_smote.core.distance.value_difference import VDMCategory, fit_coordinates
from spark_smote.engine.table.schema import FLOATING, INTEGERS
from spark_smote.engine.table.sql import as_nullable_as
from spark_smote.exceptions import ResamplingError

__all__ = [
    "Categorical",
    "check_categorical",
    "codes",
    "read_categories",
    "read_vdm_categories",
    "restore_category",
]

MAX_VALUES = 16_384
"""Distinct values of all categorical columns together; the driver and every task hold them."""


@dataclass(frozen=True)
class Categorical:
    """A source of categories: a column, or a slot of one.

    Attributes
    ----------
    field : StructField
        Its name and type.
    value : Column
        Its value in a row.
    """

    field: StructField
    value: Column

    @property
    def text(self) -> Column:
        """Its value as text, of one spelling; of invalid text, the bytes as they are."""
        value = self.value
        if isinstance(self.field.dataType, FLOATING):
            value = value + F.lit(0).cast(self.field.dataType)  # -0.0 becomes 0.0
        return value.cast("string").cast("binary")


def check_categorical(field: StructField) -> StructField:
    """Check that a column's type can be a category, and return the column."""
    allowed = (StringType, BooleanType, DateType, *INTEGERS, *FLOATING)
    if not isinstance(field.dataType, allowed):
        raise ResamplingError(
            f"Column {field.name!r} (categoricalCols) is {field.dataType.simpleString()}; allowed "
            "are string, boolean, integers, float, double and date: cast it to string, or name it "
            "in inputCols of SMOTENC."
        )
    return field


def codes(categoricals: Sequence[Categorical]) -> Column:
    """Hash each category of a row to its code, as one array."""
    return F.array(*[_code(categorical.text) for categorical in categoricals])


def _code(text: Column) -> Column:
    return F.xxhash64(text.isNull(), text)


def read_categories(rows: DataFrame, categoricals: Sequence[Categorical]) -> tuple[Category, ...]:
    """Read the distinct values of each categorical, in one Spark job.

    Raises
    ------
    ResamplingError
        If they are too many for categories.
    """
    distinct = rows.select(_position_and_value(categoricals)).distinct()
    value_of_code: list[dict[int, bytes | None]] = [{} for _ in categoricals]
    for row in _collect(distinct, categoricals):
        value_of_code[row["position"]][row["code"]] = _bytes(row)
    return tuple(
        Category(
            np.array(sorted(values), dtype=np.int64),
            np.array([values[code] for code in sorted(values)], dtype=object),
        )
        for values in value_of_code
    )


def read_vdm_categories(
    rows: DataFrame, categoricals: Sequence[Categorical], class_number: Column, classes: int
) -> tuple[VDMCategory, ...]:
    """Count the rows of each class for each value of each categorical, in one Spark job.

    Parameters
    ----------
    rows : DataFrame
    categoricals : sequence of Categorical
    class_number : Column
        Number of a row's class.
    classes : int
        Number of classes.

    Raises
    ------
    ResamplingError
        If the values are too many for categories.
    """
    by_class = F.collect_list(F.struct("class", "count")).alias("by_class")
    values = rows.select(class_number.alias("class"), _position_and_value(categoricals))
    counts = values.groupBy("position", "value", "class").count()
    counts = counts.groupBy("position", "value").agg(by_class)
    row_of_code: list[dict[int, Row]] = [{} for _ in categoricals]
    for row in _collect(counts, categoricals):
        row_of_code[row["position"]][row["code"]] = row
    return tuple(
        _vdm_category([row for _, row in sorted(by_code.items())], categorical.field, classes)
        for by_code, categorical in zip(row_of_code, categoricals, strict=True)
    )


def _vdm_category(rows: Sequence[Row], field: StructField, classes: int) -> VDMCategory:
    """Build a category from its values, a row each, in the order of their codes."""
    counts = np.zeros((len(rows), classes), np.int64)
    for i, row in enumerate(rows):
        for class_number, count in row["by_class"]:
            counts[i, class_number] = count
    values = [_bytes(row) for row in rows]
    order = sorted(range(len(values)), key=lambda i: _order(values[i], field.dataType))
    ranks = np.empty(len(values), np.int64)
    ranks[order] = np.arange(len(values))
    return VDMCategory(
        np.array([row["code"] for row in rows], dtype=np.int64),
        np.array(values, dtype=object),
        fit_coordinates(counts),
        ranks,
    )


def _bytes(row: Row) -> bytes | None:
    return None if row["value"] is None else bytes(row["value"])


def _order(value: bytes | None, data_type: DataType) -> tuple[int, Any]:
    """Order values by number, or as text; NaN comes last but for null."""
    if value is None or value == b"NaN":
        return (1 if value else 2, 0)
    if isinstance(data_type, INTEGERS):
        return (0, int(value))
    return (0, float(value) if isinstance(data_type, FLOATING) else value)


def _position_and_value(categoricals: Sequence[Categorical]) -> Column:
    """Return the position and the value, as text, of each category in a row of its own."""
    texts = F.array(*[categorical.text for categorical in categoricals])
    return F.posexplode(texts).alias("position", "value")


def _collect(values: DataFrame, categoricals: Sequence[Categorical]) -> list[Row]:
    """Collect distinct values with their codes, and check that they are not too many."""
    code = _code(F.col("value")).alias("code")
    rows = values.limit(MAX_VALUES + 1).select("*", code).collect()
    if len(rows) > MAX_VALUES:
        largest = Counter(row["position"] for row in rows).most_common(1)[0][0]
        raise ResamplingError(
            f"Categories hold more than {MAX_VALUES:,} distinct values, most of them in "
            f"{categoricals[largest].field.name!r}: bin its values, or copy it by copyCols."
        )
    return rows


def restore_category(text: str, field: StructField) -> str:
    """Turn the text of a value back into the value, in SQL."""
    return as_nullable_as(field, f"cast(string({text}) as {field.dataType.simpleString()})")
