"""Shares of a class picked by keyed draws: rows repeated or kept, in the JVM alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_smote.core.strategy.quotas import BIN_SHIFT, Cutoff, Quota, cutoff_bin, cutoff_in_bin
from spark_smote.engine.copies.smoothing import Smoothing
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import CLASS, COPY, DRAW, KEY
from spark_smote.engine.table.row_key import content
from spark_smote.engine.table.sql import by_number, quoted, with_metadata

__all__ = ["RowCopies", "copy_rows", "draw_copies"]


@dataclass(frozen=True)
class RowCopies:
    """How often each row of some classes is to stand in the result.

    Attributes
    ----------
    quotas : dict
        Rows wanted and rows there, by label.
    cutoffs : dict
        For each class number with a remainder, the draws that it falls to.
    has_duplicates : bool
        Whether some rows are identical, which must draw apart.
    smoothing : Smoothing or None
        The noise of the repeated rows.
    """

    quotas: Mapping[Any, Quota]
    cutoffs: Mapping[int, Cutoff]
    has_duplicates: bool
    smoothing: Smoothing | None = None


def draw_copies(
    table: LabeledTable, quotas: Mapping[Any, Quota], seed: int, smoothing: Smoothing | None = None
) -> RowCopies:
    """Find the draws that the remainders fall to, in at most three Spark jobs.

    Every row draws a 64-bit number, and those with the highest ones get the remainder.
    """
    uneven = [number for number, quota in enumerate(quotas.values()) if quota.extra]
    drawing = sorted({*uneven, *(smoothing.noise_std if smoothing else ())})
    if not drawing:
        return RowCopies(quotas, {}, has_duplicates=False)
    rows = _keyed(table, list(quotas), seed).filter(F.col(CLASS).isin(drawing)).select(CLASS, KEY)
    found = rows.groupBy(CLASS, KEY).count()
    alone, most = _bins(_with_draws(found, has_duplicates=False))
    has_duplicates = most > 1
    if not uneven:
        return RowCopies(quotas, {}, has_duplicates, smoothing)
    drawn = _with_draws(rows, has_duplicates)
    bins = _bins(drawn.withColumn("count", F.lit(1)))[0] if has_duplicates else alone
    remainders = [quota.extra for quota in quotas.values()]
    places = {number: cutoff_bin(bins[number], remainders[number])[0] for number in uneven}
    inside = F.shiftright(DRAW, BIN_SHIFT) == by_number(places, CLASS)
    near = drawn.filter(inside).groupBy(CLASS, DRAW).count().collect()
    cutoffs = {}
    for number in uneven:
        draws = [(row[DRAW], row["count"]) for row in near if row[CLASS] == number]
        keys, counts = np.array(draws, dtype=np.int64).T
        cutoff = cutoff_in_bin(keys, counts, bins[number], remainders[number])
        whole = counts[keys == cutoff.key].sum() == cutoff.ties
        cutoffs[number] = Cutoff(cutoff.key - 1, 0) if whole else cutoff
    return RowCopies(quotas, cutoffs, has_duplicates, smoothing)


def copy_rows(table: LabeledTable, repeats: RowCopies, seed: int) -> DataFrame:
    """Give each row of the classes as often as planned, in the table's own columns; lazy."""
    drawn = _with_draws(_keyed(table, list(repeats.quotas), seed), repeats.has_duplicates)
    quotas = dict(enumerate(quota.each for quota in repeats.quotas.values()))
    cutoffs = {number: cutoff.key for number, cutoff in repeats.cutoffs.items()}
    above = F.col(DRAW) > by_number(cutoffs, CLASS)
    each = by_number(quotas, CLASS) + F.coalesce(above, F.lit(False)).cast("int")
    copies: Column = F.lit(1)
    if any(quotas.values()):
        copies = F.explode(F.sequence(F.lit(1), each.cast("int")))
    picked = drawn.filter(each > 0).withColumn(COPY, copies)
    for number, cutoff in repeats.cutoffs.items():
        if cutoff.ties:  # two rows drew the same 64 bits
            tied = drawn.filter((F.col(CLASS) == number) & (F.col(DRAW) == cutoff.key))
            last = F.lit(quotas[number] + 1)
            picked = picked.unionByName(tied.limit(cutoff.ties).withColumn(COPY, last))
    smoothed: dict[str, Column] = {}
    if repeats.smoothing:
        picked, smoothed = repeats.smoothing.apply(picked, F.col(DRAW), F.col(COPY))
    return picked.select(
        *[
            with_metadata(smoothed[field.name], field)
            if field.name in smoothed
            else quoted(field.name)
            for field in table.dataset.schema
        ]
    )


def _keyed(table: LabeledTable, labels: Sequence[Any], seed: int) -> DataFrame:
    """Give the rows of some classes their number, and a key by their content."""
    key = F.xxhash64(F.lit(seed), *content(table.dataset.schema.fields)).alias(KEY)
    return table.labeled(labels).select("*", table.class_number(labels).alias(CLASS), key)


def _with_draws(rows: DataFrame, has_duplicates: bool) -> DataFrame:
    """Let each row draw, identical ones by their number among themselves."""
    number: Column = F.lit(0)
    if has_duplicates:
        number = F.row_number().over(Window.partitionBy(KEY).orderBy(KEY)) - 1
    return rows.withColumn(DRAW, F.xxhash64(KEY, number))


def _bins(drawn: DataFrame) -> tuple[dict[int, dict[int, int]], int]:
    """Count rows by class and bin of the draw, and find the largest count."""
    found = (
        drawn.groupBy(CLASS, F.shiftright(DRAW, BIN_SHIFT).alias("bin"))
        .agg(F.sum("count").alias("rows"), F.max("count").alias("most"))
        .collect()
    )
    bins: dict[int, dict[int, int]] = {}
    for row in found:
        bins.setdefault(row[CLASS], {})[row["bin"]] = row["rows"]
    return bins, max(row["most"] for row in found)
