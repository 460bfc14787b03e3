"""Samples of rows that the driver reads: features of large classes, and keys near the cutoff.

A sample holds the rows with the lowest keys of a class, so it depends on nothing but the rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core.block import Block
from spark_smote.core.randomness import key_quantile
from spark_smote.core.strategy.quotas import BIN_SHIFT, Cutoff, Quota, cutoff_in_bin
from spark_smote.engine.arrow import matrix_of
from spark_smote.engine.table.names import CLASS, KEY, OWN_CLASS, ROW_COUNT, SAMPLED
from spark_smote.engine.table.sql import by_number, key_bin

__all__ = [
    "MORE_SAMPLE",
    "DriverSample",
    "SampleSpec",
    "in_lowest_fraction",
    "likely_cutoff_bins",
    "sample_all_classes",
]

CUTOFF_DEVIATIONS = 6
"""Standard deviations around the expected cutoff within which keys are read."""

MAX_CUTOFF_KEYS = 2**16
"""Keys of a class that are read for its cutoff before the cutoff's bin is known."""

MORE_SAMPLE = 16
"""How many times more rows are sampled if a sample holds none: copies of a row share a key."""


@dataclass(frozen=True)
class SampleSpec:
    """Which rows the driver reads, by class.

    Attributes
    ----------
    fractions : mapping of int to float
        By class number: the fraction of its rows, those with the lowest keys, whose features are
        read.
    bins : mapping of int to (int, int)
        By class number: the first and last bin of the keys that are read.
    shift : int
        Low bits of a key that its bin ignores.
    """

    fractions: Mapping[int, float]
    bins: Mapping[int, tuple[int, int]]
    shift: int = BIN_SHIFT

    def __bool__(self) -> bool:
        return bool(self.fractions or self.bins)

    def is_sampled(self) -> Column:
        """Return whether a row's features are read."""
        return in_lowest_fraction(self.fractions, CLASS)

    def is_read(self) -> Column:
        """Return whether a row's key is read, alone or with its features."""
        first, last = (
            by_number({n: ends[side] for n, ends in self.bins.items()}, CLASS) for side in (0, 1)
        )
        in_bins = key_bin(KEY, self.shift).between(first, last)
        return self.is_sampled() | F.coalesce(in_bins, F.lit(False))

    def groups(self, arrays: Sequence[str]) -> list[Column]:
        """Return columns to group by: identical rows that are read, and all rows that are not.

        The arrays are among them: to aggregate arrays, Spark would sort the rows.
        """
        if not self:
            return []
        is_read, is_sampled = self.is_read(), self.is_sampled()
        return [
            is_read.alias(SAMPLED),
            F.when(is_read, F.col(KEY)).otherwise(F.lit(0)).alias(KEY),
            *[F.when(is_sampled, F.col(name)).alias(name) for name in arrays],
        ]

    def collect(self, rows: DataFrame, arrays: Sequence[str]) -> DriverSample:
        """Read the rows, in one Spark job."""
        groups = rows.filter(self.is_read()).groupBy(CLASS, *self.groups(arrays))
        return DriverSample(self, groups.agg(F.count("*").alias(ROW_COUNT)).toPandas(), arrays)

    def minus(self, other: SampleSpec) -> SampleSpec:
        """Return what `other` does not read."""
        return SampleSpec(
            {
                n: fraction
                for n, fraction in self.fractions.items()
                if fraction > other.fractions.get(n, 0.0)
            },
            {
                n: (first, last)
                for n, (first, last) in self.bins.items()
                if not other._covers(n, first, last)
            },
            self.shift,
        )

    def _covers(self, number: int, first: int, last: int) -> bool:
        """Return whether all bins from `first` to `last` of a class are read."""
        own_first, own_last = self.bins.get(number, (1, 0))
        return own_first <= first and last <= own_last


@dataclass(frozen=True)
class DriverSample:
    """Rows that the driver has read.

    Attributes
    ----------
    spec : SampleSpec
        Which rows they are.
    groups : DataFrame of pandas
        Identical rows in one, as `SampleSpec.groups` makes them, with their number as `ROW_COUNT`.
    arrays : sequence of str
        Names of the arrays of features.
    """

    spec: SampleSpec
    groups: pd.DataFrame
    arrays: Sequence[str]

    def features(
        self, number: int, fraction: float
    ) -> tuple[list[npt.NDArray[Any]], npt.NDArray[np.int64]]:
        """Return the features of a fraction of a class, and how many rows have each of them."""
        sample = self._sampled(number, fraction).sort_values(KEY)
        values = _matrices(sample, self.arrays)
        return values, sample[ROW_COUNT].to_numpy(np.int64)

    def cutoff(self, number: int, bins: Mapping[int, int], extra: int) -> Cutoff:
        """Find the cutoff of a class among its keys that were read.

        Parameters
        ----------
        number : int
        bins : mapping of int to int
            Rows of the class by bin, as counted before.
        extra : int

        Raises
        ------
        ResamplingError
            If there are other rows in the bin of the cutoff than before.
        """
        groups = self._of_class(number)
        keys, counts = (groups[name].to_numpy(np.int64) for name in (KEY, ROW_COUNT))
        return cutoff_in_bin(keys, counts, bins, extra, self.spec.shift)

    def holds(self, number: int, fraction: float) -> bool:
        """Return whether any row is in a fraction of a class; none may be if few rows differ."""
        return not self._sampled(number, fraction).empty

    def _sampled(self, number: int, fraction: float) -> pd.DataFrame:
        groups = self._of_class(number)
        is_sampled = groups[self.arrays[0]].notna() & (groups[KEY] <= key_quantile(fraction))
        return groups[is_sampled]

    def _of_class(self, number: int) -> pd.DataFrame:
        return self.groups[self.groups[SAMPLED] & (self.groups[CLASS] == number)]


def in_lowest_fraction(fractions: Mapping[int, float], number: str) -> Column:
    """Return whether a row's key is in the lowest fraction of its class.

    Parameters
    ----------
    fractions : mapping of int to float
        By class number; no row of another class is in it.
    number : str
        Column of the class number.
    """
    highest = by_number({n: key_quantile(fraction) for n, fraction in fractions.items()}, number)
    return F.coalesce(F.col(KEY) <= highest, F.lit(False))


def likely_cutoff_bins(quota: Quota, shift: int) -> tuple[int, int] | None:
    """Estimate the first and last bin that the remainder's cutoff may lie in.

    Keys are uniform, so the number of keys above a value is binomial; it is not if rows repeat,
    as they share a key.

    Parameters
    ----------
    quota : Quota
    shift : int
        Low bits of a key that its bin ignores.

    Returns
    -------
    (int, int) or None
        None without a remainder, or if too many keys lie in these bins.
    """
    fraction = quota.extra / quota.size
    margin = CUTOFF_DEVIATIONS * math.sqrt(fraction * (1 - fraction) / quota.size)
    if not quota.extra or 2 * margin * quota.size > MAX_CUTOFF_KEYS:
        return None
    low, high = (key_quantile(1 - fraction + offset) for offset in (-margin, margin))
    return low >> shift, high >> shift


def sample_all_classes(
    rows: DataFrame, arrays: Sequence[str], fractions: Mapping[int, float]
) -> Block:
    """Read a sample of the rows of all classes, in one Spark job.

    Parameters
    ----------
    rows : DataFrame
        Rows as `FeatureTable.rows_of_all_classes` selects them.
    arrays : sequence of str
        Names of the arrays of features.
    fractions : mapping of int to float
        By class number: the fraction of its rows, those with the lowest keys.
    """
    sample = (
        rows.filter(in_lowest_fraction(fractions, OWN_CLASS))
        .groupBy(KEY)
        .agg(
            F.count("*").alias("rows"),
            *[F.first(name).alias(name) for name in (OWN_CLASS, *arrays)],
        )
        .toPandas()
        .sort_values(KEY)
    )
    return Block(
        keys=sample[KEY].to_numpy(np.int64),
        counts=sample["rows"].to_numpy(np.int64),
        home=np.ones(len(sample), np.bool_),
        values=_matrices(sample, arrays),
        extras=None,
        labels=sample[OWN_CLASS].to_numpy(np.int32),
    )


def _matrices(sample: pd.DataFrame, arrays: Sequence[str]) -> list[npt.NDArray[Any]]:
    """Read the arrays of features as workers do."""
    if sample.empty:
        return [np.empty((0, 0)) for _ in arrays]
    return [matrix_of(pa.array(list(sample[name]))) for name in arrays]
