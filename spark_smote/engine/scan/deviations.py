"""Standard deviations of features by class, the same however the table is partitioned."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core.digest import RowDigest
from spark_smote.engine.table.names import CLASS
from spark_smote.engine.table.sql import by_number

__all__ = ["standard_deviations"]

SUM_BITS = 62
"""Bits that a sum of squares may take in a 64-bit integer."""


def standard_deviations(
    rows: DataFrame, arrays: Sequence[str], sizes: Sequence[int], n_features: int
) -> list[list[float]]:
    """Compute the standard deviation of each feature in each class, in one Spark job.

    A sum of doubles depends on their order. So values are rounded to whole steps of their range:
    as many steps as the sum of their squares allows in 64 bits, which is 2²¹ for a million rows.

    Parameters
    ----------
    rows : DataFrame
        Rows of the classes, as `FeatureTable.rows_of` selects them, finite and of one length.
    arrays : sequence of str
        Names of the arrays of features.
    sizes : sequence of int
        Rows of each class, by its number.
    n_features : int
        Features in all arrays.

    Returns
    -------
    list of lists of float
        By class number and position of the feature; 0 for a constant.
    """
    features = F.concat(*[F.col(name).cast("array<double>") for name in arrays])
    # Halved, as a range can be longer than the largest double.
    values = rows.select(CLASS, F.posexplode(features).alias("position", "value")).withColumn(
        "value", F.col("value") / 2
    )
    limits = values.groupBy(CLASS, "position").agg(
        F.min("value").alias("low"), F.max("value").alias("high")
    )
    ranges = limits.filter("high > low").select(
        CLASS, "position", "low", (F.expr("high - low")).alias("range")
    )
    steps = by_number({n: 2.0 ** _step_bits(size) for n, size in enumerate(sizes)}, CLASS)
    step: Column = F.rint((F.col("value") - F.col("low")) / F.col("range") * steps).cast("bigint")
    sums = (
        values.join(F.broadcast(ranges), [CLASS, "position"])
        .select(CLASS, "position", "range", step.alias("step"))
        .groupBy(CLASS, "position", "range")
        .agg(
            F.count("*").alias("rows"),
            F.sum("step").alias("sum"),
            F.sum(F.expr("step * step")).alias("squares"),
        )
    )
    deviations = [[0.0] * n_features for _ in sizes]
    for row in sums.collect():
        size = sizes[row[CLASS]]
        RowDigest(size, None).check(RowDigest(row["rows"]))
        in_steps = math.sqrt(size * row["squares"] - row["sum"] ** 2) / size
        # Twice, as the values are halved.
        deviation = 2 * in_steps / 2.0 ** _step_bits(size) * row["range"]
        deviations[row[CLASS]][row["position"]] = deviation
    return deviations


def _step_bits(size: int) -> int:
    """Compute the bits of a step for which the squares of `size` steps fit their sum."""
    return (SUM_BITS - (size - 1).bit_length()) // 2
