"""Standard deviations of features by class, the same however the table is partitioned."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.engine.table.names import CLASS
from spark_smote.engine.table.sql import by_number

__all__ = ["standard_deviations"]

SUM_BITS = 62
"""Bits that a sum of squares may take in a 64-bit integer."""


def standard_deviations(
    rows: DataFrame, arrays: Sequence[str], sizes: Sequence[int], width: int
) -> list[list[float]]:
    """Compute the standard deviation of each feature in each class, in one Spark job.

    Sums of doubles depend on their order, so values are counted in whole steps of their range:
    as many steps as sums of their squares allow in 64 bits, which for a million rows is 2²¹.

    Parameters
    ----------
    rows : DataFrame
        Rows of the classes, as `FeatureTable.rows_of` selects them, finite and of one length.
    arrays : sequence of str
        Names of the arrays of features.
    sizes : sequence of int
        Rows of each class, by its number.
    width : int
        Features in all arrays.

    Returns
    -------
    list of lists of float
        By class number and place; 0 for a constant.
    """
    every = F.concat(*[F.col(name).cast("array<double>") for name in arrays])
    # Halved, as a range can be longer than the largest double.
    values = rows.select(CLASS, F.posexplode(every).alias("place", "value")).withColumn(
        "value", F.col("value") / 2
    )
    ends = values.groupBy(CLASS, "place").agg(
        F.min("value").alias("low"), F.max("value").alias("high")
    )
    ends = ends.filter("high > low").select(
        CLASS, "place", "low", (F.expr("high - low")).alias("range")
    )
    steps = by_number({n: 2.0 ** _bits(size) for n, size in enumerate(sizes)}, CLASS)
    step: Column = F.rint((F.col("value") - F.col("low")) / F.col("range") * steps).cast("bigint")
    found = (
        values.join(F.broadcast(ends), [CLASS, "place"])
        .select(CLASS, "place", "range", step.alias("step"))
        .groupBy(CLASS, "place", "range")
        .agg(F.sum("step").alias("sum"), F.sum(F.expr("step * step")).alias("squares"))
    )
    deviations = [[0.0] * width for _ in sizes]
    for row in found.collect():
        size = sizes[row[CLASS]]
        spread = math.sqrt(size * row["squares"] - row["sum"] ** 2) / size
        deviations[row[CLASS]][row["place"]] = 2 * spread / 2.0 ** _bits(size) * row["range"]
    return deviations


def _bits(size: int) -> int:
    """Give how fine steps may be for the squares of `size` values to fit their sum."""
    return (SUM_BITS - (size - 1).bit_length()) // 2
