"""Quotas: how many synthetic rows each row of a class makes, and which rows make one more.

A *quota* is a number of new rows, divided evenly among the rows of a class. The remainder goes
to the rows with the highest keys: they lie above the *cutoff*. A *slice* is a part of the new
rows of one bucket: a bucket that makes many is processed by several tasks, a slice each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spark_smote.core.arrays import Counts, Keys
from spark_smote.core.digest import RowDigest
from spark_smote.exceptions import ResamplingError, shown

__all__ = [
    "BIN_SHIFT",
    "MAX_SLICES",
    "Cutoff",
    "Quota",
    "bin_shift",
    "check_total",
    "cutoff_bin",
    "cutoff_in_bin",
    "find_cutoff",
]

BIN_SHIFT = 52
"""Low bits of a key that its bin ignores: keys fall into 4096 bins."""

MAX_BINS = 2**20
"""Bins of all classes, whose rows the driver counts; of many classes, each has fewer bins."""

SLICE_VALUES = 8_000_000
"""New values (rows times features) that are worth a slice of their own."""

MAX_SLICES = 2000
"""Maximal number of slices of a class: as many as there are shuffle partitions. Every slice is
sent all rows of its bucket, and makes its new rows a batch at a time, however many they are."""


def check_total(added: Mapping[Any, int], max_rows: int, n_columns: int) -> None:
    """Refuse to make more rows than a limit, before work.

    Parameters
    ----------
    added : mapping of label to int
        Rows to make of each class.
    max_rows : int
        Most rows to make in all.
    n_columns : int
        Columns of the table.

    Raises
    ------
    ResamplingError
        If there are more.
    """
    total = sum(added.values())
    if total > max_rows:
        label = max(added, key=lambda label: added[label])
        raise ResamplingError(
            f"samplingStrategy asks for {total} new rows ({added[label]} of class {shown(label)}), "
            f"which take some {8 * n_columns * total // 10**12} TB at 8 bytes for each of "
            f"{n_columns} columns; maxRows allows {max_rows}: ask for fewer, set maxPerRow, or "
            "raise maxRows."
        )


@dataclass(frozen=True)
class Cutoff:
    """Key above which rows make one more; of the rows at it, `ties` do."""

    key: int
    ties: int


def bin_shift(classes: int) -> int:
    """Compute the low bits of a key that its bin ignores, if so many classes have bins.

    Examples
    --------
    >>> bin_shift(2), bin_shift(256), bin_shift(5000)
    (52, 52, 57)
    """
    return max(BIN_SHIFT, 64 - (MAX_BINS // max(1, classes)).bit_length() + 1)


def cutoff_bin(bins: Mapping[int, int], extra: int) -> tuple[int, int]:
    """Find the bin with the cutoff for `extra` rows, and count the rows above that bin."""
    above = 0
    for key_bin in sorted(bins, reverse=True):
        if above + bins[key_bin] >= extra:
            return key_bin, above
        above += bins[key_bin]
    raise AssertionError("a quota's remainder is smaller than its class")


def cutoff_in_bin(
    keys: Keys, counts: Counts, bins: Mapping[int, int], extra: int, shift: int = BIN_SHIFT
) -> Cutoff:
    """Find the cutoff of a class from its rows per bin, and the keys in the cutoff's bin.

    Raises
    ------
    ResamplingError
        If there are more or fewer rows in that bin than were counted.
    """
    key_bin, above = cutoff_bin(bins, extra)
    inside = keys >> shift == key_bin
    RowDigest(bins[key_bin], None).check(RowDigest.of(keys[inside], counts[inside]))
    return find_cutoff(keys[inside], counts[inside], extra - above)


def find_cutoff(keys: Keys, counts: Counts, extra: int) -> Cutoff:
    """Find the cutoff that selects exactly `extra` rows, 1 ≤ extra ≤ sum(counts)."""
    order = np.argsort(keys)[::-1]
    totals = np.cumsum(counts[order])
    last = int(np.searchsorted(totals, extra))
    before = int(totals[last - 1]) if last else 0
    return Cutoff(int(keys[order[last]]), extra - before)


@dataclass(frozen=True)
class Quota:
    """New rows of a class, divided among its rows.

    Every row makes `rows // size`. The remainder goes to the rows with the highest keys, one
    each. So the numbers add up exactly, and depend on nothing but the keys.

    Attributes
    ----------
    rows : int
        New rows of the class.
    size : int
        Rows of the class now.
    """

    rows: int
    size: int

    @property
    def each(self) -> int:
        """New rows that every row makes."""
        return self.rows // self.size

    @property
    def extra(self) -> int:
        """Number of rows that make one more."""
        return self.rows % self.size

    def slices(self, n_features: int, fraction: float = 1.0) -> int:
        """Compute the number of slices for a `fraction` of the new rows.

        Examples
        --------
        >>> Quota(10**7, 100).slices(8), Quota(10**21, 100).slices(8, fraction=0.5)
        (10, 1000)
        """
        slices = min(self.rows * n_features / SLICE_VALUES, MAX_SLICES)
        return max(1, math.ceil(fraction * slices))

    def rows_per_base(self, keys: Keys, counts: Counts, cutoff: Cutoff | None) -> Counts:
        """Compute the new rows of each distinct row, which stands for `counts` rows.

        Without a `cutoff`, `keys` must be those of the whole class.
        """
        rows = counts * self.each
        if self.extra:
            cutoff = cutoff or find_cutoff(keys, counts, self.extra)
            rows = rows + np.where(keys > cutoff.key, counts, 0)
            rows[keys == cutoff.key] += cutoff.ties
        return rows
