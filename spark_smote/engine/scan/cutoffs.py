"""Cutoffs of remainders: where they are likely to be, and where counting finds them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pyspark.sql import DataFrame

from spark_smote.core.digest import RowDigest, input_changed
from spark_smote.core.randomness import key_quantile
from spark_smote.core.strategy.quotas import Cutoff, Quota, bin_shift, cutoff_bin
from spark_smote.engine.scan.sampling import DriverSample, SampleSpec
from spark_smote.engine.table.names import BIN, CLASS, KEY
from spark_smote.engine.table.sql import is_among, key_bin

__all__ = ["find_cutoffs", "likely_ranges"]

DEVIATIONS = 6
"""Standard deviations around the expected cutoff within which keys are read."""

MAX_KEYS = 2**20
"""Keys of a class that are read for its cutoff before it is counted where that lies."""


def likely_ranges(quotas: Mapping[int, Quota]) -> dict[int, tuple[int, int]]:
    """Estimate the lowest and highest key that the cutoff of each class may be.

    Keys are uniform, so the number of keys above a value is binomial; it is not if rows repeat,
    as they share a key. Classes without a remainder, or with too many keys there, are left out.
    """
    ranges = {}
    for number, quota in quotas.items():
        fraction = quota.extra / quota.size
        margin = DEVIATIONS * math.sqrt(fraction * (1 - fraction) / quota.size)
        if quota.extra and 2 * margin * quota.size <= MAX_KEYS:
            low, high = max(0.0, 1 - fraction - margin), min(1.0, 1 - fraction + margin)
            ranges[number] = key_quantile(low), key_quantile(high)
    return ranges


def find_cutoffs(
    sample: DriverSample, quotas: Mapping[int, Quota], rows: DataFrame
) -> dict[int, Cutoff]:
    """Find the cutoffs of classes in a sample, or else in two Spark jobs.

    Parameters
    ----------
    sample : DriverSample
    quotas : mapping of int to Quota
        By class number, all with a remainder.
    rows : DataFrame
        Rows of the classes, as `FeatureTable.rows_of` selects them.

    Raises
    ------
    ResamplingError
        If there are more or fewer rows than before.
    """
    found = {n: sample.cutoff(n, quota.extra) for n, quota in quotas.items()}
    unknown = {n: quotas[n] for n, cutoff in found.items() if cutoff is None}
    if unknown:
        again = SampleSpec({}, _count_ranges(unknown, rows)).collect(rows, sample.arrays)
        found |= {n: again.cutoff(n, quota.extra) for n, quota in unknown.items()}
    cutoffs = {n: cutoff for n, cutoff in found.items() if cutoff is not None}
    if len(cutoffs) < len(quotas):
        raise input_changed("other keys are read than were counted")
    return cutoffs


def _count_ranges(quotas: Mapping[int, Quota], rows: DataFrame) -> dict[int, tuple[int, int]]:
    """Count the rows of classes by bin of their keys; return the keys of each cutoff's bin."""
    shift = bin_shift(len(quotas))
    binned = rows.filter(is_among(CLASS, quotas)).groupBy(CLASS, key_bin(KEY, shift).alias(BIN))
    bins: dict[int, dict[int, int]] = {number: {} for number in quotas}
    for row in binned.count().collect():
        bins[row[CLASS]][row[BIN]] = row["count"]
    ranges = {}
    for number, quota in quotas.items():
        RowDigest(quota.size, None).check(RowDigest(sum(bins[number].values())))
        lowest = cutoff_bin(bins[number], quota.extra)[0] << shift
        ranges[number] = lowest, lowest + (1 << shift) - 1
    return ranges
