"""Feature columns as arrays of few storage types, and back to the columns' own types.

The storage types are float, double, bigint, and the own ones of decimals of more than 18 digits;
each feature is stored in one without loss.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
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
    LongType,
    StringType,
    StructField,
)

from spark_smote.engine.table.categorical import Categorical
from spark_smote.engine.table.schema import FLOATING, INTEGERS
from spark_smote.engine.table.sql import as_nullable_as, power_of_ten, quoted, sql_name
from spark_smote.engine.table.vector_slots import insert_slots, nominal_slots, remove_slots
from spark_smote.exceptions import ResamplingError

__all__ = ["Features", "array_features", "check_short", "plain_features", "whole_limits"]

logger = logging.getLogger(__name__)

SHORT_DIGITS = 18
"""Digits of the widest decimal that is stored as a whole number in 64 bits."""


@dataclass(frozen=True)
class Features:
    """The feature columns, as arrays of one storage type each; empty if all are categories.

    Attributes
    ----------
    fields : tuple of StructField
        The columns, in the user's order.
    arrays : tuple of Column
        One array column per storage type, cast and packed by the JVM.
    types : tuple of DataType
        Element type of each array: float, double, bigint or a decimal.
    members : tuple of tuple of str
        Names of the plain columns in each array; empty if one column holds all features.
    whole : Column or None
        The one column that holds all features, as an array; None for plain columns.
    slots : tuple of int
        Its slots that hold categories, ascending; they are removed from the array.
    """

    fields: tuple[StructField, ...]
    arrays: tuple[Column, ...]
    types: tuple[DataType, ...]
    members: tuple[tuple[str, ...], ...]
    whole: Column | None = None
    slots: tuple[int, ...] = ()

    def size(self) -> Column:
        """Count the features of a row, slots of categories included."""
        return F.lit(sum(map(len, self.members))) if self.whole is None else F.size(self.whole)

    @property
    def units(self) -> npt.NDArray[np.float64] | None:
        """What 1 is stored as, by feature in the order of the arrays; None if it is 1 for all."""
        types = {field.name: field.dataType for field in self.fields}
        stored = [types[name] for names in self.members for name in names]
        if not any(isinstance(each, DecimalType) for each in stored):
            return None
        return np.array(
            [10.0**each.scale if isinstance(each, DecimalType) else 1.0 for each in stored]
        )

    def slot_categories(self) -> tuple[Categorical, ...]:
        """Return the categories that slots hold."""
        if self.whole is None:
            return ()
        column, data_type = self.fields[0], self.types[0]
        nullable = isinstance(column.dataType, ArrayType) and column.dataType.containsNull
        return tuple(
            Categorical(
                StructField(f"{column.name}[{slot}]", data_type, nullable),
                F.get(self.whole, F.lit(slot)),
            )
            for slot in self.slots
        )

    def warn_of_nominal(self) -> None:
        """Warn of slots that a vector's metadata call nominal, if none is named as a category."""
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
        """Build the conditions that make a row unusable, by column and kind of flaw."""
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
        """Return whether a row has a feature that is null, NaN or infinite."""
        if self.whole is None:
            # An array, as the code of many conditions in a row is too long for the JVM to compile.
            conditions = ", ".join(map(_usable, self.fields)) or "true"
            return F.expr(f"coalesce(array_contains(array({conditions}), false), true)")
        values = self.arrays[0]
        # The search for -inf gives null if the array holds a null, and NaN is above all numbers:
        # two loops for four flaws, and no lambda, which Spark would interpret value by value.
        lowest = F.lit(float("-inf")).cast(self.types[0])
        usable = ~F.array_contains(values, lowest) & (F.array_max(values) < float("inf"))
        return ~F.coalesce(usable, F.size(values) == 0, F.lit(False))

    def restore(self, arrays: Sequence[str], slots: Sequence[str] = ()) -> dict[str, Column]:
        """Turn arrays back into the feature columns.

        Parameters
        ----------
        arrays : sequence of str
            Names of the arrays.
        slots : sequence of str
            Values of the slots that hold categories, in SQL.

        Returns
        -------
        dict of str to Column
            The feature columns by name, in their own types.
        """
        if self.whole is not None:
            field = self.fields[0]
            values = insert_slots(F.col(arrays[0]), self.slots, list(map(F.expr, slots)))
            whole = array_to_vector(values) if isinstance(field.dataType, VectorUDT) else values
            return {field.name: whole.alias(field.name)}
        fields = {field.name: field for field in self.fields}
        return {
            name: F.expr(f"{_restored(f'{array}[{i}]', fields[name])} as {sql_name(name)}")
            for array, names in zip(arrays, self.members, strict=True)
            for i, name in enumerate(names)
        }


def array_features(field: StructField, slots: Collection[int] = ()) -> Features:
    """Build the features of one ML vector or array column, some of whose slots are categories."""
    column, data_type = quoted(field.name), field.dataType
    if isinstance(data_type, VectorUDT):
        return _whole_features(field, vector_to_array(column), DoubleType(), slots)
    if isinstance(data_type, ArrayType) and isinstance(data_type.elementType, FLOATING):
        return _whole_features(field, column, data_type.elementType, slots)
    raise ResamplingError(
        f"Column {field.name!r} (featuresCol) is {data_type.simpleString()}; allowed are an ML "
        "vector and an array of float or double: name plain columns in inputCols, or cast the "
        "column."
    )


def _whole_features(
    field: StructField, whole: Column, element: DataType, slots: Collection[int]
) -> Features:
    ordered = tuple(sorted(slots))
    return Features((field,), (remove_slots(whole, ordered),), (element,), ((),), whole, ordered)


def plain_features(fields: Sequence[StructField]) -> Features:
    """Build the features of plain numeric columns."""
    groups: dict[DataType, list[StructField]] = {}
    for field in fields:
        groups.setdefault(_storage(field), []).append(field)
    return Features(
        tuple(fields),
        tuple(F.expr(f"array({', '.join(map(_stored, members))})") for members in groups.values()),
        tuple(groups),
        tuple(tuple(field.name for field in members) for members in groups.values()),
    )


def _storage(field: StructField) -> DataType:
    """Return the type that a column is stored as in an array."""
    data_type = field.dataType
    if isinstance(data_type, INTEGERS) or _is_short(data_type):
        return LongType()
    if isinstance(data_type, (*FLOATING, DecimalType)):
        return data_type
    hint = "cast it to a number, or leave it out of inputCols"
    if isinstance(data_type, (StringType, BooleanType)):
        hint = "a category has no point between two values: use SMOTENC, or leave it out"
    elif isinstance(data_type, (ArrayType, VectorUDT)):
        hint = "name it as featuresCol, alone"
    raise ResamplingError(
        f"Column {field.name!r} (inputCols) is {data_type.simpleString()}; allowed are integers, "
        f"float, double and decimal: {hint}."
    )


def _is_short(data_type: DataType) -> bool:
    """Return whether a type is a decimal that is stored as a whole number in 64 bits."""
    return isinstance(data_type, DecimalType) and data_type.precision <= SHORT_DIGITS


def whole_limits(data_type: DataType) -> tuple[int, int]:
    """Return the smallest and largest stored value of an integer or short decimal type."""
    if isinstance(data_type, DecimalType):
        return 1 - 10**data_type.precision, 10**data_type.precision - 1
    bits = 8 * 2 ** INTEGERS.index(type(data_type))
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def check_short(features: Features, param: str) -> None:
    """Check that no decimal is wider than 64 bits, for what computes in Spark."""
    for field in features.fields:
        if isinstance(field.dataType, DecimalType) and not _is_short(field.dataType):
            raise ResamplingError(
                f"Column {field.name!r} is {field.dataType.simpleString()}, which new rows of "
                f"{param} could overflow; allowed are decimals of at most {SHORT_DIGITS} digits: "
                "cast it to double."
            )


def _stored(field: StructField) -> str:
    """Cast a column to its storage type, in SQL."""
    column = sql_name(field.name)
    if isinstance(field.dataType, DecimalType) and _is_short(field.dataType):
        column = f"{column} * {power_of_ten(field.dataType.scale)}"
    return f"cast({column} as {_storage(field).simpleString()})"


def _restored(value: str, field: StructField) -> str:
    """Cast a stored value back to the type of its column, in SQL."""
    data_type = field.dataType
    if isinstance(data_type, DecimalType) and _is_short(data_type) and data_type.scale:
        value = f"cast({value} as decimal({SHORT_DIGITS}, 0)) * {power_of_ten(-data_type.scale)}"
    return as_nullable_as(field, f"cast({value} as {data_type.simpleString()})")


def _usable(field: StructField) -> str:
    """Return the condition of a usable value, in SQL; it may be null for one that is not."""
    if isinstance(field.dataType, FLOATING):
        return f"abs({sql_name(field.name)}) < double('inf')"
    return f"{sql_name(field.name)} is not null"


def _flaws(field: StructField) -> dict[str, str]:
    """Return the conditions, in SQL, that make a value unusable."""
    column = sql_name(field.name)
    flaws = {"null": f"{column} is null"}
    if isinstance(field.dataType, FLOATING):
        flaws |= {"NaN": f"isnan({column})", "infinite": f"abs({column}) = double('inf')"}
    return flaws
