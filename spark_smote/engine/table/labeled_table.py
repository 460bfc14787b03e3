"""The classes of a table: their labels, groups, rows and numbers.

A class is named by its label; with groups, it is the rows of one label in one group, and named by
a `GroupedLabel`. With a split, it is the rows to be resampled. All other rows pass through.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DateType, DecimalType, StringType, StructField

from spark_smote.core.strategy.groups import GroupedLabel, label_of
from spark_smote.core.strategy.labels import label_order
from spark_smote.engine.table.names import CLASS
from spark_smote.engine.table.row_key import content_text
from spark_smote.engine.table.schema import FLOATING, INTEGERS
from spark_smote.engine.table.sql import hash_position, sql_name
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["LabeledTable", "Split"]

MAX_CLASSES = 10_000
"""Classes of a table; a column with more labels is surely not a class."""

MAX_FRACTIONS = 100
"""Distinct labels of a type that has fractions; a column with more is surely measured."""

MAX_SPLITS_SHOWN = 20
"""Values of a split that an error lists."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,38}")


@dataclass(frozen=True)
class Split:
    """The column that splits a table, and its value in the rows to be resampled.

    Attributes
    ----------
    column : StructField
    value : str
        As text.
    """

    column: StructField
    value: str

    def __post_init__(self) -> None:
        """Check that the column's type has the value."""
        data_type, needed = self.column.dataType, ""
        if not isinstance(data_type, (StringType, BooleanType, *INTEGERS)):
            raise ResamplingError(
                f"Column {self.column.name!r} (splitCol) is {data_type.simpleString()}; allowed "
                "are string, boolean and integers: cast it."
            )
        if isinstance(data_type, INTEGERS) and not _INTEGER.fullmatch(self.value):
            needed = "a whole number"
        if isinstance(data_type, BooleanType) and self.value.lower() not in ("true", "false"):
            needed = "true or false"
        if needed:
            raise ResamplingError(
                f"Column {self.column.name!r} (splitCol) is {data_type.simpleString()}, but "
                f"trainValue is {shown(self.value)}: set it to {needed}, that of the rows to "
                "resample."
            )

    @property
    def is_train(self) -> str:
        """Whether a row is to be resampled, in SQL; null if it has no value."""
        is_text = isinstance(self.column.dataType, StringType)
        return f"{sql_name(self.column.name)} = {_text(self.value) if is_text else self.value}"


@dataclass(frozen=True)
class LabeledTable:
    """A table, its label column, and the columns of its groups and its split.

    Attributes
    ----------
    dataset : DataFrame
    label : StructField
    groups : tuple of StructField
        Columns of which each combination of values is a group; none without groups.
    split : Split or None
        Which rows are to be resampled; None for all with a label.
    """

    dataset: DataFrame
    label: StructField
    groups: tuple[StructField, ...] = field(default=(), kw_only=True)
    split: Split | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check that the types can be classes and groups, and that the label is neither."""
        exact = (StringType, BooleanType, *INTEGERS, DecimalType)
        if not isinstance(self.label.dataType, (*exact, *FLOATING)):
            raise ResamplingError(
                f"Column {self.label.name!r} (labelCol) is {self.label.dataType.simpleString()}; "
                "allowed are string, boolean, integers, float, double and decimal: cast it."
            )
        for group in self.groups:
            if not isinstance(group.dataType, (*exact, DateType)):
                raise ResamplingError(
                    f"Column {group.name!r} (groupCols) is {group.dataType.simpleString()}; "
                    "allowed are string, boolean, integers, decimal and date: cast it."
                )
        self._check_kept([self.label], "the label")

    @property
    def kept(self) -> tuple[StructField, ...]:
        """Columns of the groups and the split, which a synthetic row has from its base."""
        kept = (*self.groups, *([self.split.column] if self.split else []))
        return tuple({column.name: column for column in kept}.values())

    def _check_kept(self, made: Iterable[StructField], role: str) -> None:
        """Check that columns which get values of their own are none of the groups or the split."""
        kept = {each.name for each in self.kept}
        for name in (each.name for each in made):
            if name in kept:
                raise ResamplingError(
                    f"Column {name!r} is {role}, and a group or the split (groupCols, splitCol), "
                    "too; leave it out of one."
                )

    def class_counts(self) -> tuple[dict[Any, int], int]:
        """Count the rows of each class, and the rows that pass through, in one Spark job.

        Raises
        ------
        ResamplingError
            If there are too many classes, or one is text that Python cannot hold.
        """
        fields = {f"value{i}": each for i, each in enumerate((*self.groups, self.label))}
        values = {name: sql_name(each.name) for name, each in fields.items()}
        if self.groups:
            values[CLASS] = self._class
        members = [F.expr(f"if({self._is_member}, {v}, null)").alias(n) for n, v in values.items()]
        counted = self.dataset.groupBy(*members).count().limit(MAX_CLASSES + 2)
        for name, each in fields.items():
            if _is_text(each):  # as bytes, for Python replaces or refuses what is not UTF-8
                counted = counted.withColumn(name, F.col(name).cast("binary"))
            elif _is_date(each):  # as text, for Python refuses years of five digits
                counted = counted.withColumn(name, F.col(name).cast("string"))
        counts: dict[Any, int] = {}
        passed_through = 0
        for row in counted.collect():
            *group, label = (_read(row[name], each) for name, each in fields.items())
            if label is None:
                passed_through = row["count"]
            elif self.groups:
                counts[GroupedLabel.of((*group, label), row[CLASS])] = row["count"]
            else:
                counts[label] = row["count"]
        self._check_number(counts)
        return counts, passed_through

    @property
    def _is_member(self) -> str:
        """Whether a row is of a class, in SQL."""
        label = sql_name(self.label.name)
        conditions = [f"{label} is not null"]
        if isinstance(self.label.dataType, FLOATING):
            conditions.append(f"not isnan({label})")
        if self.split:
            conditions.append(self.split.is_train)
        return " and ".join(conditions)

    @property
    def _class(self) -> str:
        """What a row's class has in common, in SQL; null without a label."""
        label = sql_name(self.label.name)
        if not self.groups:
            return label
        code = f"xxhash64({', '.join(content_text((*self.groups, self.label)))})"
        return f"if({label} is null, null, {code})"

    def _check_number(self, counts: Iterable[Any]) -> None:
        names = list(counts)
        data_type, classes = self.label.dataType, len(set(map(label_of, names)))
        if self.groups and len(names) > MAX_CLASSES:
            raise ResamplingError(
                f"Columns {[each.name for each in self.groups]} (groupCols) hold more than "
                f"{MAX_CLASSES:,} classes in all of their groups: name columns of fewer values, or "
                "resample a part of the groups at a time."
            )
        if classes > MAX_CLASSES:
            raise ResamplingError(
                f"Column {self.label.name!r} (labelCol) holds more than {MAX_CLASSES:,} distinct "
                "values, so it is hardly a class: name the class column, or bin the values."
            )
        has_fractions = isinstance(data_type, FLOATING) or (
            isinstance(data_type, DecimalType) and data_type.scale
        )
        if classes > MAX_FRACTIONS and has_fractions:
            raise ResamplingError(
                f"Column {self.label.name!r} (labelCol) is {data_type.simpleString()} and holds "
                f"{classes:,} distinct values, so it looks like a regression target; allowed are "
                f"{MAX_FRACTIONS} for its type: bin the values, or cast them to integer or string "
                "if they are classes."
            )

    def check_train_value(self) -> None:
        """Refuse a table without a row to resample, with the values of its split, if it has one."""
        if self.split is None:
            return
        name = self.split.column.name
        distinct = self.dataset.select(F.expr(sql_name(name))).distinct()
        found = [row[0] for row in distinct.limit(MAX_SPLITS_SHOWN).collect()]
        raise ResamplingError(
            f"Column {name!r} (splitCol) is {shown(self.split.value)} (trainValue) in no row with "
            f"a label; it holds {', '.join(map(shown, sorted(found, key=label_order)))}: set "
            "trainValue to the value of the rows to resample."
        )

    def labeled(self, labels: Sequence[Any]) -> DataFrame:
        """Select the rows of some classes."""
        return self.dataset.filter(self.is_in(labels))

    def is_in(self, labels: Sequence[Any]) -> Column:
        """Return whether a row's class is among some; null or false if it passes through."""
        is_in = f"{self._class} in ({', '.join(self._names(labels))})"
        return F.expr(f"{self.split.is_train} and {is_in}" if self.split else is_in)

    def class_number(self, labels: Sequence[Any]) -> Column:
        """Return the position of a row's class in `labels`; null for other rows."""
        if self.groups:
            number = hash_position([name.code for name in labels], self._class)
        else:
            names = f"array({', '.join(self._names(labels))})"
            number = F.expr(f"int(nullif(array_position({names}, {self._class}), 0)) - 1")
        return F.when(F.expr(self.split.is_train), number) if self.split else number

    def array_of(self, labels: Sequence[Any]) -> Column:
        """Return the labels of some classes as an array of the label column's type."""
        return F.expr(f"array({', '.join(self._literals(map(label_of, labels)))})")

    def _names(self, labels: Sequence[Any]) -> list[str]:
        """Write in SQL what tells some classes apart."""
        return [f"{name.code}L" for name in labels] if self.groups else self._literals(labels)

    def _literals(self, labels: Iterable[Any]) -> list[str]:
        """Write labels in SQL: thousands are one call, where F.lit would be one each."""
        data_type = self.label.dataType.simpleString()
        return [f"cast({_text(label)} as {data_type})" for label in labels]


def _text(label: Any) -> str:
    """Write a label as text in SQL; in hexadecimal, so that no character means anything else."""
    return f"string(x'{str(label).encode().hex()}')"


def _is_text(column: StructField) -> bool:
    return isinstance(column.dataType, StringType)


def _is_date(column: StructField) -> bool:
    return isinstance(column.dataType, DateType)


def _read(value: Any, column: StructField) -> Any:
    """Return a value of a label or a group, text from its bytes and a date from its text."""
    if value is None or not (_is_text(column) or _is_date(column)):
        return value
    if _is_date(column):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError as error:
            raise ResamplingError(
                f"Column {column.name!r} (groupCols) holds {value!r}, which is no date in Python: "
                "cast it to string."
            ) from error
    try:
        return bytes(value).decode()
    except UnicodeDecodeError as error:
        raise ResamplingError(
            f"Column {column.name!r} (labelCol, groupCols) holds {bytes(value)!r}, which is not "
            "valid UTF-8: decode it as what it is, or drop its rows before."
        ) from error
