"""Blocks of rows: what travels from the scan to the buckets, identical rows as one."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Block"]


@dataclass(frozen=True)
class Block:
    """Rows that meet in a bucket, column by column.

    Attributes
    ----------
    keys : int64 array of shape (n,)
        64-bit hashes of the rows, seeded.
    counts : int64 array of shape (n,)
        Identical rows that each stands for.
    home : bool array of shape (n,)
        Whether the row makes synthetic rows here; a guest is a candidate only.
    values : sequence of arrays of shape (n, d₁), (n, d₂), …
        Features, those of one storage type together; codes of categorical columns last.
    extras : Arrow array of n structs, or None
        Columns to copy.
    labels : int32 array of shape (n,) or None
        Number of each row's class, where rows of several are searched together.
    """

    keys: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    home: npt.NDArray[np.bool_]
    values: Sequence[npt.NDArray[Any]]
    extras: pa.StructArray | None
    labels: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def own_class(self) -> npt.NDArray[np.int32]:
        """Number of each row's class, in a block of rows of several classes."""
        assert self.labels is not None, "rows of one class carry no number of it"
        return self.labels

    def take(self, rows: npt.NDArray[Any], home: bool | None = None) -> Block:
        """Select rows by position or mask, marked as home or guests where `home` is given."""
        return Block(
            self.keys[rows],
            self.counts[rows],
            self.home[rows] if home is None else np.full(len(self.keys[rows]), home),
            [part[rows] for part in self.values],
            None if self.extras is None else self.extras.take(_positions(rows)),
            None if self.labels is None else self.labels[rows],
        )

    def merged(self) -> Block:
        """Sort by key and let identical rows travel as one with their count."""
        order = np.argsort(self.keys, kind="stable")
        rows = self.take(order)
        repeats = np.append(False, rows.keys[1:] == rows.keys[:-1])
        for part in rows.values:  # equal keys alone could be a collision of the hash
            repeats[1:] &= (part[1:] == part[:-1]).all(axis=1)
        if not repeats.any():
            return rows
        first = np.flatnonzero(~repeats)
        counts = np.add.reduceat(rows.counts, first)
        kept = rows.take(first)
        return replace(kept, counts=counts)

    def to_bytes(self) -> bytes:
        """Serialize for the shuffle."""
        columns = (
            self.keys, self.counts, self.home, list(self.values), self.extras, self.labels
        )  # fmt: skip
        return pickle.dumps(columns, protocol=5)

    @staticmethod
    def from_bytes(parts: Sequence[bytes]) -> Block:
        """Read serialized blocks back as one."""
        return Block.concat([Block(*pickle.loads(part)) for part in parts])

    @staticmethod
    def concat(blocks: Sequence[Block]) -> Block:
        """Put blocks of the same columns one after the other."""
        return Block(
            np.concatenate([block.keys for block in blocks]),
            np.concatenate([block.counts for block in blocks]),
            np.concatenate([block.home for block in blocks]),
            [np.concatenate(parts) for parts in zip(*(b.values for b in blocks), strict=True)],
            _joined([block.extras for block in blocks], pa.concat_arrays),
            _joined([block.labels for block in blocks], np.concatenate),
        )


def _positions(rows: npt.NDArray[Any]) -> pa.Array:
    return pa.array(np.flatnonzero(rows) if rows.dtype == np.bool_ else rows)


def _joined(parts: Sequence[Any], join: Callable[[list[Any]], Any]) -> Any:
    """Put columns one after the other that all blocks have, or none."""
    there = [part for part in parts if part is not None]
    return join(there) if there else None
