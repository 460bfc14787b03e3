"""Folds: which rows a model is trained on, and which it scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DateType,
    NumericType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from spark_smote.core.strategy.quotas import bin_shift, cutoff_bin, cutoff_in_bin
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import BIN, CLASS, KEY, RESERVED, ROW_COUNT
from spark_smote.engine.table.row_key import content
from spark_smote.engine.table.schema import field_of
from spark_smote.engine.table.sql import by_number, is_among, key_bin, quoted
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["PART", "Split", "Splitter", "add_parts", "check_class_sizes"]

PART = f"{RESERVED}part"
"""Part of the table that a row is in: its fold, or its place in time."""

LARGE = 20
"""Rows that stand more often than 1/(LARGE * folds) of their class are spread over the folds."""

TIMES = (DateType, TimestampType, TimestampNTZType, NumericType)
"""Types that a table is divided by in time."""

PRECISION = 100_000
"""Accuracy of the times that divide the parts: off by at most one of so many rows."""


@dataclass(frozen=True)
class Split:
    """The parts that a model is trained on, and the one that it scores."""

    fold: int
    training_parts: tuple[int, ...]
    scored_part: int

    @property
    def training(self) -> str:
        """Whether a row is trained on, in SQL."""
        return f"{PART} in ({', '.join(map(str, self.training_parts))})"

    @property
    def scored(self) -> str:
        """Whether a row is scored, in SQL."""
        return f"{PART} = {self.scored_part}"


@dataclass(frozen=True)
class Splitter:
    """How a table is divided.

    Attributes
    ----------
    folds : int
    group : StructField or None
        Column whose equal values share a fold.
    time : StructField or None
        Column to divide by: each fold scores the rows that follow those it is trained on.
    scored_folds : int or None
        How many of the folds to score, the first ones; None is all.
    """

    folds: int
    group: StructField | None = None
    time: StructField | None = None
    scored_folds: int | None = None

    @staticmethod
    def find(schema: StructType, folds: int, group: str | None, time: str | None) -> Splitter:
        """Find the columns by name.

        Raises
        ------
        ResamplingError
            For a column that is not there, a time without an order, or both columns.
        """
        if group and time:
            raise ResamplingError(
                f"groupCol={shown(group)} and timeCol={shown(time)} are both set, and folds are "
                "by one of them: clear one."
            )
        group_field = field_of(schema, group, "groupCol") if group else None
        time_field = field_of(schema, time, "timeCol") if time else None
        if time_field and not isinstance(time_field.dataType, TIMES):
            raise ResamplingError(
                f"Column {time!r} (timeCol) is {time_field.dataType.simpleString()}; allowed are "
                "dates, timestamps and numbers: cast it."
            )
        return Splitter(folds, group_field, time_field)

    @property
    def parts(self) -> int:
        """Number of parts."""
        return self.folds + 1 if self.time else self.folds

    @property
    def splits(self) -> list[Split]:
        """The splits to score, in order."""
        parts = range(self.folds)
        if self.time:
            splits = [Split(i, tuple(range(i + 1)), i + 1) for i in parts]
        else:
            splits = [Split(i, tuple(part for part in parts if part != i), i) for i in parts]
        return splits[: self.scored_folds]


def check_class_sizes(counts: Mapping[Any, int], folds: int) -> None:
    """Check that every class has a row for each fold.

    Raises
    ------
    ResamplingError
    """
    for label, rows in counts.items():
        if rows < folds:
            raise ResamplingError(
                f"Class {shown(label)} has {rows} rows, fewer than the {folds} folds: lower folds, "
                "or leave the class out."
            )


def add_parts(
    table: LabeledTable,
    counts: Mapping[Any, int],
    features: Sequence[StructField],
    splitter: Splitter,
    seed: int,
) -> tuple[DataFrame, int]:
    """Add the part of each row, its class's number and a key; at most two Spark jobs.

    Every class is spread over the folds evenly, to the largest set of identical rows that stay
    together. With a group, this holds for the rarest class and the largest group of it.

    Parameters
    ----------
    table : LabeledTable
        Without rows that have no label.
    counts : mapping of label to int
        Rows of each class.
    features : sequence of StructField
        Columns that make two rows of a class identical.
    splitter : Splitter
    seed : int

    Returns
    -------
    rows : DataFrame
        Lazy.
    spread : int
        Rows that stand so often that their twins are spread over all folds.
    """
    labels, folds = list(counts), splitter.folds
    named = [splitter.group] if splitter.group else [table.label, *features]
    key = F.xxhash64(F.lit(seed), *content(named)).alias(KEY)
    rows = table.dataset.select("*", table.class_number(labels).alias(CLASS), key)
    if splitter.time:
        return rows.withColumn(PART, _place_in_time(rows, splitter.time, folds)), 0
    if splitter.group:
        rarest = min(range(len(labels)), key=lambda number: counts[labels[number]])
        cuts = _cut(rows.filter(F.col(CLASS) == rarest), {rarest: counts[labels[rarest]]}, folds)
        return rows.withColumn(PART, _n_below({0: cuts.keys[rarest]}, F.lit(0))), 0
    sizes = {number: counts[label] for number, label in enumerate(labels)}
    limits = {number: max(1, size // (LARGE * folds)) for number, size in sizes.items()}
    cuts = _cut(rows, sizes, folds, limits)
    part = _n_below(cuts.keys, F.col(CLASS))
    if not cuts.large:
        return rows.withColumn(PART, part), 0
    is_large = is_among(KEY, cuts.large)
    number = F.row_number().over(Window.partitionBy(KEY).orderBy(KEY)) - 1
    first = F.expr(
        f"map({', '.join(f'{key}L, {part}' for key, part in cuts.large.items())})[{KEY}]"
    )
    large = rows.filter(is_large).withColumn(PART, F.pmod(number + first, F.lit(folds)))
    return rows.filter(~is_large).withColumn(PART, part).unionByName(large), len(cuts.large)


@dataclass(frozen=True)
class _Cuts:
    """Keys that divide a class's rows, and by key of those that stand too often, the first part."""

    keys: dict[int, list[int]]
    large: dict[int, int]


def _cut(
    rows: DataFrame, sizes: Mapping[int, int], folds: int, limits: Mapping[int, int] | None = None
) -> _Cuts:
    """Divide the rows of some classes by key, identical rows together.

    Parameters
    ----------
    rows : DataFrame
        With `CLASS` and `KEY`.
    sizes : mapping of int to int
        Rows of each class.
    folds : int
    limits : mapping of int to int, optional
        Most identical rows of a class that stay together.
    """
    shift = bin_shift(len(sizes))
    identical = rows.groupBy(CLASS, KEY).agg(F.count("*").alias(ROW_COUNT))
    is_small = F.lit(True) if limits is None else F.col(ROW_COUNT) <= by_number(limits, CLASS)
    groups = (
        identical.groupBy(CLASS, key_bin(KEY, shift).alias(BIN))
        .agg(
            F.sum(F.when(is_small, F.col(ROW_COUNT)).otherwise(0)).alias(ROW_COUNT),
            F.collect_list(F.when(~is_small, F.struct(KEY, ROW_COUNT))).alias("large"),
        )
        .collect()
    )
    large: dict[int, int] = {}
    for number in sizes:
        found = [row for group in groups if group[CLASS] == number for row in group["large"]]
        large |= _first_parts({row[KEY]: row[ROW_COUNT] for row in found}, folds)
    bins: dict[int, dict[int, int]] = {number: {} for number in sizes}
    for group in groups:
        bins[group[CLASS]][group[BIN]] = group[ROW_COUNT]
    # Rows above each cut: the highest keys are the last part, and the last parts have one more.
    above = {
        number: [n // folds * parts + min(n % folds, parts) for parts in range(folds - 1, 0, -1)]
        for number, n in ((number, sum(of.values())) for number, of in bins.items())
    }
    wanted = {
        number: sorted({cutoff_bin(bins[number], extra)[0] for extra in extras})
        for number, extras in above.items()
    }
    is_cut = F.array_contains(by_number(wanted, CLASS), key_bin(KEY, shift))
    inside: dict[int, list[tuple[int, int]]] = {number: [] for number in sizes}
    for row in identical.filter(is_cut & is_small).collect():
        inside[row[CLASS]].append((row[KEY], row[ROW_COUNT]))
    keys = {}
    for number, extras in above.items():
        if not inside[number]:  # all rows stand too often
            keys[number] = [0] * len(extras)
            continue
        values, counts = np.array(inside[number], dtype=np.int64).T
        rows_of = dict(inside[number])
        cutoffs = [cutoff_in_bin(values, counts, bins[number], extra, shift) for extra in extras]
        # Rows that are identical go to the side where most of them belong.
        keys[number] = [each.key - (2 * each.ties > rows_of[each.key]) for each in cutoffs]
    return _Cuts(keys, large)


def _n_below(cuts: Mapping[int, Sequence[int]], number: Column) -> Column:
    """Count the cuts that a row's key is above."""
    return F.size(F.filter(by_number(cuts, number), lambda cut: F.col(KEY) > cut))


def _first_parts(large: Mapping[int, int], folds: int) -> dict[int, int]:
    """Choose the part of a row's first twin, so that those of a class fill the parts in turn."""
    first, rows = {}, 0
    for key in sorted(large):
        first[key] = rows % folds
        rows += large[key]
    return first


def _number_of_time(time: StructField) -> Column:
    """Return a time as a number: that of a timestamp does not depend on where Python runs."""
    column = quoted(time.name)
    if isinstance(time.dataType, DateType):
        return F.unix_date(column)
    if isinstance(time.dataType, (TimestampType, TimestampNTZType)):
        return F.unix_micros(column.cast("timestamp"))
    return column


def _place_in_time(rows: DataFrame, time: StructField, folds: int) -> Column:
    """Return how many of the times that divide the table into folds + 1 parts a row is after."""
    shares = [part / (folds + 1) for part in range(1, folds + 1)]
    column = _number_of_time(time)
    cuts, missing = rows.agg(
        F.percentile_approx(column, shares, PRECISION), F.count_if(column.isNull())
    ).first() or ([], 0)
    if missing:
        raise ResamplingError(
            f"Column {time.name!r} (timeCol) is null in {missing} rows: fill it, or drop the rows."
        )
    return sum((column > F.lit(cut)).cast("int") for cut in cuts)  # type: ignore[return-value]
