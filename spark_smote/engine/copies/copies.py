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
from spark_smote.engine.table.labeled_table import Table
from spark_smote.engine.table.names import CLASS, COPY, DRAW, KEY
from spark_smote.engine.table.row_key import content
from spark_smote.engine.table.sql import by_number, quoted, with_metadata

__all__ = ["Repeats", "find_repeats", "repeated"]


@dataclass(frozen=True)
class Repeats:
    """How often each row of some classes is to stand in the result.

    Attributes
    ----------
    quotas : dict
        Rows wanted and rows there, by label.
    cutoffs : dict
        For each class number with a remainder, the draws that it falls to.
    twins : bool
        Whether some rows are identical, which must draw apart.
    smoothing : Smoothing or None
        The noise of the repeated rows.
    """

    quotas: Mapping[Any, Quota]
    cutoffs: Mapping[int, Cutoff]
    twins: bool
    smoothing: Smoothing | None = None


def find_repeats(
    table: Table, quotas: Mapping[Any, Quota], seed: int, smoothing: Smoothing | None = None
) -> Repeats:
    """Find the draws that the remainders fall to, in at most three Spark jobs.

    Every row draws a 64-bit number, and those with the highest ones get the remainder.
    """
    uneven = [number for number, quota in enumerate(quotas.values()) if quota.extra]
    drawing = sorted({*uneven, *(smoothing.widths if smoothing else ())})
    if not drawing:
        return Repeats(quotas, {}, twins=False)
    rows = _keyed(table, list(quotas), seed).filter(F.col(CLASS).isin(drawing)).select(CLASS, KEY)
    found = rows.groupBy(CLASS, KEY).count()
    alone, most = _bins(_drawn(found, twins=False))
    twins = most > 1
    if not uneven:
        return Repeats(quotas, {}, twins, smoothing)
    drawn = _drawn(rows, twins)
    bins = _bins(drawn.withColumn("count", F.lit(1)))[0] if twins else alone
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
    return Repeats(quotas, cutoffs, twins, smoothing)


def repeated(table: Table, repeats: Repeats, seed: int) -> DataFrame:
    """Give each row of the classes as often as planned, in the table's own columns; lazy."""
    drawn = _drawn(_keyed(table, list(repeats.quotas), seed), repeats.twins)
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


def _keyed(table: Table, labels: Sequence[Any], seed: int) -> DataFrame:
    """Give the rows of some classes their number, and a key by their content."""
    key = F.xxhash64(F.lit(seed), *content(table.dataset.schema.fields)).alias(KEY)
    return table.labelled(labels).select("*", table.class_number(labels).alias(CLASS), key)


def _drawn(rows: DataFrame, twins: bool) -> DataFrame:
    """Let each row draw, identical ones by their number among themselves."""
    number: Column = F.lit(0)
    if twins:
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
