"""Rows looked at beside the others: a sample of large classes, and keys where remainders end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core.block import Block
from spark_smote.core.randomness import key_quantile
from spark_smote.core.strategy.quotas import BIN_SHIFT, Quota
from spark_smote.engine.table.names import CLASS, KEY, OWN_CLASS, ROW_COUNT, SAMPLED
from spark_smote.engine.table.sql import by_number

__all__ = [
    "DriverSample",
    "SampleSpec",
    "in_lowest_fraction",
    "likely_cutoff_bins",
    "sample_all_classes",
]

DEVIATIONS = 6
"""Standard deviations of the cutoff's place that are looked at, to either side."""

MAX_CUTOFF_KEYS = 2**16
"""Keys of a class that are worth being looked at for the cutoff, before its place is known."""


@dataclass(frozen=True)
class SampleSpec:
    """Which rows of which classes to look at.

    Attributes
    ----------
    fractions : mapping of int to float
        By class number: the share of its rows, those with the lowest keys, whose features are read.
    bins : mapping of int to (int, int)
        The first and last bin of its keys that are read.
    """

    fractions: Mapping[int, float]
    bins: Mapping[int, tuple[int, int]]

    def __bool__(self) -> bool:
        return bool(self.fractions or self.bins)

    def is_sampled(self) -> Column:
        """Whether a row is of the samples."""
        return in_lowest_fraction(self.fractions, CLASS)

    def is_read(self) -> Column:
        """Whether a row is of the samples, or its key of those that are read."""
        first, last = (
            by_number({n: ends[side] for n, ends in self.bins.items()}, CLASS) for side in (0, 1)
        )
        near = F.shiftright(KEY, BIN_SHIFT).between(first, last)
        return self.is_sampled() | F.coalesce(near, F.lit(False))

    def groups(self, arrays: Sequence[str]) -> list[Column]:
        """Group rows: identical ones that are looked at, and all the others.

        Arrays are grouped by, as rows are sorted for an aggregate of them.
        """
        if not self:
            return []
        seen, low = self.is_read(), self.is_sampled()
        return [
            seen.alias(SAMPLED),
            F.when(seen, F.col(KEY)).otherwise(F.lit(0)).alias(KEY),
            *[F.when(low, F.col(name)).alias(name) for name in arrays],
        ]

    def collect(self, rows: DataFrame, arrays: Sequence[str]) -> DriverSample:
        """Look at the rows, in one Spark job."""
        found = rows.filter(self.is_read()).groupBy(CLASS, *self.groups(arrays))
        return DriverSample(self, found.agg(F.count("*").alias(ROW_COUNT)).toPandas(), arrays)

    def minus(self, seen: SampleSpec) -> SampleSpec:
        """Leave out what was seen."""
        return SampleSpec(
            {n: share for n, share in self.fractions.items() if share > seen.fractions.get(n, 0.0)},
            {
                n: (first, last)
                for n, (first, last) in self.bins.items()
                if not seen._holds(n, first, last)
            },
        )

    def _holds(self, number: int, first: int, last: int) -> bool:
        least, most = self.bins.get(number, (1, 0))
        return least <= first and last <= most


@dataclass(frozen=True)
class DriverSample:
    """Groups of rows, as `SampleSpec.groups` makes them, and how many `ROW_COUNT` are in each."""

    spec: SampleSpec
    groups: pd.DataFrame
    arrays: Sequence[str]

    def features(
        self, number: int, share: float
    ) -> tuple[list[npt.NDArray[Any]], npt.NDArray[np.int64]]:
        """Give the features of a share of a class that was looked at, and the rows of each."""
        mine = self._of(number)
        low = mine[mine[self.arrays[0]].notna() & (mine[KEY] <= key_quantile(share))]
        low = low.sort_values(KEY)
        return [np.vstack(list(low[name])) for name in self.arrays], low[ROW_COUNT].to_numpy(
            np.int64
        )

    def keys(self, number: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Give the keys of a class that were looked at, and the rows of each."""
        mine = self._of(number)
        return mine[KEY].to_numpy(np.int64), mine[ROW_COUNT].to_numpy(np.int64)

    def _of(self, number: int) -> pd.DataFrame:
        return self.groups[self.groups[SAMPLED] & (self.groups[CLASS] == number)]


def in_lowest_fraction(fractions: Mapping[int, float], number: str) -> Column:
    """Whether a row's key is of a share of the lowest, by the class that a column numbers."""
    most = by_number({n: key_quantile(share) for n, share in fractions.items()}, number)
    return F.coalesce(F.col(KEY) <= most, F.lit(False))


def likely_cutoff_bins(quota: Quota) -> tuple[int, int] | None:
    """Guess the bins in which the remainder's cutoff lies; None if there is none, or no guess.

    Keys are uniform, so that the number of those above any place is binomial; not where rows
    are repeated, which share a key.
    """
    share = quota.extra / quota.size
    around = DEVIATIONS * math.sqrt(share * (1 - share) / quota.size)
    if not quota.extra or 2 * around * quota.size > MAX_CUTOFF_KEYS:
        return None
    low, high = (key_quantile(1 - share + away) for away in (-around, around))
    return low >> BIN_SHIFT, high >> BIN_SHIFT


def sample_all_classes(
    rows: DataFrame, arrays: Sequence[str], even: float, more: Mapping[int, float]
) -> Block:
    """Take the rows with the lowest keys: a share of all, and more of some classes, by number."""
    sampled = (F.col(KEY) <= key_quantile(even)) | in_lowest_fraction(more, OWN_CLASS)
    found = (
        rows.filter(sampled)
        .groupBy(KEY)
        .agg(
            F.count("*").alias("rows"),
            *[F.first(name).alias(name) for name in (OWN_CLASS, *arrays)],
        )
        .toPandas()
        .sort_values(KEY)
    )
    return Block(
        keys=found[KEY].to_numpy(np.int64),
        counts=found["rows"].to_numpy(np.int64),
        home=np.ones(len(found), np.bool_),
        values=[np.vstack(list(found[name])) for name in arrays],
        extras=None,
        labels=found[OWN_CLASS].to_numpy(np.int32),
    )
