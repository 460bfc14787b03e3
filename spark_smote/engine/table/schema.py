"""Columns of a table: finding them, and refusing them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql.types import (
    ArrayType,
    ByteType,
    DataType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StructField,
    StructType,
)

from spark_smote.engine.table.names import RESERVED

__all__ = ["INTEGERS", "check_carried", "check_frame", "check_new", "field_of", "holds"]

INTEGERS = (ByteType, ShortType, IntegerType, LongType)

OPAQUE = {"variant", "geometry", "geography", "interval", "yearmonthinterval"}
"""Names of types that Arrow cannot take."""


def check_frame(dataset: DataFrame) -> None:
    """Refuse frames that cannot be resampled whatever the parameters."""
    if dataset.isStreaming:
        raise ValueError(
            "The DataFrame is a stream, whose class counts never end; resample a batch: read it "
            "with spark.read, or inside foreachBatch."
        )
    names = [name.lower() for name in dataset.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"Columns {twice} stand more than once (in any spelling of case); rename or drop "
            "the duplicates before."
        )
    reserved = [name for name in dataset.columns if name.lower().startswith(RESERVED)]
    if reserved:
        raise ValueError(
            f"Columns {reserved} start with {RESERVED!r}, which is kept for internal columns; "
            "rename them before."
        )


def field_of(schema: StructType, name: str, param: str) -> StructField:
    """Find a column's field, or say which name was near."""
    if name in schema.names:
        return schema[name]
    lowered = {other.lower(): other for other in schema.names}
    near = lowered.get(name.lower()) or next(
        iter(difflib.get_close_matches(name, schema.names, n=1)), None
    )
    shown = schema.names if len(schema.names) <= 30 else [*schema.names[:30], "…"]
    hint = f" Did you mean {near!r}?" if near else ""
    raise ValueError(f"Column {name!r} ({param}) not found; columns: {shown}.{hint}")


def check_new(names: Sequence[str | None], columns: Sequence[str]) -> None:
    """Refuse columns to add that exist already, or that are the same."""
    added = [name.lower() for name in names if name]
    for name in added:
        if name in map(str.lower, columns) or added.count(name) > 1:
            raise ValueError(
                f"Column {name!r} (syntheticCol, lineageCol) exists already; choose a new name."
            )


def check_carried(fields: Sequence[StructField], param: str) -> None:
    """Refuse columns that cannot travel with their row."""
    for field in fields:
        if holds(field.dataType, _is_opaque):
            raise ValueError(
                f"Column {field.name!r} ({param}) is {field.dataType.simpleString()}, which cannot "
                "be copied; allowed are plain types, vectors, and arrays, maps and structs of "
                "them: leave it out."
            )


def _is_opaque(kind: DataType) -> bool:
    return kind.typeName() in OPAQUE


def holds(kind: DataType, wanted: Callable[[DataType], bool]) -> bool:
    """Whether a type is such a one, or holds it."""
    inner: list[DataType] = []
    if isinstance(kind, ArrayType):
        inner = [kind.elementType]
    elif isinstance(kind, MapType):
        inner = [kind.keyType, kind.valueType]
    elif isinstance(kind, StructType):
        inner = [field.dataType for field in kind]
    return wanted(kind) or any(holds(each, wanted) for each in inner)
