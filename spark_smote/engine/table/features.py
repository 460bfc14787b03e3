"""Feature columns as arrays of few storage types, and back to the columns' own types."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    LongType,
    StringType,
    StructField,
)

from spark_smote.engine.table.categorical import Categorical
from spark_smote.engine.table.schema import INTEGERS
from spark_smote.engine.table.sql import as_nullable_as, named, power_of_ten, quoted
from spark_smote.engine.table.vector_slots import inserted, nominal_slots, without

__all__ = ["Features", "array_features", "check_exact", "plain_features", "whole_limits"]

logger = logging.getLogger(__name__)

EXACT_DIGITS = 18
"""Digits of a decimal that travel exactly, as a whole number in 64 bits."""


@dataclass(frozen=True)
class Features:
    """The feature columns, as arrays of one storage type each; none, where all are categories.

    Attributes
    ----------
    fields : tuple of StructField
        The columns, in the user's order.
    arrays : tuple of Column
        One array column per storage type, cast and packed by the JVM.
    types : tuple of DataType
        Element type of each array: float, double or bigint.
    members : tuple of tuple of str
        Names of the plain columns in each array; empty where one column holds all features.
    whole : Column or None
        The one column that holds all features, as an array; None for plain columns.
    slots : tuple of int
        Its slots that hold categories, ascending; the array has none of them.
    """

    fields: tuple[StructField, ...]
    arrays: tuple[Column, ...]
    types: tuple[DataType, ...]
    members: tuple[tuple[str, ...], ...]
    whole: Column | None = None
    slots: tuple[int, ...] = ()

    def size(self) -> Column:
        """Features of a row, with the slots of categories."""
        return F.lit(sum(map(len, self.members))) if self.whole is None else F.size(self.whole)

    def in_slots(self) -> tuple[Categorical, ...]:
        """Give the categories in slots."""
        if self.whole is None:
            return ()
        column, kind = self.fields[0], self.types[0]
        nullable = isinstance(column.dataType, ArrayType) and column.dataType.containsNull
        zero = F.lit(0).cast(kind)  # added to -0.0 it gives 0.0: one category
        return tuple(
            Categorical(
                StructField(f"{column.name}[{slot}]", kind, nullable),
                F.get(self.whole, F.lit(slot)) + zero,
            )
            for slot in self.slots
        )

    def warn_of_nominal(self) -> None:
        """Warn of slots that a vector's metadata call nominal, where no slot is taken as such."""
        if self.whole is None or self.slots:
            return
        if slots := nominal_slots(self.fields[0]):
            logger.warning(
                "slots %s of %r are nominal by its metadata, but taken as numbers, and new rows "
                "lie between them: use SMOTENC to vote on them",
                slots,
                self.fields[0].name,
            )

    def flaws(self) -> dict[str, dict[str, Column]]:
        """Conditions that make a row unusable, by column and kind of flaw."""
        if self.whole is not None:
            values = self.arrays[0]
            return {
                self.fields[0].name: {
                    "null": values.isNull() | F.exists(values, lambda x: x.isNull()),
                    "NaN": F.exists(values, F.isnan),
                    "infinite": F.exists(values, lambda x: F.abs(x) == float("inf")),
                }
            }
        return {
            field.name: {kind: F.expr(flaw) for kind, flaw in _flaws(field).items()}
            for field in self.fields
        }

    def unusable(self) -> Column:
        """Whether a row holds a null, a NaN or an infinite feature."""
        if self.whole is None:
            # An array, as the code of many conditions in a row is too long for the JVM to compile.
            sound = ", ".join(map(_soundness, self.fields)) or "true"
            return F.expr(f"coalesce(array_contains(array({sound}), false), true)")
        values = self.arrays[0]
        # Searching for -inf gives null where the array holds a null, and NaN is above all numbers:
        # two loops for four flaws, and no lambda, which Spark would interpret value by value.
        least = F.lit(float("-inf")).cast(self.types[0])
        clean = ~F.array_contains(values, least) & (F.array_max(values) < float("inf"))
        return ~F.coalesce(clean, F.size(values) == 0, F.lit(False))

    def restored(self, arrays: Sequence[str], slots: Sequence[str] = ()) -> dict[str, Column]:
        """Turn packed arrays, by name, and what slots hold, in SQL, back into feature columns."""
        if self.whole is not None:
            field = self.fields[0]
            values = inserted(F.col(arrays[0]), self.slots, list(map(F.expr, slots)))
            whole = array_to_vector(values) if isinstance(field.dataType, VectorUDT) else values
            return {field.name: whole.alias(field.name)}
        fields = {field.name: field for field in self.fields}
        return {
            name: F.expr(f"{_restored(f'{array}[{place}]', fields[name])} as {named(name)}")
            for array, names in zip(arrays, self.members, strict=True)
            for place, name in enumerate(names)
        }


def array_features(field: StructField, slots: Collection[int] = ()) -> Features:
    """Take features from one ML vector or array column, of which some slots are categories."""
    column, kind = quoted(field.name), field.dataType
    if isinstance(kind, VectorUDT):
        return _whole_features(field, vector_to_array(column), DoubleType(), slots)
    if isinstance(kind, ArrayType) and isinstance(kind.elementType, (FloatType, DoubleType)):
        return _whole_features(field, column, kind.elementType, slots)
    raise ValueError(
        f"Column {field.name!r} (featuresCol) is {kind.simpleString()}; allowed are an ML vector "
        "and an array of float or double: name plain columns in inputCols, or cast the column."
    )


def _whole_features(
    field: StructField, whole: Column, kind: DataType, slots: Collection[int]
) -> Features:
    ordered = tuple(sorted(slots))
    return Features((field,), (without(whole, ordered),), (kind,), ((),), whole, ordered)


def plain_features(fields: Sequence[StructField]) -> Features:
    """Take features from plain numeric columns."""
    groups: dict[type[DataType], list[StructField]] = {}
    for field in fields:
        groups.setdefault(_storage(field), []).append(field)
    return Features(
        tuple(fields),
        tuple(F.expr(f"array({', '.join(map(_stored, members))})") for members in groups.values()),
        tuple(storage() for storage in groups),
        tuple(tuple(field.name for field in members) for members in groups.values()),
    )


def _storage(field: StructField) -> type[DataType]:
    kind = field.dataType
    if isinstance(kind, FloatType):
        return FloatType
    if isinstance(kind, INTEGERS) or _is_exact(kind):
        return LongType
    if isinstance(kind, (DoubleType, DecimalType)):
        return DoubleType
    hint = "cast it to a number, or leave it out of inputCols"
    if isinstance(kind, (StringType, BooleanType)):
        hint = "a category has no point between two values: use SMOTENC, or copy it by copyCols"
    elif isinstance(kind, (ArrayType, VectorUDT)):
        hint = "name it as featuresCol, alone"
    raise ValueError(
        f"Column {field.name!r} (inputCols) is {kind.simpleString()}; allowed are integers, "
        f"float, double and decimal: {hint}."
    )


def _is_exact(kind: DataType) -> bool:
    return isinstance(kind, DecimalType) and kind.precision <= EXACT_DIGITS


def whole_limits(kind: DataType) -> tuple[int, int]:
    """Give the least and the largest value of an integer, or of a decimal stored as one."""
    if isinstance(kind, DecimalType):
        return 1 - 10**kind.precision, 10**kind.precision - 1
    bits = 8 * 2 ** INTEGERS.index(type(kind))
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def check_exact(features: Features, param: str) -> None:
    """Refuse decimals in double precision for a method whose rows could be too large for them."""
    for field in features.fields:
        if isinstance(field.dataType, DecimalType) and not _is_exact(field.dataType):
            raise ValueError(
                f"Column {field.name!r} is {field.dataType.simpleString()}, which new rows of "
                f"{param} could overflow; allowed are decimals of at most {EXACT_DIGITS} digits: "
                "cast it to double."
            )


def _stored(field: StructField) -> str:
    column = named(field.name)
    if isinstance(field.dataType, DecimalType) and _is_exact(field.dataType):
        column = f"{column} * {power_of_ten(field.dataType.scale)}"
    return f"cast({column} as {_storage(field)().simpleString()})"


def _restored(value: str, field: StructField) -> str:
    kind = field.dataType
    if isinstance(kind, DecimalType) and _is_exact(kind) and kind.scale:
        value = f"cast({value} as decimal({EXACT_DIGITS}, 0)) * {power_of_ten(-kind.scale)}"
    return as_nullable_as(field, f"cast({value} as {kind.simpleString()})")


def _soundness(field: StructField) -> str:
    """Condition of a value that can be used; it may be null for one that cannot."""
    if isinstance(field.dataType, (FloatType, DoubleType)):
        return f"abs({named(field.name)}) < double('inf')"
    return f"{named(field.name)} is not null"


def _flaws(field: StructField) -> dict[str, str]:
    column = named(field.name)
    flaws = {"null": f"{column} is null"}
    if isinstance(field.dataType, (FloatType, DoubleType)):
        flaws |= {"NaN": f"isnan({column})", "infinite": f"abs({column}) = double('inf')"}
    return flaws
