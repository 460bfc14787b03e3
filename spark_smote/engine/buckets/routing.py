"""Numbers that Spark's hash partitioner sends to the wanted partitions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["spread"]

TRIES_PER_PARTITION = 16
"""Numbers tried at once, a partition."""


def spread(partitions: int) -> npt.NDArray[np.int32]:
    """Find a number for each of P partitions that Spark sends there.

    Spark's `repartition(P, column)` computes Murmur3 of an int modulo P, so that distinct numbers
    collide in one partition while others stay empty. If Spark changed its hash, the rows would
    stay the same, and only the partitions would be out of balance.

    Examples
    --------
    >>> len(set(spread(4).tolist()))
    4
    """
    routes = np.empty(partitions, dtype=np.int32)
    missing = np.arange(partitions)
    start, step = 0, TRIES_PER_PARTITION * partitions
    while len(missing):
        numbers = np.arange(start, start + step, dtype=np.int32)
        partition_of = _murmur3(numbers).view(np.int32).astype(np.int64) % partitions
        reached, first = np.unique(partition_of, return_index=True)
        is_new = np.isin(reached, missing)
        routes[reached[is_new]] = numbers[first[is_new]]
        missing = np.setdiff1d(missing, reached)
        start += step
    return routes


def _murmur3(numbers: npt.NDArray[np.int32], seed: int = 42) -> npt.NDArray[np.uint32]:
    """Compute Murmur3_x86_32 of 4-byte numbers, as Spark hashes an int column."""
    mixed = _rotate(numbers.view(np.uint32) * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
    bits = _rotate(np.uint32(seed) ^ mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    bits ^= np.uint32(4)
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    bits = (bits ^ (bits >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return bits ^ (bits >> np.uint32(16))


def _rotate(bits: npt.NDArray[np.uint32], by: int) -> npt.NDArray[np.uint32]:
    return (bits << np.uint32(by)) | (bits >> np.uint32(32 - by))
