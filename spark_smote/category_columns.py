"""Categorical columns of a table: codes made by the JVM, and the values they stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DateType, StringType, StructField

from spark_smote.categories import Category
from spark_smote.columns import INTEGERS, as_nullable_as, quoted

__all__ = ["check_categorical", "codes", "read_categories", "restored_category"]

MOST_VALUES = 16_384
"""Distinct values of all categorical columns together; the driver and every task know them."""


def check_categorical(field: StructField) -> StructField:
    """Refuse types whose values are no categories."""
    allowed = (StringType, BooleanType, DateType, *INTEGERS)
    if not isinstance(field.dataType, allowed):
        raise ValueError(
            f"Column {field.name!r} (categoricalCols) is {field.dataType.simpleString()}; allowed "
            "are string, boolean, integers and date: cast it to string, or name it in inputCols."
        )
    return field


def codes(fields: Sequence[StructField]) -> Column:
    """Give the codes of a row's categories, as one array."""
    return F.array(*[_code(quoted(field.name)) for field in fields])


def _code(value: Column) -> Column:
    return F.xxhash64(value.isNull(), value.cast("string"))


def read_categories(rows: DataFrame, fields: Sequence[StructField]) -> tuple[Category, ...]:
    """Read the distinct values of each column, in one Spark job.

    Raises
    ------
    ValueError
        Where they are too many for categories.
    """
    texts = F.array(*[quoted(field.name).cast("string") for field in fields])
    found = (
        rows.select(F.posexplode(texts).alias("place", "value"))
        .distinct()
        .limit(MOST_VALUES + 1)
        .select("place", "value", _code(F.col("value")).alias("code"))
        .collect()
    )
    if len(found) > MOST_VALUES:
        place = Counter(row["place"] for row in found).most_common(1)[0][0]
        raise ValueError(
            f"categoricalCols hold more than {MOST_VALUES:,} distinct values, most of them in "
            f"{fields[place].name!r}: bin its values, or copy it by copyCols."
        )
    by_place: dict[int, dict[int, str | None]] = {place: {} for place in range(len(fields))}
    for row in found:
        by_place[row["place"]][row["code"]] = row["value"]
    return tuple(
        Category(
            np.array(sorted(values), dtype=np.int64),
            np.array([values[code] for code in sorted(values)], dtype=object),
        )
        for values in by_place.values()
    )


def restored_category(text: Column, field: StructField) -> Column:
    """Turn a value's text back into the value."""
    return as_nullable_as(field, text.cast(field.dataType))
