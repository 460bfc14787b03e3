"""Which rows of a class a remainder falls to: those with the highest keys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["BIN_SHIFT", "Cutoff", "Quota", "cutoff_bin", "cutoff_in_bin", "find_cutoff"]

BIN_SHIFT = 52
"""Bits of a key below those that name its bin; 4096 bins a class."""


@dataclass(frozen=True)
class Cutoff:
    """Rows with a key above `key`, and `ties` of those at it, make one row more."""

    key: int
    ties: int


def cutoff_bin(bins: Mapping[int, int], extra: int) -> tuple[int, int]:
    """Find the bin that holds the cutoff, and how many rows lie above that bin."""
    above = 0
    for place in sorted(bins, reverse=True):
        if above + bins[place] >= extra:
            return place, above
        above += bins[place]
    raise AssertionError("a quota's remainder is smaller than its class")


def cutoff_in_bin(
    keys: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    bins: Mapping[int, int],
    extra: int,
) -> Cutoff:
    """Find the cutoff of a class from its rows by bin, and the keys in the cutoff's own."""
    place, above = cutoff_bin(bins, extra)
    inside = keys >> BIN_SHIFT == place
    return find_cutoff(keys[inside], counts[inside], extra - above)


def find_cutoff(keys: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], extra: int) -> Cutoff:
    """Find the cutoff that picks exactly `extra` rows, 1 ≤ extra ≤ sum(counts)."""
    order = np.argsort(keys)[::-1]
    reached = np.cumsum(counts[order])
    place = int(np.searchsorted(reached, extra))
    before = int(reached[place - 1]) if place else 0
    return Cutoff(int(keys[order[place]]), extra - before)


SLICE_VALUES = 8_000_000
"""New values that one task makes."""


@dataclass(frozen=True)
class Quota:
    """How the rows that a class makes are shared out among its rows.

    Every row makes `rows // size`; the remainder goes to the rows with the highest keys,
    one each, so the shares add up exactly and depend on nothing but the keys.
    """

    rows: int
    size: int

    @property
    def each(self) -> int:
        """Rows that every row makes."""
        return self.rows // self.size

    @property
    def extra(self) -> int:
        """How many rows make one more."""
        return self.rows % self.size

    def slices(self, width: int, share: float = 1.0) -> int:
        """Tasks that a `share` of these rows, each of `width` features, is worth."""
        return max(1, math.ceil(share * self.rows * width / SLICE_VALUES))

    def share(
        self, keys: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], cutoff: Cutoff | None
    ) -> npt.NDArray[np.int64]:
        """Rows made by each distinct row, of which there are `counts`.

        Without a `cutoff`, `keys` must be those of the whole class.
        """
        shares = counts * self.each
        if self.extra:
            cutoff = cutoff or find_cutoff(keys, counts, self.extra)
            shares = shares + np.where(keys > cutoff.key, counts, 0)
            shares[keys == cutoff.key] += cutoff.ties
        return shares
