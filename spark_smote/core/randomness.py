"""Uniform and normal draws as a pure function of (purpose, row key, draw number)."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from spark_smote.core.arrays import Floats, Indices, Keys

__all__ = ["key_quantile", "min_key", "normal", "uniform"]

_STEP = np.uint64(0x9E3779B97F4A7C15)


def uniform(purpose: str, keys: Keys, draws: Indices) -> Floats:
    """Draw uniformly from [0, 1), independently of order, task and machine.

    Each (purpose, key) is a SplitMix64 stream, and `draws` are positions in it. The key of a
    row is a hash that includes the seed, so the seed is no parameter here.

    Parameters
    ----------
    purpose : str
        What the draw decides; streams of different purposes are independent.
    keys : int64 array of shape (n,)
        Keys of the rows that draw.
    draws : int64 array of shape (n,)
        Number of the draw within its row, from 0.

    Returns
    -------
    float64 array of shape (n,)
        Multiples of 2⁻⁵³ in [0, 1).

    References
    ----------
    Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014.

    Examples
    --------
    >>> import numpy as np
    >>> key, draw = np.array([7, 7]), np.array([0, 1])
    >>> first = uniform("gap", key, draw)
    >>> bool((first == uniform("gap", key, draw)).all()), bool(first[0] != first[1])
    (True, True)
    """
    stream = _mix(keys.view(np.uint64) ^ np.uint64(zlib.crc32(purpose.encode())))
    bits = _mix(stream + (draws.view(np.uint64) + np.uint64(1)) * _STEP)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(purpose: str, keys: Keys, draws: Indices) -> Floats:
    """Draw from the standard normal distribution; parameters as in `uniform`.

    References
    ----------
    Box, Muller: "A note on the generation of random normal deviates", Annals of Mathematical
    Statistics 29, 1958.
    """
    length = np.sqrt(-2 * np.log1p(-uniform(purpose + " length", keys, draws)))
    return np.asarray(length * np.cos(2 * np.pi * uniform(purpose + " angle", keys, draws)))


def key_quantile(fraction: float) -> int:
    """Return the key below or at which a `fraction` of all rows is expected.

    Examples
    --------
    >>> key_quantile(0.5), key_quantile(1.0) == 2**63 - 1
    (0, True)
    """
    return min(round(fraction * 2**64) - 2**63, 2**63 - 1)


def min_key(wanted: int, rows: int) -> int:
    """Return the key at or above which about `wanted` of `rows` rows are expected.

    Examples
    --------
    >>> min_key(25, 100) == key_quantile(0.75), min_key(7, 3) == key_quantile(0.0)
    (True, True)
    """
    return key_quantile(max(0.0, 1 - wanted / rows))


def _mix(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mix with SplitMix64's finalizer: every input bit reaches every output bit."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
