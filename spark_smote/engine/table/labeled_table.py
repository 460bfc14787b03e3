"""The classes of a table: their labels, rows and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, StringType, StructField

from spark_smote.engine.table.schema import FLOATING, INTEGERS, check_frame, check_new, field_of
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError

__all__ = ["LabeledTable", "labeled_table"]

MAX_CLASSES = 1000
"""Distinct labels of a table; a column with more is surely not a class."""


@dataclass(frozen=True)
class LabeledTable:
    """A table and its label column.

    Attributes
    ----------
    dataset : DataFrame
    label : StructField
    """

    dataset: DataFrame
    label: StructField

    def __post_init__(self) -> None:
        """Check that the label's type can be a class."""
        allowed = (StringType, BooleanType, *INTEGERS, *FLOATING)
        if not isinstance(self.label.dataType, allowed):
            raise ResamplingError(
                f"Column {self.label.name!r} (labelCol) is {self.label.dataType.simpleString()}; "
                "allowed are string, boolean, integers, float and double: cast it."
            )

    def class_counts(self) -> tuple[dict[Any, int], int]:
        """Count the rows of each class, and the rows without a label, in one Spark job."""
        label = quoted(self.label.name)
        if isinstance(self.label.dataType, FLOATING):
            label = F.nanvl(label, F.lit(None))
        groups = self.dataset.groupBy(label.alias("label")).count().limit(MAX_CLASSES + 2)
        counts = {row["label"]: row["count"] for row in groups.collect()}
        unlabeled = counts.pop(None, 0)
        if len(counts) > MAX_CLASSES:
            raise ResamplingError(
                f"Column {self.label.name!r} (labelCol) holds more than {MAX_CLASSES} distinct "
                "values, so it is hardly a class: name the class column, or bin the values."
            )
        return counts, unlabeled

    def labeled(self, labels: Sequence[Any]) -> DataFrame:
        """Select the rows of some classes."""
        return self.dataset.filter(self.is_in(labels))

    def is_in(self, labels: Sequence[Any]) -> Column:
        """Return whether a row's class is among some; null without a label."""
        return quoted(self.label.name).isin(list(labels))

    def class_number(self, labels: Sequence[Any]) -> Column:
        """Return the position of a row's class in `labels`; null for other rows."""
        label = quoted(self.label.name)
        # By name, as F.array_position of Spark 3.5 takes no column.
        position = F.call_function("array_position", self.array_of(labels), label)
        return (F.nullif(position, F.lit(0)) - 1).cast("int")

    def array_of(self, labels: Sequence[Any]) -> Column:
        """Return some labels as an array of the label column's type."""
        return F.array(*map(F.lit, labels)).cast(ArrayType(self.label.dataType))


def labeled_table(dataset: DataFrame, label: str, added: Sequence[str | None] = ()) -> LabeledTable:
    """Build a labeled table; check its columns and those to add, without a Spark job."""
    check_frame(dataset)
    table = LabeledTable(dataset, field_of(dataset.schema, label, "labelCol"))
    check_new(added, dataset.columns)
    return table
