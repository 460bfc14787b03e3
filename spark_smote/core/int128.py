"""Whole numbers of 128 bits, which wide decimals are: as Arrow stores them, to the last digit."""

from __future__ import annotations

from typing import Any

import numpy as np

from spark_smote.core.arrays import Array, Bools, Points

__all__ = [
    "INT128",
    "as_doubles",
    "as_type",
    "highest",
    "interpolate_int128",
    "lowest",
    "maximum",
    "minimum",
]

INT128 = np.dtype([("low", np.uint64), ("high", np.int64)])
"""A number in two's complement; those of decimals have at most 38 digits."""

WORD = 2.0**64


def as_doubles(values: Array) -> Points:
    """Convert numbers of any type to doubles.

    Examples
    --------
    >>> as_doubles(as_type(np.array([-1.0, 2.0**80]), INT128)) == [-1, 2**80]
    array([ True,  True])
    """
    if values.dtype != INT128:
        return values.astype(np.float64, copy=False)
    low = values["low"].view(np.int64)  # signed, or −1 would be a difference of large numbers
    return np.asarray((values["high"] + (low < 0)) * WORD + low)


def as_type(values: Points, dtype: np.dtype[Any]) -> Array:
    """Convert doubles to another type; they are whole if its numbers are."""
    if dtype != INT128:
        return values.astype(dtype)
    high = np.rint(values / WORD)
    low = values - high * WORD  # exact, and within ±2⁶³
    size = np.abs(low).astype(np.uint64)
    return _of_words(np.where(low < 0, -size, size), high.astype(np.int64) - (low < 0))


def lowest(values: Array, axis: int) -> Array:
    """Find the lowest numbers along an axis."""
    if values.dtype != INT128:
        return np.asarray(values.min(axis=axis))
    high = values["high"].min(axis=axis, keepdims=True)
    low = np.where(values["high"] == high, values["low"], np.uint64(2**64 - 1)).min(axis=axis)
    return _of_words(low, high.squeeze(axis))


def highest(values: Array, axis: int) -> Array:
    """Find the highest numbers along an axis."""
    if values.dtype != INT128:
        return np.asarray(values.max(axis=axis))
    high = values["high"].max(axis=axis, keepdims=True)
    low = np.where(values["high"] == high, values["low"], np.uint64(0)).max(axis=axis)
    return _of_words(low, high.squeeze(axis))


def minimum(one: Array, other: Array) -> Array:
    """Find the lower of two numbers, element by element."""
    if one.dtype != INT128:
        return np.minimum(one, other)
    return np.where(_is_less(other, one), other, one)


def maximum(one: Array, other: Array) -> Array:
    """Find the higher of two numbers, element by element."""
    if one.dtype != INT128:
        return np.maximum(one, other)
    return np.where(_is_less(one, other), other, one)


def interpolate_int128(base: Array, end: Array, gap: Points) -> Array:
    """Compute base + gap · (end − base), rounded to 53 bits of the step, on the segment.

    Examples
    --------
    >>> ends = as_type(np.array([[1e30, 1e30], [7.0, 0.0]]), INT128)
    >>> as_doubles(interpolate_int128(*ends, gap=np.array([0.0, 0.5])))
    array([1.e+30, 5.e+29])
    """
    low, high = minimum(base, end), maximum(base, end)
    distance = _subtract(high, low)
    length = distance["high"].view(np.uint64) * WORD + distance["low"]
    step = np.rint(gap * np.where(_is_less(base, end), length, -length))
    # In two steps, as one can be longer than the largest number.
    half = np.rint(step / 2)
    made = _add(_add(base, as_type(half, INT128)), as_type(step - half, INT128))
    return minimum(maximum(made, low), high)


def _of_words(low: Array, high: Array) -> Array:
    values = np.empty(low.shape, INT128)
    values["low"], values["high"] = low, high
    return values


def _is_less(one: Array, other: Array) -> Bools:
    is_equal = one["high"] == other["high"]
    return np.asarray(
        (one["high"] < other["high"]) | (is_equal & (one["low"] < other["low"])), np.bool_
    )


def _add(one: Array, other: Array) -> Array:
    low = one["low"] + other["low"]
    return _of_words(low, one["high"] + other["high"] + (low < one["low"]))


def _subtract(one: Array, other: Array) -> Array:
    """Subtract; the difference of two is without a sign, as it can take all of the 128 bits."""
    low = one["low"] - other["low"]
    return _of_words(low, one["high"] - other["high"] - (one["low"] < other["low"]))
