"""Column expressions and SQL text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DateType,
    DecimalType,
    StructField,
)

from spark_smote.core.strategy.quotas import BIN_SHIFT

__all__ = [
    "as_nullable_as",
    "by_number",
    "hash_position",
    "is_among",
    "key_bin",
    "power_of_ten",
    "quoted",
    "sql_name",
    "with_metadata",
]


def sql_name(name: str) -> str:
    """Return a column's name as SQL text, quoted, so that a dot is part of the name.

    Expressions over every feature are built as SQL text, one text a feature: a call of a method
    of Column takes milliseconds.
    """
    return "`" + name.replace("`", "``") + "`"


def quoted(name: str) -> Column:
    """Return the column of exactly this name, in which a dot is part of the name."""
    return F.col(sql_name(name))


def by_number(values: Mapping[int, float | Sequence[float]], number: Column | str) -> Column:
    """Look up a class's value by the column of its number; null for a class without one.

    One literal holds the values of all classes: Spark's optimizer would copy the conditions of
    each class into those of the others, which is more than the driver can hold for hundreds.
    """
    last = max(values, default=0)
    listed = ", ".join(_literal(values[n]) if n in values else "null" for n in range(last + 1))
    return F.get(F.expr(f"array({listed})"), number)


def _literal(value: float | Sequence[float]) -> str:
    if isinstance(value, Sequence):
        return f"array({', '.join(map(_literal, value))})"
    return f"{value}L" if isinstance(value, int) else f"{value!r}D"


def is_among(number: str, numbers: Iterable[int]) -> Column:
    """Return whether a column's number is among some, however many, by one call."""
    return F.expr(f"{number} in ({', '.join(map(str, numbers)) or 'null'})")


def hash_position(hashes: Sequence[int], value: str) -> Column:
    """Return the position of a 64-bit hash among some; null if it is not there.

    Of thousands, only those that fall into the same bin are compared.

    Parameters
    ----------
    hashes : sequence of int
    value : str
        In SQL.
    """
    bins: list[list[int]] = [[] for _ in range(1 + math.isqrt(len(hashes)))]
    for position, each in enumerate(hashes):
        bins[each % len(bins)].append(position)
    listed, places = (
        "array("
        + ", ".join(f"cast(array({', '.join(part)}) as array<{kind}>)" for part in parts)
        + ")"
        for kind, parts in (
            ("bigint", [[f"{hashes[n]}L" for n in part] for part in bins]),
            ("int", [map(str, part) for part in bins]),
        )
    )
    number = f"int(pmod({value}, {len(bins)}))"
    found = f"array_position(get({listed}, {number}), {value})"
    return F.expr(f"get(get({places}, {number}), int({found}) - 1)")


def key_bin(column: str, shift: int = BIN_SHIFT) -> Column:
    """Return the bin of a 64-bit key: its top bits, without the `shift` low ones."""
    return F.shiftright(column, shift)


def with_metadata(column: Column, field: StructField) -> Column:
    """Add the metadata of a field to the column of its name."""
    return column.alias(field.name, metadata=field.metadata) if field.metadata else column


def as_nullable_as(field: StructField, value: str) -> str:
    """Wrap a value in SQL so that Spark knows it as never null if its field never is."""
    data_type = field.dataType
    if field.nullable:
        return value
    # The filler is never used.
    if isinstance(data_type, DateType):
        filler = "date'1970-01-01'"
    elif isinstance(data_type, DecimalType):
        filler = power_of_ten(-data_type.scale) if data_type.scale else "0BD"
    else:
        filler = f"cast(0 as {data_type.simpleString()})"
    return f"coalesce({value}, {filler})"


def power_of_ten(exponent: int) -> str:
    """Write a power of ten as a decimal in SQL, with no more digits than it needs."""
    return f"{Decimal(1).scaleb(exponent):f}BD"
