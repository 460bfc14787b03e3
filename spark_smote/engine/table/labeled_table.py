"""The classes of a table: their labels, rows and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, DoubleType, FloatType, StringType, StructField

from spark_smote.engine.table.schema import INTEGERS, check_frame, check_new, field_of
from spark_smote.engine.table.sql import quoted

__all__ = ["LabeledTable", "labeled_table"]

MAX_CLASSES = 1000
"""Distinct labels beyond which the label column is surely not a class."""


@dataclass(frozen=True)
class LabeledTable:
    """A table and its label column."""

    dataset: DataFrame
    label: StructField

    def __post_init__(self) -> None:
        """Refuse label types that are no classes."""
        allowed = (StringType, BooleanType, *INTEGERS, FloatType, DoubleType)
        if not isinstance(self.label.dataType, allowed):
            raise ValueError(
                f"Column {self.label.name!r} (labelCol) is {self.label.dataType.simpleString()}; "
                "allowed are string, boolean, integers, float and double: cast it."
            )

    def class_counts(self) -> tuple[dict[Any, int], int]:
        """Count the rows of each class, and those without a label."""
        label = quoted(self.label.name)
        if isinstance(self.label.dataType, (FloatType, DoubleType)):
            label = F.nanvl(label, F.lit(None))
        counted = self.dataset.groupBy(label.alias("label")).count().limit(MAX_CLASSES + 2)
        counts = {row["label"]: row["count"] for row in counted.collect()}
        unlabeled = counts.pop(None, 0)
        if len(counts) > MAX_CLASSES:
            raise ValueError(
                f"Column {self.label.name!r} (labelCol) holds more than {MAX_CLASSES} distinct "
                "values, so it is hardly a class: name the class column, or bin the values."
            )
        return counts, unlabeled

    def labeled(self, labels: Sequence[Any]) -> DataFrame:
        """Select the rows of some classes."""
        return self.dataset.filter(self.is_in(labels))

    def is_in(self, labels: Sequence[Any]) -> Column:
        """Tell whether a row's class is one of some; null without a label."""
        return quoted(self.label.name).isin(list(labels))

    def class_number(self, labels: Sequence[Any]) -> Column:
        """Give the place of a row's class in `labels`; null for other rows."""
        label = quoted(self.label.name)
        # By name, as F.array_position of Spark 3.5 takes no column.
        place = F.call_function("array_position", self.array_of(labels), label)
        return (F.nullif(place, F.lit(0)) - 1).cast("int")

    def array_of(self, labels: Sequence[Any]) -> Column:
        """Give some labels as an array of the label column's type."""
        return F.array(*map(F.lit, labels)).cast(ArrayType(self.label.dataType))


def labeled_table(dataset: DataFrame, label: str, added: Sequence[str | None] = ()) -> LabeledTable:
    """Check a table, its label column and the names of columns to add; no Spark job."""
    check_frame(dataset)
    table = LabeledTable(dataset, field_of(dataset.schema, label, "labelCol"))
    check_new(added, dataset.columns)
    return table
