"""The classes of a table: their labels, rows and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DecimalType, StringType, StructField

from spark_smote.engine.table.schema import FLOATING, INTEGERS, check_frame, check_new, field_of
from spark_smote.engine.table.sql import quoted, sql_name
from spark_smote.exceptions import ResamplingError

__all__ = ["LabeledTable", "labeled_table"]

MAX_CLASSES = 10_000
"""Distinct labels of a table; a column with more is surely not a class."""

MAX_FRACTIONS = 100
"""Distinct labels of a type that has fractions; a column with more is surely measured."""


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
        allowed = (StringType, BooleanType, *INTEGERS, *FLOATING, DecimalType)
        if not isinstance(self.label.dataType, allowed):
            raise ResamplingError(
                f"Column {self.label.name!r} (labelCol) is {self.label.dataType.simpleString()}; "
                "allowed are string, boolean, integers, float, double and decimal: cast it."
            )

    def class_counts(self) -> tuple[dict[Any, int], int]:
        """Count the rows of each class, and the rows without a label, in one Spark job.

        Raises
        ------
        ResamplingError
            If there are too many classes, or one is text that Python cannot hold.
        """
        label = quoted(self.label.name)
        if isinstance(self.label.dataType, FLOATING):
            label = F.nanvl(label, F.lit(None))
        groups = self.dataset.groupBy(label.alias("label")).count().limit(MAX_CLASSES + 2)
        if self._is_text:  # as bytes, for Python replaces or refuses what is not UTF-8
            groups = groups.withColumn("label", F.col("label").cast("binary"))
        counts = {self._as_label(row["label"]): row["count"] for row in groups.collect()}
        unlabeled = counts.pop(None, 0)
        self._check_number(len(counts))
        return counts, unlabeled

    @property
    def _is_text(self) -> bool:
        return isinstance(self.label.dataType, StringType)

    def _as_label(self, value: Any) -> Any:
        if value is None or not self._is_text:
            return value
        try:
            return bytes(value).decode()
        except UnicodeDecodeError as error:
            raise ResamplingError(
                f"Column {self.label.name!r} (labelCol) holds {bytes(value)!r}, which is not valid "
                "UTF-8: decode it as what it is, or drop its rows before."
            ) from error

    def _check_number(self, classes: int) -> None:
        data_type = self.label.dataType
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

    def labeled(self, labels: Sequence[Any]) -> DataFrame:
        """Select the rows of some classes."""
        return self.dataset.filter(self.is_in(labels))

    def is_in(self, labels: Sequence[Any]) -> Column:
        """Return whether a row's class is among some; null without a label."""
        return F.expr(f"{sql_name(self.label.name)} in ({self._literals(labels)})")

    def class_number(self, labels: Sequence[Any]) -> Column:
        """Return the position of a row's class in `labels`; null for other rows."""
        label = quoted(self.label.name)
        # By name, as F.array_position of Spark 3.5 takes no column.
        position = F.call_function("array_position", self.array_of(labels), label)
        return (F.nullif(position, F.lit(0)) - 1).cast("int")

    def array_of(self, labels: Sequence[Any]) -> Column:
        """Return some labels as an array of the label column's type."""
        return F.expr(f"array({self._literals(labels)})")

    def _literals(self, labels: Sequence[Any]) -> str:
        """Write labels in SQL: thousands are one call, where F.lit would be one each."""
        data_type = self.label.dataType.simpleString()
        return ", ".join(f"cast({_text(label)} as {data_type})" for label in labels)


def _text(label: Any) -> str:
    """Write a label as text in SQL; in hexadecimal, so that no character means anything else."""
    return f"string(x'{str(label).encode().hex()}')"


def labeled_table(dataset: DataFrame, label: str, added: Sequence[str | None] = ()) -> LabeledTable:
    """Build a labeled table; check its columns and those to add, without a Spark job."""
    check_frame(dataset)
    table = LabeledTable(dataset, field_of(dataset.schema, label, "labelCol"))
    check_new(added, dataset.columns)
    return table
