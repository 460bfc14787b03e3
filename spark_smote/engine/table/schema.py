"""Checks of a table's columns and their types."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql.types import (
    ArrayType,
    ByteType,
    DataType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StructField,
    StructType,
)

from spark_smote.engine.table.names import RESERVED
from spark_smote.exceptions import ResamplingError, shown

__all__ = [
    "FLOATING",
    "INTEGERS",
    "check_carried",
    "check_frame",
    "check_new",
    "contains_type",
    "field_of",
]

INTEGERS = (ByteType, ShortType, IntegerType, LongType)
"""Integer types, the shortest first."""

FLOATING = (FloatType, DoubleType)
"""Types that have NaN, infinities and a zero with a sign."""

OPAQUE = {"variant", "geometry", "geography", "interval", "yearmonthinterval"}
"""Names of types that Arrow cannot hold."""

MAX_NAMES_SHOWN = 30
"""Column names that an error lists."""


def check_frame(dataset: DataFrame) -> None:
    """Check that a frame is a batch with distinct names, none of which is reserved."""
    if dataset.isStreaming:
        raise ResamplingError(
            "The DataFrame is a stream, whose class counts never end; resample a batch: read it "
            "with spark.read, or inside foreachBatch."
        )
    lowered = [name.lower() for name in dataset.columns]
    duplicates = sorted({name for name in lowered if lowered.count(name) > 1})
    if duplicates:
        raise ResamplingError(
            f"Columns {duplicates} stand more than once (in any spelling of case); rename or drop "
            "the duplicates before."
        )
    reserved = [name for name in dataset.columns if name.lower().startswith(RESERVED)]
    if reserved:
        raise ResamplingError(
            f"Columns {reserved} start with {RESERVED!r}, which is kept for internal columns; "
            "rename them before."
        )


def field_of(schema: StructType, name: str, param: str) -> StructField:
    """Find a column's field; the error suggests a similar name."""
    if name in schema.names:
        return schema[name]
    lowered = {other.lower(): other for other in schema.names}
    similar = lowered.get(name.lower()) or next(
        iter(difflib.get_close_matches(name, schema.names, n=1)), None
    )
    names = schema.names[:MAX_NAMES_SHOWN]
    if len(schema.names) > MAX_NAMES_SHOWN:
        names = [*names, "…"]
    hint = f" Did you mean {similar!r}?" if similar else ""
    raise ResamplingError(f"Column {shown(name)} ({param}) not found; columns: {names}.{hint}")


def check_new(names: Sequence[str | None], columns: Sequence[str]) -> None:
    """Check that columns to add differ from each other and from those of the table."""
    added = [name.lower() for name in names if name]
    for name in added:
        if name in map(str.lower, columns) or added.count(name) > 1:
            raise ResamplingError(
                f"Column {shown(name)} (syntheticCol, lineageCol) exists already; choose a new "
                "name."
            )


def check_carried(fields: Sequence[StructField], param: str) -> None:
    """Check that columns can be copied with their row."""
    for field in fields:
        if contains_type(field.dataType, _is_opaque):
            raise ResamplingError(
                f"Column {field.name!r} ({param}) is {field.dataType.simpleString()}, which cannot "
                "be copied; allowed are plain types, vectors, and arrays, maps and structs of "
                "them: leave it out."
            )


def _is_opaque(data_type: DataType) -> bool:
    return data_type.typeName() in OPAQUE


def contains_type(data_type: DataType, predicate: Callable[[DataType], bool]) -> bool:
    """Return whether a type, or any type inside it, fulfills a predicate."""
    inner: list[DataType] = []
    if isinstance(data_type, ArrayType):
        inner = [data_type.elementType]
    elif isinstance(data_type, MapType):
        inner = [data_type.keyType, data_type.valueType]
    elif isinstance(data_type, StructType):
        inner = [field.dataType for field in data_type]
    return predicate(data_type) or any(contains_type(part, predicate) for part in inner)
