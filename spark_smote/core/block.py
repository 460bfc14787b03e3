"""Blocks of rows, as they are sent through the shuffle: columns, with identical rows merged.

Four words that the package uses throughout:

- The *key* of a row is a 64-bit hash of its values and the seed. It orders the rows and seeds
  their draws, so that results do not depend on partitions.
- A row is at *home* in the one bucket where it makes synthetic rows.
- It is a *guest* in other buckets, as a neighbor of rows near their boundary.
- A *base* is a row for which neighbors are searched, and from which synthetic rows start.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from spark_smote.core.arrays import Array, Bools, Counts, Indices, Keys, Labels

__all__ = ["Block"]

COMPARED = 2**22
"""Number of values of rows that are compared at once."""


@dataclass(frozen=True)
class Block:
    """Rows of one bucket, column by column.

    Attributes
    ----------
    keys : int64 array of shape (n,)
        Keys of the rows.
    counts : int64 array of shape (n,)
        Number of identical rows that each row stands for.
    home : bool array of shape (n,)
        Whether the row is at home; if not, it is a guest.
    values : sequence of arrays of shape (n, d₁), (n, d₂), …
        Features, one array for each storage type; codes of categorical columns last.
    extras : Arrow array of n structs, or None
        Columns to copy.
    labels : int32 array of shape (n,) or None
        Number of each row's class, if rows of several classes are searched together.
    """

    keys: Keys
    counts: Counts
    home: Bools
    values: Sequence[Array]
    extras: pa.StructArray | None
    labels: Labels | None = None

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def own_class(self) -> Labels:
        """Number of each row's class, in a block of rows of several classes."""
        assert self.labels is not None, "rows of one class carry no number of it"
        return self.labels

    def take(self, rows: Indices | Bools) -> Block:
        """Select rows by position or mask."""
        return Block(
            self.keys[rows],
            self.counts[rows],
            self.home[rows],
            [part[rows] for part in self.values],
            None if self.extras is None else self.extras.take(_positions(rows)),
            None if self.labels is None else self.labels[rows],
        )

    def merged(self) -> Block:
        """Sort by key, and merge identical rows into one with their total count."""
        order = np.argsort(self.keys, kind="stable")
        keys = self.keys[order]
        is_repeat = np.append(False, keys[1:] == keys[:-1])
        alike = np.flatnonzero(is_repeat)
        for part in self.values:  # equal keys alone could be a collision of the hash
            pieces = math.ceil(len(alike) * part.shape[1] / COMPARED)
            for rows in np.array_split(alike, max(1, pieces)):
                is_repeat[rows] &= (part[order[rows]] == part[order[rows - 1]]).all(axis=1)
        first = np.flatnonzero(~is_repeat)
        if np.array_equal(order[first], np.arange(len(self))):
            return self
        block = self.take(order[first])
        return replace(block, counts=np.add.reduceat(self.counts[order], first))

    def to_bytes(self) -> bytes:
        """Serialize for the shuffle."""
        columns = (
            self.keys, self.counts, self.home, list(self.values), self.extras, self.labels
        )  # fmt: skip
        return pickle.dumps(columns, protocol=5)

    @staticmethod
    def from_bytes(packed: bytes) -> Block:
        """Read a serialized block."""
        return Block(*pickle.loads(packed))

    @staticmethod
    def merge(blocks: list[Block]) -> Block:
        """Merge blocks of the same columns, see `merged`; the list is empty afterwards.

        Features are copied once, to the order of the keys, and a block at a time is let go of: a
        task cannot hold all rows twice.
        """
        order = np.argsort(np.concatenate([block.keys for block in blocks]), kind="stable")
        keys = np.concatenate([block.keys for block in blocks])[order]
        counts = np.concatenate([block.counts for block in blocks])[order]
        home = np.concatenate([block.home for block in blocks])[order]
        extras = _concat_optional([b.extras for b in blocks], pa.concat_arrays, _positions(order))
        labels = _concat_optional([block.labels for block in blocks], np.concatenate, order)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        values = [np.empty((len(order), *part.shape[1:]), part.dtype) for part in blocks[0].values]
        while blocks:
            block = blocks.pop()
            start = len(place) - len(block)
            for ordered, part in zip(values, block.values, strict=True):
                ordered[place[start:]] = part
            place = place[:start]
        return Block(keys, counts, home, values, extras, labels).merged()


def _positions(rows: Indices | Bools) -> pa.Array:
    return pa.array(np.flatnonzero(rows) if rows.dtype == np.bool_ else rows)


def _concat_optional(parts: Sequence[Any], concat: Callable[[list[Any]], Any], order: Any) -> Any:
    """Concatenate a column that all blocks have, in order, or return None if none has it."""
    present = [part for part in parts if part is not None]
    return concat(present).take(order) if present else None
