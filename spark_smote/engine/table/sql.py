"""Column expressions and SQL text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DateType,
    DecimalType,
    StructField,
)

__all__ = ["as_nullable_as", "by_number", "named", "power_of_ten", "quoted", "with_metadata"]


def named(name: str) -> str:
    """Name a column in SQL by its very name, dots and all.

    What concerns every feature is said in SQL, a text for each: a call of a method of Column takes
    milliseconds.
    """
    return "`" + name.replace("`", "``") + "`"


def quoted(name: str) -> Column:
    """Refer to a column by its very name."""
    return F.col(named(name))


def by_number(values: Mapping[int, float | Sequence[float]], number: str) -> Column:
    """Look up what a class has, by the column of its number; null for a class that has nothing.

    One literal for all classes: conditions for each would be copied into those of others by
    Spark's optimizer, which is more than the driver can hold of some hundreds.
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
