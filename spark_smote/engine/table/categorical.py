"""Categorical columns of a table: codes made by the JVM, and the values they stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DateType, StringType, StructField

from spark_smote.core.distance.categories import Category
from spark_smote.core.distance.value_difference import VDMCategory, fit_coordinates
from spark_smote.engine.table.schema import INTEGERS
from spark_smote.engine.table.sql import as_nullable_as

__all__ = [
    "Categorical",
    "check_categorical",
    "codes",
    "read_categories",
    "read_vdm_categories",
    "restored_category",
]

MAX_VALUES = 16_384
"""Distinct values of all categorical columns together; the driver and every task know them."""


@dataclass(frozen=True)
class Categorical:
    """What holds categories: a column, or a slot of one.

    Attributes
    ----------
    field : StructField
        Its name and type.
    value : Column
        What it holds in a row.
    """

    field: StructField
    value: Column


def check_categorical(field: StructField) -> StructField:
    """Refuse types whose values are no categories."""
    allowed = (StringType, BooleanType, DateType, *INTEGERS)
    if not isinstance(field.dataType, allowed):
        raise ValueError(
            f"Column {field.name!r} (categoricalCols) is {field.dataType.simpleString()}; allowed "
            "are string, boolean, integers and date: cast it to string, or name it in inputCols of "
            "SMOTENC."
        )
    return field


def codes(held: Sequence[Categorical]) -> Column:
    """Give the codes of a row's categories, as one array."""
    return F.array(*[_code(each.value) for each in held])


def _code(value: Column) -> Column:
    return F.xxhash64(value.isNull(), value.cast("string"))


def read_categories(rows: DataFrame, held: Sequence[Categorical]) -> tuple[Category, ...]:
    """Read the distinct values of each, in one Spark job.

    Raises
    ------
    ValueError
        Where they are too many for categories.
    """
    values = rows.select(_values(held)).distinct()
    by_place: list[dict[int, str | None]] = [{} for _ in held]
    for row in _collected(values, held):
        by_place[row["place"]][row["code"]] = row["value"]
    return tuple(
        Category(
            np.array(sorted(values), dtype=np.int64),
            np.array([values[code] for code in sorted(values)], dtype=object),
        )
        for values in by_place
    )


def read_vdm_categories(
    rows: DataFrame, held: Sequence[Categorical], number: Column, classes: int
) -> tuple[VDMCategory, ...]:
    """Count the rows of each class that hold each value of each, in one Spark job.

    Parameters
    ----------
    rows : DataFrame
    held : sequence of Categorical
    number : Column
        Number of a row's class.
    classes : int

    Raises
    ------
    ValueError
        Where the values are too many for categories.
    """
    by_class = F.collect_list(F.struct("class", "count")).alias("by_class")
    numbered = rows.select(number.alias("class"), _values(held))
    counted = numbered.groupBy("place", "value", "class").count()
    values = counted.groupBy("place", "value").agg(by_class)
    by_place: list[dict[int, Row]] = [{} for _ in held]
    for row in _collected(values, held):
        by_place[row["place"]][row["code"]] = row
    return tuple(
        _vdm_categories([found[code] for code in sorted(found)], each.field, classes)
        for found, each in zip(by_place, held, strict=True)
    )


def _vdm_categories(found: Sequence[Row], field: StructField, classes: int) -> VDMCategory:
    counts = np.zeros((len(found), classes), np.int64)
    for place, row in enumerate(found):
        for number, rows in row["by_class"]:
            counts[place, number] = rows
    values = [row["value"] for row in found]
    read = int if isinstance(field.dataType, INTEGERS) else str
    order = sorted((value is None, read(value or 0), i) for i, value in enumerate(values))
    ranks = np.empty(len(values), np.int64)
    ranks[[place for *_, place in order]] = np.arange(len(values))
    return VDMCategory(
        np.array([row["code"] for row in found], dtype=np.int64),
        np.array(values, dtype=object),
        fit_coordinates(counts),
        ranks,
    )


def _values(held: Sequence[Categorical]) -> Column:
    """Give each category's place and value, as text, in a row of its own."""
    texts = F.array(*[each.value.cast("string") for each in held])
    return F.posexplode(texts).alias("place", "value")


def _collected(values: DataFrame, held: Sequence[Categorical]) -> list[Row]:
    """Collect distinct values and their codes, where they are not too many."""
    code = _code(F.col("value")).alias("code")
    found = values.limit(MAX_VALUES + 1).select("*", code).collect()
    if len(found) > MAX_VALUES:
        place = Counter(row["place"] for row in found).most_common(1)[0][0]
        raise ValueError(
            f"Categories hold more than {MAX_VALUES:,} distinct values, most of them in "
            f"{held[place].field.name!r}: bin its values, or copy it by copyCols."
        )
    return found


def restored_category(text: str, field: StructField) -> str:
    """Turn a value's text back into the value, in SQL."""
    return as_nullable_as(field, f"cast({text} as {field.dataType.simpleString()})")
