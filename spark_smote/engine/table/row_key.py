"""The columns of a row in a form that xxhash64 can hash."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    MapType,
    StructField,
    StructType,
    UserDefinedType,
)

from spark_smote.engine.table.schema import FLOATING, contains_type
from spark_smote.engine.table.sql import sql_name

__all__ = ["content", "content_text"]

JSON_OPTIONS = (
    "'ignoreNullFields', 'false', 'timeZone', 'UTC', "
    "'timestampFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS', "
    "'timestampNTZFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS'"
)
"""Options for JSON that keeps nulls and microseconds, and ignores the session's time zone."""


def content(fields: Sequence[StructField]) -> list[Column]:
    """Build the columns to hash for a row's key: xxhash64 skips nulls, so each has a null flag."""
    return [F.expr(part) for part in content_text(fields)]


def content_text(fields: Sequence[StructField]) -> list[str]:
    """Write the columns to hash in SQL."""
    return [
        part for field in fields for part in (f"{sql_name(field.name)} is null", _hashable(field))
    ]


def _hashable(field: StructField) -> str:
    """Return a column in SQL, converted if xxhash64 cannot hash its type."""
    name, data_type = sql_name(field.name), field.dataType
    if data_type.typeName() in ("geometry", "geography"):
        return f"st_asbinary({name})"
    text = f"to_json(struct({_without_maps(name, data_type)}), map({JSON_OPTIONS}))"
    if isinstance(data_type, ArrayType) and isinstance(data_type.elementType, FLOATING):
        # JSON of features takes longer than all else that happens to a row. So only arrays with
        # a NaN or a null go through it: for a null, array_contains returns null.
        nan = f"cast('NaN' as {data_type.elementType.simpleString()})"
        plain = f"array_contains({name}, {nan}) is false"
        return f"if({plain}, xxhash64({name}), xxhash64({text}))"
    nested = isinstance(data_type, (ArrayType, MapType, StructType, UserDefinedType))
    if (nested and not isinstance(data_type, VectorUDT)) or data_type.typeName() == "variant":
        return text
    return name


def _is_map(data_type: DataType) -> bool:
    return isinstance(data_type, MapType)


def _without_maps(value: str, data_type: DataType, depth: int = 0) -> str:
    """Turn the maps of a value into entries, in SQL: JSON writes keys as Java shows objects."""
    if not contains_type(data_type, _is_map):
        return value
    if isinstance(data_type, MapType):
        entry = StructType().add("key", data_type.keyType).add("value", data_type.valueType)
        return _without_maps(f"map_entries({value})", ArrayType(entry), depth)
    if isinstance(data_type, ArrayType):
        element = f"x{depth}"
        entries = _without_maps(element, data_type.elementType, depth + 1)
        return f"transform({value}, {element} -> {entries})"
    assert isinstance(data_type, StructType)
    members = [
        _without_maps(f"{value}.{sql_name(member.name)}", member.dataType, depth)
        for member in data_type
    ]
    return f"if({value} is null, null, struct({', '.join(members)}))"
