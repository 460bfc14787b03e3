"""Columns of a table: finding them, and refusing them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StructField,
    StructType,
)

__all__ = [
    "INTEGERS",
    "RESERVED",
    "as_nullable_as",
    "by_number",
    "check_carried",
    "check_frame",
    "check_new",
    "field_of",
    "holds",
    "named",
    "power_of_ten",
    "quoted",
    "with_metadata",
]

RESERVED = "_smote_"
"""Prefix of internal columns."""

INTEGERS = (ByteType, ShortType, IntegerType, LongType)

OPAQUE = {"variant", "geometry", "geography", "interval", "yearmonthinterval"}
"""Names of types that Arrow cannot take."""


def named(name: str) -> str:
    """Name a column in SQL by its very name, dots and all.

    What concerns every feature is said in SQL, a text for each: a call of a method of Column takes
    milliseconds.
    """
    return "`" + name.replace("`", "``") + "`"


def quoted(name: str) -> Column:
    """Refer to a column by its very name."""
    return F.col(named(name))


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


def by_number(values: Mapping[int, float | Sequence[float]], number: str) -> Column:
    """Look up what a class has, by the column of its number; null for a class that has nothing.

    One literal for all classes: conditions for each would be copied into those of others by
    Spark's optimiser, which is more than the driver can hold of some hundreds.
    """
    last = max(values, default=0)
    listed = ", ".join(_literal(values[n]) if n in values else "null" for n in range(last + 1))
    return F.get(F.expr(f"array({listed})"), number)


def _literal(value: float | Sequence[float]) -> str:
    if isinstance(value, Sequence):
        return f"array({', '.join(map(_literal, value))})"
    return f"{value}L" if isinstance(value, int) else f"{value!r}D"


def with_metadata(column: Column, field: StructField) -> Column:
    """Give a column of the field's name its metadata, too."""
    return column.alias(field.name, metadata=field.metadata) if field.metadata else column


def as_nullable_as(field: StructField, value: str) -> str:
    """Tell Spark that a value of the field's type is never null, where the field never is."""
    kind = field.dataType
    if field.nullable:
        return value
    # The filler is never used.
    if isinstance(kind, DateType):
        filler = "date'1970-01-01'"
    elif isinstance(kind, DecimalType):
        filler = power_of_ten(-kind.scale) if kind.scale else "0BD"
    else:
        filler = f"cast(0 as {kind.simpleString()})"
    return f"coalesce({value}, {filler})"


def power_of_ten(exponent: int) -> str:
    """Write 10 to some power in SQL, with no more digits than it has."""
    return f"{Decimal(1).scaleb(exponent):f}BD"


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
