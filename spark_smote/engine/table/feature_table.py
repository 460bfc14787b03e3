"""The user's table with the role of each column: rows for the search, and rows back from it.

To travel, a row is reduced to the columns that its resampling needs: arrays of features, codes of
categories, and a struct of extras. The exchange schema is that of synthetic rows as they leave
the buckets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    DoubleType,
    IntegerType,
    StructField,
    StructType,
)

from spark_smote.core.strategy.groups import label_of, pool_numbers
from spark_smote.engine.table.categorical import (
    Categorical,
    codes,
    restore_category,
)
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
from spark_smote.engine.table.sql import by_number, quoted, sql_name, with_metadata
from spark_smote.exceptions import ResamplingError

__all__ = ["AddedColumns", "FeatureTable"]


@dataclass(frozen=True)
class AddedColumns:
    """Names of the columns to add to the output; None leaves one out.

    Attributes
    ----------
    synthetic : str or None
        The column that is true for synthetic rows.
    lineage : str or None
        The column with the ids of a synthetic row's base and neighbor, and the gap between them.
    """

    synthetic: str | None
    lineage: str | None

    def apply(
        self,
        rows: DataFrame,
        columns: Sequence[str | Column],
        synthetic: bool,
        lineage: Column | None,
    ) -> DataFrame:
        """Select columns of rows, and add the columns named here with the given values."""
        added = []
        if self.synthetic:
            added.append(F.lit(synthetic).alias(self.synthetic))
        if self.lineage and lineage is not None:
            added.append(lineage.alias(self.lineage))
        return rows.select(*columns, *added)


@dataclass(frozen=True)
class FeatureTable(LabeledTable):
    """A table and the role of each of its columns.

    Attributes
    ----------
    features : Features
    copies : tuple of StructField
        Columns copied from the base row.
    row_id : StructField or None
        The column that identifies rows in the lineage.
    categorical : tuple of StructField
        Columns whose values are compared and voted on, not interpolated.
    """

    features: Features
    copies: tuple[StructField, ...]
    row_id: StructField | None
    categorical: tuple[StructField, ...] = ()

    def __post_init__(self) -> None:
        """Check that the label is not a feature, too, and that the extras can travel."""
        super().__post_init__()
        check_carried(self.extras, "copyCols, idCol")
        self._check_kept((*self.features.fields, *self.categorical), "a feature")
        if self.label.name in {field.name for field in (*self.features.fields, *self.categorical)}:
            raise ResamplingError(
                f"Column {self.label.name!r} is the label and a feature; leave it out of one."
            )

    @property
    def arrays(self) -> list[str]:
        """Names of the arrays that rows travel as: features by storage type, then codes."""
        return [values_name(i) for i in range(len(self._arrays))]

    @cached_property
    def _arrays(self) -> list[Column]:
        return [*self.features.arrays, *([codes(self.categories)] if self.categories else [])]

    @cached_property
    def categories(self) -> tuple[Categorical, ...]:
        """Sources of categories: columns, then slots of the features."""
        columns = [Categorical(field, quoted(field.name)) for field in self.categorical]
        return (*columns, *self.features.slot_categories())

    @property
    def copied(self) -> tuple[StructField, ...]:
        """Columns that a synthetic row has from its base: to copy, of its group and its split."""
        return tuple({field.name: field for field in (*self.copies, *self.kept)}.values())

    @property
    def extras(self) -> tuple[StructField, ...]:
        """Columns that travel with the features: those to copy, and the row's id."""
        by_name = {field.name: field for field in self.copied}
        if self.row_id:
            by_name.setdefault(self.row_id.name, self.row_id)
        return tuple(by_name.values())

    @property
    def null_columns(self) -> list[str]:
        """Names of the columns that are null in synthetic rows."""
        made = (self.label, *self.copied, *self.features.fields, *self.categorical)
        names = {field.name for field in made}
        return [field.name for field in self.dataset.schema if field.name not in names]

    def key(self, seed: int) -> Column:
        """Hash the seed and a row's class, features and extras."""
        columns = [quoted(self.label.name), *self._arrays]
        return F.xxhash64(F.lit(seed), *columns, *content(self.extras))

    def rows_of(self, labels: Sequence[Any], seed: int) -> DataFrame:
        """Select the rows of some classes, with the columns that their resampling needs."""
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
        """Select the rows of some classes as those of one class, with `OWN_CLASS` beside it.

        With groups, the rows of each group are those of one class.
        """
        pool = by_number(dict(enumerate(pool_numbers(labels))), CLASS).cast("int")
        columns = {OWN_CLASS: F.col(CLASS), CLASS: pool if self.groups else F.lit(0)}
        return self.rows_of(labels, seed).withColumns(columns)

    def exchange_fields(self) -> list[StructField]:
        """Return the fields of features, categories and extras in the exchange schema."""
        arrays = [
            StructField(values_name(i), ArrayType(element, False), False)
            for i, element in enumerate(self.features.types)
        ]
        arrays += [
            StructField(category_name(i), BinaryType(), True) for i in range(len(self.categories))
        ]
        if not self.extras:
            return arrays
        return [*arrays, StructField(EXTRA, StructType(list(self.extras)), False)]

    def exchange_schema(self) -> StructType:
        """Return the schema of synthetic rows as they leave the buckets."""
        fields = [StructField(CLASS, IntegerType(), False), *self.exchange_fields()]
        if self.row_id:
            fields += [
                StructField(NEIGHBOR, StructType([self.row_id]), False),
                StructField(GAP, DoubleType(), False),
            ]
        return StructType(fields)

    def restore(
        self, synthetic: DataFrame, labels: Sequence[Any], added: AddedColumns
    ) -> DataFrame:
        """Turn rows of the exchange schema back into rows of the user's schema.

        Parameters
        ----------
        synthetic : DataFrame
            Synthetic rows of `exchange_schema`.
        labels : sequence
            Labels of the classes, by number.
        added : AddedColumns

        Returns
        -------
        DataFrame
            Columns that are neither features, copied nor the label are null.
        """
        values = self._restored_values(labels)
        columns = []
        for field in self.dataset.schema:
            value = values.get(field.name)
            if value is None:
                value = F.lit(None).cast(field.dataType).alias(field.name)
            columns.append(with_metadata(value, field))
        return added.apply(synthetic, columns, synthetic=True, lineage=self._restored_lineage())

    def _restored_values(self, labels: Sequence[Any]) -> dict[str, Column]:
        """Return the columns of synthetic rows that have a value, by name."""
        types = {field.name: field.dataType for field in self.dataset.schema}
        values = {field.name: F.col(EXTRA)[field.name] for field in self.copied}
        # Coalesced, so that Spark knows the labels as never null.
        values[self.label.name] = F.coalesce(
            F.get(self.array_of(labels), F.col(CLASS)), F.lit(label_of(labels[-1]))
        )
        values = {name: value.cast(types[name]).alias(name) for name, value in values.items()}
        categories = [
            restore_category(category_name(i), category.field)
            for i, category in enumerate(self.categories)
        ]
        n_columns = len(self.categorical)
        in_columns, in_slots = categories[:n_columns], categories[n_columns:]
        values |= self.features.restore(self.arrays[: len(self.features.arrays)], in_slots)
        for field, category in zip(self.categorical, in_columns, strict=True):
            values[field.name] = F.expr(f"{category} as {sql_name(field.name)}")
        return values

    def _restored_lineage(self) -> Column | None:
        if not self.row_id:
            return None
        return self._as_lineage(
            F.struct(
                F.col(EXTRA)[self.row_id.name].alias("base"),
                F.col(NEIGHBOR)[self.row_id.name].alias("neighbor"),
                F.col(GAP).alias("gap"),
            )
        )

    def originals(self, added: AddedColumns) -> DataFrame:
        """Return the untouched rows, with the added columns."""
        return added.apply(
            self.dataset, ["*"], synthetic=False, lineage=self._as_lineage(F.lit(None))
        )

    def _as_lineage(self, value: Column) -> Column | None:
        """Cast to the lineage's type: the null of the originals and the struct must union."""
        if not self.row_id:
            return None
        return value.cast(
            StructType(
                [
                    StructField("base", self.row_id.dataType),
                    StructField("neighbor", self.row_id.dataType),
                    StructField("gap", DoubleType()),
                ]
            )
        )
