"""The user's table: which column is what, the rows to learn from, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DoubleType,
    IntegerType,
    StringType,
    StructField,
    StructType,
)

from spark_smote.engine.table.categorical import Categorical, codes, restored_category
from spark_smote.engine.table.features import Features
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import (
    CLASS,
    EXTRA,
    GAP,
    KEY,
    NEIGHBOR,
    OWN_CLASS,
    SIZE,
    UNUSABLE,
    category_name,
    values_name,
)
from spark_smote.engine.table.row_key import content
from spark_smote.engine.table.schema import check_carried
from spark_smote.engine.table.sql import named, quoted, with_metadata

__all__ = ["AddedColumns", "FeatureTable"]


@dataclass(frozen=True)
class AddedColumns:
    """Names of the columns that tell synthetic rows apart; None leaves one out."""

    synthetic: str | None
    lineage: str | None


@dataclass(frozen=True)
class FeatureTable(LabeledTable):
    """A table and the part that each of its columns plays.

    Attributes
    ----------
    features : Features
    copies : tuple of StructField
        Columns copied from the base row.
    row_id : StructField or None
        The column that names rows in the lineage.
    categorical : tuple of StructField
        Columns whose values are compared and voted on, not interpolated.
    """

    features: Features
    copies: tuple[StructField, ...]
    row_id: StructField | None
    categorical: tuple[StructField, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a label that is a feature, too, and columns that cannot travel."""
        super().__post_init__()
        check_carried(self.extras, "copyCols, idCol")
        if self.label.name in {field.name for field in (*self.features.fields, *self.categorical)}:
            raise ValueError(
                f"Column {self.label.name!r} is the label and a feature; leave it out of one."
            )

    @property
    def arrays(self) -> list[str]:
        """Names of the arrays that rows travel as: features by type, then codes."""
        return [values_name(place) for place in range(len(self._arrays))]

    @cached_property
    def _arrays(self) -> list[Column]:
        return [*self.features.arrays, *([codes(self.categories)] if self.categories else [])]

    @cached_property
    def categories(self) -> tuple[Categorical, ...]:
        """What holds categories: columns, then slots of the features."""
        columns = [Categorical(field, quoted(field.name)) for field in self.categorical]
        return (*columns, *self.features.in_slots())

    @property
    def extras(self) -> tuple[StructField, ...]:
        """Columns that travel with the features."""
        named = {field.name: field for field in self.copies}
        if self.row_id:
            named.setdefault(self.row_id.name, self.row_id)
        return tuple(named.values())

    def key(self, seed: int) -> Column:
        """Hash what makes a row what it is: its class, features and columns to copy."""
        known = [quoted(self.label.name), *self._arrays]
        return F.xxhash64(F.lit(seed), *known, *content(self.extras))

    def rows_of(self, labels: Sequence[Any], seed: int) -> DataFrame:
        """Select the rows of some classes, pruned to what their resampling needs."""
        extras = [quoted(extra.name) for extra in self.extras]
        return self.labeled(labels).select(
            self.class_number(labels).alias(CLASS),
            self.key(seed).alias(KEY),
            *[array.alias(values_name(i)) for i, array in enumerate(self._arrays)],
            *([F.struct(*extras).alias(EXTRA)] if extras else []),
            self.features.unusable().alias(UNUSABLE),
            self.features.size().alias(SIZE),
        )

    def rows_of_all_classes(self, labels: Sequence[Any], seed: int) -> DataFrame:
        """Select the rows of some classes as of one class, each with the number of its own."""
        return self.rows_of(labels, seed).withColumns({OWN_CLASS: F.col(CLASS), CLASS: F.lit(0)})

    def exchange_fields(self) -> list[StructField]:
        """Fields of the feature arrays and the extras, as they travel."""
        arrays = [
            StructField(values_name(place), ArrayType(kind, False), False)
            for place, kind in enumerate(self.features.types)
        ]
        arrays += [
            StructField(category_name(place), StringType(), True)
            for place in range(len(self.categories))
        ]
        if not self.extras:
            return arrays
        return [*arrays, StructField(EXTRA, StructType(list(self.extras)), False)]

    def exchange_schema(self) -> StructType:
        """Describe synthetic rows as they come out of the buckets."""
        fields = [StructField(CLASS, IntegerType(), False), *self.exchange_fields()]
        if self.row_id:
            fields += [
                StructField(NEIGHBOR, StructType([self.row_id]), False),
                StructField(GAP, DoubleType(), False),
            ]
        return StructType(fields)

    def restore(self, made: DataFrame, labels: Sequence[Any], marks: AddedColumns) -> DataFrame:
        """Give synthetic rows the columns of the table."""
        # A label that is never null must not seem to be.
        label = F.coalesce(F.get(self.array_of(labels), F.col(CLASS)), F.lit(labels[-1]))
        arrays = self.arrays[: len(self.features.arrays)]
        categories = [
            restored_category(category_name(place), category.field)
            for place, category in enumerate(self.categories)
        ]
        learnt = self.features.restored(arrays, categories[len(self.categorical) :])
        for field, category in zip(self.categorical, categories, strict=False):
            learnt[field.name] = F.expr(f"{category} as {named(field.name)}")
        others = {field.name: F.col(EXTRA)[field.name] for field in self.copies}
        others[self.label.name] = label
        own = []
        for field in self.dataset.schema:
            value = learnt.get(field.name)
            if value is None:
                value = others.get(field.name, F.lit(None)).cast(field.dataType).alias(field.name)
            own.append(with_metadata(value, field))
        lineage = None
        if self.row_id and marks.lineage:
            lineage = F.struct(
                F.col(EXTRA)[self.row_id.name].alias("base"),
                F.col(NEIGHBOR)[self.row_id.name].alias("neighbor"),
                F.col(GAP).alias("gap"),
            )
        return made.select(*own, *self._marked(marks, True, lineage))

    def originals(self, marks: AddedColumns) -> DataFrame:
        """Give the untouched rows the columns that were asked for."""
        return self.dataset.select("*", *self._marked(marks, False, None))

    def _marked(self, marks: AddedColumns, synthetic: bool, lineage: Column | None) -> list[Column]:
        columns = []
        if marks.synthetic:
            columns.append(F.lit(synthetic).alias(marks.synthetic))
        if marks.lineage and self.row_id:
            kind = StructType(
                [
                    StructField("base", self.row_id.dataType),
                    StructField("neighbor", self.row_id.dataType),
                    StructField("gap", DoubleType()),
                ]
            )
            # Typed by hand: the null of the originals and the struct must union.
            filled = F.lit(None) if lineage is None else lineage
            columns.append(filled.cast(kind).alias(marks.lineage))
        return columns
