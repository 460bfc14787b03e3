"""Arithmetic of new rows: on a segment, inside a simplex, or by any step."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spark_smote.core.int128 import (
    INT128,
    as_doubles,
    highest,
    interpolate_int128,
    lowest,
    maximum,
    minimum,
)

__all__ = ["combine", "interpolate", "move"]


def interpolate(
    base: npt.NDArray[Any], neighbor: npt.NDArray[Any], gap: npt.NDArray[np.float64]
) -> npt.NDArray[Any]:
    """Compute base + gap · (neighbor − base) in the rows' own type.

    Parameters
    ----------
    base, neighbor : float32, float64, int64 or INT128 arrays of shape (n, d)
        The two ends of each segment, of one type.
    gap : float64 array of shape (n,)
        Place on the segment, in [0, 1).

    Returns
    -------
    array of shape (n, d), of the type of `base`
        On the segment: floats are rounded once, from double precision; whole numbers lie a whole
        step from `base`, rounded to 53 bits.

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: "SMOTE: synthetic minority over-sampling technique",
    JAIR 16, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> interpolate(np.array([[0, 10]]), np.array([[4, 20]]), np.array([0.75]))
    array([[ 3, 18]])
    """
    if base.dtype.kind != "f":
        return _interpolate_whole(base, neighbor, gap[:, None])
    start, end = base.astype(np.float64), neighbor.astype(np.float64)
    # In two steps, as a segment can be longer than the largest double.
    step = gap[:, None] * (0.5 * end - 0.5 * start)
    made = start + step + step
    # Rounding must not carry a row past the segment's end.
    return np.clip(made, np.minimum(start, end), np.maximum(start, end)).astype(base.dtype)


def combine(
    base: npt.NDArray[Any], others: npt.NDArray[Any], weights: npt.NDArray[np.float64]
) -> npt.NDArray[Any]:
    """Compute base + Σ weight · (other − base) in the rows' own type.

    Parameters
    ----------
    base : float32, float64, int64 or INT128 array of shape (n, d)
    others : array of shape (n, k, d), of the type of `base`
    weights : float64 array of shape (n, k)
        From 0, at most 1 in sum.

    Returns
    -------
    array of shape (n, d), of the type of `base`
        Floats are rounded once, from double precision; whole numbers to the nearest one.

    Examples
    --------
    >>> import numpy as np
    >>> combine(np.array([[0, 10]]), np.array([[[4, 20], [8, 10]]]), np.array([[0.5, 0.25]]))
    array([[ 4, 15]])
    """
    if not others.shape[1]:
        return base
    # Halved, as a segment can be longer than the largest double.
    ways = 0.5 * as_doubles(others) - 0.5 * as_doubles(base)[:, None]
    half = np.einsum("ij,ijk->ik", weights, ways)
    low, high = minimum(base, lowest(others, axis=1)), maximum(base, highest(others, axis=1))
    return move(base, half, low, high)


def move(
    base: npt.NDArray[Any],
    half: npt.NDArray[np.float64],
    low: npt.NDArray[Any],
    high: npt.NDArray[Any],
) -> npt.NDArray[Any]:
    """Compute base + 2 · half in the rows' own type, but nothing below `low` or above `high`.

    Examples
    --------
    >>> import numpy as np
    >>> move(np.array([[0, 10]]), np.array([[1.3, 9.0]]), np.array([0, 0]), np.array([9, 12]))
    array([[ 3, 12]])
    """
    if base.dtype.kind != "f":
        end = np.where(half > 0, high, low)
        return _interpolate_whole(base, end, _part(2 * half, base, end))
    with np.errstate(over="ignore"):  # infinite is above `high`
        made = base.astype(np.float64) + half + half
    return np.clip(made, low, high).astype(base.dtype)


def _part(
    step: npt.NDArray[np.float64], base: npt.NDArray[Any], end: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return which part of the way from `base` to `end` each step is."""
    way = as_doubles(end) - as_doubles(base)
    return np.clip(step / np.where(way == 0, 1.0, way), 0.0, 1 - 2.0**-53)


def _interpolate_whole(
    base: npt.NDArray[Any], neighbor: npt.NDArray[Any], gap: npt.NDArray[np.float64]
) -> npt.NDArray[Any]:
    """Move from `base` by a whole step, which ends on the segment over all of the type."""
    if base.dtype == INT128:
        return interpolate_int128(base, neighbor, gap)
    rises = neighbor >= base
    low, high = np.minimum(base, neighbor), np.maximum(base, neighbor)
    distance = high.view(np.uint64) - low.view(np.uint64)  # modulo 2⁶⁴ this never overflows
    # gap ≤ 1 − 2⁻⁵³, so the product stays below 2⁶⁴ and, after the minimum, on the segment.
    step = np.minimum(np.rint(gap * distance).astype(np.uint64), distance)
    start = base.view(np.uint64)
    return np.asarray(np.where(rises, start + step, start - step).view(np.int64))
