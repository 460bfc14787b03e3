"""Copies of rows: how often each row of a class is repeated or kept, decided in the JVM alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_smote.core.digest import RowDigest
from spark_smote.core.strategy.quotas import Cutoff, Quota, bin_shift, cutoff_bin, cutoff_in_bin
from spark_smote.engine.copies.smoothing import Smoothing
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import CLASS, COPY, DRAW, KEY
from spark_smote.engine.table.row_key import content
from spark_smote.engine.table.sql import by_number, is_among, key_bin, quoted, with_metadata

__all__ = ["RowCopies", "copy_rows", "draw_copies"]

COPIES_AT_ONCE = 2**20
"""Copies of a row whose numbers are listed at once; of more, in two steps."""


@dataclass(frozen=True)
class RowCopies:
    """Number of copies of each row of some classes.

    Attributes
    ----------
    quotas : dict
        By label: the rows wanted, and the rows of the class.
    cutoffs : dict
        By class number, for classes with a remainder: which rows get one copy more, by their draw.
    has_duplicates : bool
        Whether some rows are identical; such rows need draws of their own.
    smoothing : Smoothing or None
        Noise for the repeated rows.
    """

    quotas: Mapping[Any, Quota]
    cutoffs: Mapping[int, Cutoff]
    has_duplicates: bool
    smoothing: Smoothing | None = None


def draw_copies(
    table: LabeledTable, quotas: Mapping[Any, Quota], seed: int, smoothing: Smoothing | None = None
) -> RowCopies:
    """Draw the rows that get the remainders, in at most three Spark jobs.

    Every row draws a 64-bit number, and the rows with the highest draws get the remainder.

    Parameters
    ----------
    table : LabeledTable
    quotas : mapping of label to Quota
    seed : int
    smoothing : Smoothing or None
        Noise for the repeated rows, which depends on their draws, too.
    """
    remainders = {
        number: quota.extra for number, quota in enumerate(quotas.values()) if quota.extra
    }
    drawing = sorted({*remainders, *(smoothing.noise_std if smoothing else ())})
    if not drawing:
        return RowCopies(quotas, {}, has_duplicates=False)
    rows = _with_keys(table, list(quotas), seed)
    rows = rows.filter(is_among(CLASS, drawing)).select(CLASS, KEY)
    # Job 1: rows by bin of their draw, if no two rows are identical.
    identical = rows.groupBy(CLASS, KEY).count()
    shift = bin_shift(len(drawing))
    digests, most_identical = _digests_by_bin(_with_draws(identical, has_duplicates=False), shift)
    has_duplicates = most_identical > 1
    for number, quota in enumerate(quotas.values()):
        if number in drawing:
            of_class = digests.get(number, {}).values()
            RowDigest(quota.size, None).check(sum(of_class, start=RowDigest()))
    if not remainders:
        return RowCopies(quotas, {}, has_duplicates, smoothing)
    drawn = _with_draws(rows, has_duplicates)
    if has_duplicates:
        # Job 2: rows by bin, where identical rows have draws of their own.
        digests, _ = _digests_by_bin(drawn.withColumn("count", F.lit(1)), shift)
    # Job 3: the draws in the bins of the cutoffs.
    cutoffs = _cutoffs(digests, drawn, remainders, shift)
    return RowCopies(quotas, cutoffs, has_duplicates, smoothing)


def _digests_by_bin(drawn: DataFrame, shift: int) -> tuple[dict[int, dict[int, RowDigest]], int]:
    """Count rows by class and bin of the draw; return the largest `count` of a draw, too."""
    groups = (
        drawn.groupBy(CLASS, key_bin(DRAW, shift).alias("bin"))
        .agg(
            F.sum("count").alias("rows"),
            F.max("count").alias("largest"),
            F.bit_xor(DRAW).alias("draws"),
        )
        .collect()
    )
    digests: dict[int, dict[int, RowDigest]] = {}
    for group in groups:
        digest = RowDigest(group["rows"], group["draws"])
        digests.setdefault(group[CLASS], {})[group["bin"]] = digest
    return digests, max((group["largest"] for group in groups), default=0)


def _cutoffs(
    digests: Mapping[int, Mapping[int, RowDigest]],
    drawn: DataFrame,
    remainders: Mapping[int, int],
    shift: int,
) -> dict[int, Cutoff]:
    """Find the bin of each class that its cutoff lies in, and the cutoff among the draws there."""
    bins = {n: {b: digest.rows for b, digest in digests[n].items()} for n in remainders}
    cutoff_bins = {n: cutoff_bin(bins[n], extra)[0] for n, extra in remainders.items()}
    is_inside = key_bin(DRAW, shift) == by_number(cutoff_bins, CLASS)
    inside: dict[int, list[tuple[int, int]]] = {}
    for number, draw, count in drawn.filter(is_inside).groupBy(CLASS, DRAW).count().collect():
        inside.setdefault(number, []).append((draw, count))
    cutoffs = {}
    for number, extra in remainders.items():
        draws, counts = np.array(inside.get(number, []), dtype=np.int64).reshape(-1, 2).T
        digests[number][cutoff_bins[number]].check(RowDigest.of(draws, counts))
        cutoff = cutoff_in_bin(draws, counts, bins[number], extra, shift)
        # If all rows with this draw get a copy, none has to be picked among them.
        takes_all = counts[draws == cutoff.key].sum() == cutoff.ties
        cutoffs[number] = Cutoff(cutoff.key - 1, 0) if takes_all else cutoff
    return cutoffs


def copy_rows(table: LabeledTable, copies: RowCopies, seed: int) -> DataFrame:
    """Build the frame of all copies, in the table's own columns; no Spark job."""
    drawn = _with_draws(_with_keys(table, list(copies.quotas), seed), copies.has_duplicates)
    copies_of_each = {n: quota.each for n, quota in enumerate(copies.quotas.values())}
    cutoffs = {number: cutoff.key for number, cutoff in copies.cutoffs.items()}
    is_above = F.col(DRAW) > by_number(cutoffs, CLASS)
    n_copies = by_number(copies_of_each, CLASS) + F.coalesce(is_above, F.lit(False)).cast("int")
    copied = drawn.filter(n_copies > 0)
    most = max(copies_of_each.values())
    if not most:
        copied = copied.withColumn(COPY, F.lit(1))
    elif most < COPIES_AT_ONCE:
        copied = copied.withColumn(COPY, F.explode(F.sequence(F.lit(1), n_copies.cast("int"))))
    else:
        step = F.lit(COPIES_AT_ONCE).cast("bigint")
        firsts = F.sequence(F.lit(1).cast("bigint"), n_copies.cast("bigint"), step)
        last = F.least(n_copies.cast("bigint"), F.col(COPY) + step - 1)
        copied = copied.withColumn(COPY, F.explode(firsts))
        copied = copied.withColumn(COPY, F.explode(F.sequence(F.col(COPY), last)))
    for number, cutoff in copies.cutoffs.items():
        if cutoff.ties:  # two rows drew the same 64 bits
            tied = drawn.filter((F.col(CLASS) == number) & (F.col(DRAW) == cutoff.key))
            last = F.lit(copies_of_each[number] + 1)
            copied = copied.unionByName(tied.limit(cutoff.ties).withColumn(COPY, last))
    smoothed: dict[str, Column] = {}
    if copies.smoothing:
        copied, smoothed = copies.smoothing.apply(copied, F.col(DRAW), F.col(COPY))
    return copied.select(
        *[
            with_metadata(smoothed[field.name], field)
            if field.name in smoothed
            else quoted(field.name)
            for field in table.dataset.schema
        ]
    )


def _with_keys(table: LabeledTable, labels: Sequence[Any], seed: int) -> DataFrame:
    """Select the rows of some classes, with their class's number and a key by their content."""
    key = F.xxhash64(F.lit(seed), *content(table.dataset.schema.fields)).alias(KEY)
    return table.labeled(labels).select("*", table.class_number(labels).alias(CLASS), key)


def _with_draws(rows: DataFrame, has_duplicates: bool) -> DataFrame:
    """Add a draw to each row; identical rows draw by their number among themselves."""
    number: Column = F.lit(0)
    if has_duplicates:
        number = F.row_number().over(Window.partitionBy(KEY).orderBy(KEY)) - 1
    return rows.withColumn(DRAW, F.xxhash64(KEY, number))
