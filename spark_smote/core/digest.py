"""Digest of rows: how many there are, and which, in whatever order they come."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Counts, Keys
from spark_smote.exceptions import ResamplingError

__all__ = ["RowDigest", "input_changed"]

LAYOUT = struct.Struct("<qq")


@dataclass(frozen=True)
class RowDigest:
    """Number of rows, and exclusive or of their keys.

    Attributes
    ----------
    rows : int
    keys : int or None
        None if it is not known which rows they are.

    Examples
    --------
    >>> import numpy as np
    >>> ones = np.ones(2, np.int64)
    >>> some = RowDigest.of(np.array([7, 9]), ones)
    >>> some == RowDigest.of(np.array([9, 7]), ones), some + some
    (True, RowDigest(rows=4, keys=0))
    """

    rows: int = 0
    keys: int | None = 0

    @staticmethod
    def of(keys: Keys, counts: Counts) -> RowDigest:
        """Compute the digest of distinct rows, each of which stands for so many."""
        odd = keys[counts % 2 == 1]  # twins cancel out
        return RowDigest(int(counts.sum()), int(np.bitwise_xor.reduce(odd, initial=0)))

    def __add__(self, other: RowDigest) -> RowDigest:
        """Return the digest of both."""
        rows = self.rows + other.rows
        if self.keys is None or other.keys is None:
            return RowDigest(rows, None)
        return RowDigest(rows, self.keys ^ other.keys)

    def to_bytes(self) -> bytes:
        """Serialize for the shuffle, if it is known which rows they are."""
        return LAYOUT.pack(self.rows, self.keys)

    @staticmethod
    def from_bytes(packed: bytes) -> RowDigest:
        """Read a serialized digest."""
        return RowDigest(*LAYOUT.unpack(packed))

    def check(self, found: RowDigest) -> None:
        """Check that the rows which are read now are those that were planned for.

        Raises
        ------
        ResamplingError
            If they are more, fewer or others.
        """
        if found.rows != self.rows:
            raise input_changed(f"{found.rows} rows are read where {self.rows} were counted")
        if None not in (self.keys, found.keys) and found.keys != self.keys:
            raise input_changed(f"{found.rows} rows are read as before, but other ones")


def input_changed(detail: str) -> ResamplingError:
    """Return the error for a table that is not the same each time it is read."""
    return ResamplingError(
        f"The input changed between the plan and its use: {detail}. Write or checkpoint it first, "
        "as a random function, a limit without an order, a sum of doubles in another order or "
        "another writer gives other rows each time."
    )
