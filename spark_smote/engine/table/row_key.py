"""What a row holds, as xxhash64 can tell rows apart by it."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DoubleType,
    FloatType,
    MapType,
    StructField,
    StructType,
    UserDefinedType,
)

from spark_smote.engine.table.schema import holds
from spark_smote.engine.table.sql import named

__all__ = ["content"]

WHOLE = (
    "'ignoreNullFields', 'false', 'timeZone', 'UTC', "
    "'timestampFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS', "
    "'timestampNTZFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS'"
)
"""Options of JSON that leaves nothing out, and is the same whatever the session's time zone."""


def content(fields: Sequence[StructField]) -> list[Column]:
    """Give what xxhash64 tells rows apart by: it skips nulls, hence a flag for each column."""
    return [
        F.expr(part)
        for field in fields
        for part in (f"{named(field.name)} is null", _hashable(field))
    ]


def _hashable(field: StructField) -> str:
    """Give a column, in SQL, as what xxhash64 can hash: not every type is."""
    name, kind = named(field.name), field.dataType
    if kind.typeName() in ("geometry", "geography"):
        return f"st_asbinary({name})"
    text = f"to_json(struct({_without_maps(name, kind)}), map({WHOLE}))"
    if isinstance(kind, ArrayType) and isinstance(kind.elementType, (FloatType, DoubleType)):
        # JSON of features takes longer than all else that happens to a row, so that only arrays
        # with a null go through it, in which a search gives null, and those with a NaN.
        nan = f"cast('NaN' as {kind.elementType.simpleString()})"
        plain = f"array_contains({name}, {nan}) is false"
        return f"if({plain}, xxhash64({name}), xxhash64({text}))"
    nested = isinstance(kind, (ArrayType, MapType, StructType, UserDefinedType))
    if (nested and not isinstance(kind, VectorUDT)) or kind.typeName() == "variant":
        return text
    return name


def _is_map(kind: DataType) -> bool:
    return isinstance(kind, MapType)


def _without_maps(value: str, kind: DataType, depth: int = 0) -> str:
    """Give a value, in SQL, with entries for its maps: JSON has keys as Java shows objects."""
    if not holds(kind, _is_map):
        return value
    if isinstance(kind, MapType):
        entry = StructType().add("key", kind.keyType).add("value", kind.valueType)
        return _without_maps(f"map_entries({value})", ArrayType(entry), depth)
    if isinstance(kind, ArrayType):
        each = f"x{depth}"
        return f"transform({value}, {each} -> {_without_maps(each, kind.elementType, depth + 1)})"
    assert isinstance(kind, StructType)
    parts = [_without_maps(f"{value}.{named(part.name)}", part.dataType, depth) for part in kind]
    return f"if({value} is null, null, struct({', '.join(parts)}))"
