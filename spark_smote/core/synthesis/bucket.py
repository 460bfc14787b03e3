"""SMOTE in one bucket: which rows make new ones, with which neighbor, and where between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.block import Block
from spark_smote.core.randomness import uniform
from spark_smote.core.synthesis.interpolation import Batch
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.core.synthesis.voting import vote_on_categories

__all__ = ["Synthetic", "make_rows"]

BATCH_BYTES = 8 * 2**20
"""Memory of the new rows held at once, features in double precision."""

NEIGHBOR_STREAM = "neighbour"
"""Names the random numbers that pick a neighbor: another spelling would make other rows."""


@dataclass(frozen=True)
class Synthetic:
    """New rows: features, codes of categories, and the positions of their base and neighbor."""

    values: list[npt.NDArray[Any]]
    codes: Indices
    base: Indices
    neighbor: Indices
    gap: Points


def make_rows(
    block: Block, task: ClassTask, slice_number: int = 0, slices: int = 1
) -> Iterator[Synthetic]:
    """Make the synthetic rows of one bucket, a batch at a time.

    Parameters
    ----------
    block : Block
        All rows that meet in the bucket, merged.
    task : ClassTask
        What its class has to do.
    slice_number, slices : int
        The part of the bucket's new rows to make: every slice sees all the rows, and the slices
        together make each new row once.
    """
    bases = _Bases.of(task.rows_per_base(block), slice_number, slices)
    if not len(bases):
        return
    space = task.space_for(block)
    neighborhood = task.search(block, space, bases.distinct())
    interpolation = task.interpolation.fit(space.numeric(block.values), block.counts)
    for base, draw, rows_per_base in bases.batches(_rows_at_once(block, task)):
        position = np.searchsorted(neighborhood.base, base)
        neighbor = neighborhood.pick(position, uniform(NEIGHBOR_STREAM, block.keys[base], draw))
        gap = task.gap.draw(block, base, neighbor, draw)
        neighbors = neighborhood.index[position]
        batch = Batch(block, space, base, neighbor, neighbors, gap, draw, rows_per_base)
        codes = vote_on_categories(block, neighborhood, space, position, draw)
        yield Synthetic(interpolation.draw(batch), codes, base, neighbor, gap)


@dataclass(frozen=True)
class _Bases:
    """The rows that make the new rows from `first` to `last` of a bucket.

    Attributes
    ----------
    rows_per_base, ends : int64 arrays of shape (n,)
        Rows that each row of the block makes, and their cumulative sum.
    """

    rows_per_base: Indices
    ends: Indices
    first: int
    last: int

    @staticmethod
    def of(rows_per_base: Indices, slice_number: int, slices: int) -> _Bases:
        """Select the part of one slice."""
        ends = np.cumsum(rows_per_base)
        total = int(ends[-1])
        first, last = (total * (slice_number + i) // slices for i in (0, 1))
        return _Bases(rows_per_base, ends, first, last)

    def __len__(self) -> int:
        return self.last - self.first

    def distinct(self) -> Indices:
        """Return the positions of the bases, ascending, each once."""
        low, high = np.searchsorted(self.ends, [self.first, self.last - 1], side="right")
        return np.asarray(low + np.flatnonzero(self.rows_per_base[low : high + 1]))

    def batches(self, size: int) -> Iterator[tuple[Indices, Indices, Indices]]:
        """Return, for new rows a batch at a time, their base, draw number and its base's rows."""
        for start in range(self.first, self.last, size):
            number = np.arange(start, min(start + size, self.last))
            base = np.searchsorted(self.ends, number, side="right")
            rows_per_base = self.rows_per_base[base]
            yield base, number - (self.ends[base] - rows_per_base), rows_per_base


def _rows_at_once(block: Block, task: ClassTask) -> int:
    """Count the new rows that fit the memory of a batch, copied columns included."""
    n_features = sum(part.shape[1] for part in block.values)
    copied = 0 if block.extras is None else block.extras.nbytes // len(block)
    return max(1, BATCH_BYTES // (task.interpolation.bytes_per_row(task.k, n_features) + copied))
