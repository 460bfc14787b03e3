"""Numbers that Spark's hash partitioner sends to the partitions that we want."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["spread"]


def spread(partitions: int) -> npt.NDArray[np.int32]:
    """Find a number for each of P partitions that Spark sends there.

    Spark's `repartition(P, column)` takes Murmur3 of an int modulo P, where distinct numbers
    collide in one partition while others stay empty. Were that hash to change, the rows would
    stay right and only the balance suffer.

    Examples
    --------
    >>> len(set(spread(4).tolist()))
    4
    """
    routes = np.empty(partitions, dtype=np.int32)
    missing = np.arange(partitions)
    start = 0
    while len(missing):
        tried = np.arange(start, start + 16 * partitions, dtype=np.int32)
        landing = _murmur3(tried).view(np.int32).astype(np.int64) % partitions
        found, first = np.unique(landing, return_index=True)
        useful = np.isin(found, missing)
        routes[found[useful]] = tried[first[useful]]
        missing = np.setdiff1d(missing, found)
        start += 16 * partitions
    return routes


def _murmur3(numbers: npt.NDArray[np.int32], seed: int = 42) -> npt.NDArray[np.uint32]:
    """Murmur3_x86_32 of 4-byte numbers, as Spark hashes an int column."""
    mixed = _rotate(numbers.view(np.uint32) * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
    bits = _rotate(np.uint32(seed) ^ mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    bits ^= np.uint32(4)
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    bits = (bits ^ (bits >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return bits ^ (bits >> np.uint32(16))


def _rotate(bits: npt.NDArray[np.uint32], by: int) -> npt.NDArray[np.uint32]:
    return (bits << np.uint32(by)) | (bits >> np.uint32(32 - by))
