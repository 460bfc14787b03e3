"""New rows on the segments between a base and its neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["interpolate"]


def interpolate(
    base: npt.NDArray[Any], neighbour: npt.NDArray[Any], gap: npt.NDArray[np.float64]
) -> npt.NDArray[Any]:
    """Compute base + gap · (neighbour − base) in the rows' own type.

    Parameters
    ----------
    base, neighbour : float32, float64 or int64 arrays of shape (n, d)
        The two ends of each segment, of one type.
    gap : float64 array of shape (n,)
        Place on the segment, in [0, 1).

    Returns
    -------
    array of shape (n, d), of the type of `base`
        Floats are rounded once, from double precision; integers to the nearest one.

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
    if base.dtype.kind == "i":
        return _interpolate_integers(base, neighbour, gap)
    start, end = base.astype(np.float64), neighbour.astype(np.float64)
    # In two steps, as a segment can be longer than the largest double.
    step = gap[:, None] * (0.5 * end - 0.5 * start)
    made = start + step + step
    # Rounding must not carry a row past the segment's end.
    return np.clip(made, np.minimum(start, end), np.maximum(start, end)).astype(base.dtype)


def _interpolate_integers(
    base: npt.NDArray[np.int64], neighbour: npt.NDArray[np.int64], gap: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Move from `base` by a whole number of steps; exact over all of int64."""
    rises = neighbour >= base
    low, high = np.minimum(base, neighbour), np.maximum(base, neighbour)
    distance = high.view(np.uint64) - low.view(np.uint64)  # modulo 2⁶⁴ this never overflows
    # gap ≤ 1 − 2⁻⁵³, so the product stays below 2⁶⁴ and, after the minimum, on the segment.
    step = np.minimum(np.rint(gap[:, None] * distance).astype(np.uint64), distance)
    start = base.view(np.uint64)
    return np.where(rises, start + step, start - step).view(np.int64)
