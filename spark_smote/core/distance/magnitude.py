"""Magnitudes: rows brought near 1 as a whole, so that no square overflows or vanishes."""

from __future__ import annotations

import numpy as np

from spark_smote.core.arrays import Indices, Points

__all__ = [
    "LEAST_EXPONENT",
    "LIMIT",
    "OUTLIER",
    "bounded",
    "median_exponent",
    "moderate",
    "sample_size",
    "split_quotients",
    "typical_exponent",
    "without_outliers",
]

LIMIT = 2.0**480
"""Largest coordinate, where most are near 1: the sum of many squares stays finite."""

OUTLIER = 2.0**10
"""Largest coordinate that may count in a mean, where most are near 1."""

LEAST_EXPONENT = -(2**20)
"""Power of two below all quotients of doubles: that of 0."""

SAMPLE_ROWS, SAMPLE_VALUES = 1024, 2**20
"""Maximal number of first rows, and of their values, that show what is typical: the order of the
rows is independent of their values."""


def sample_size(n_features: int) -> int:
    """Return the number of first rows that show what is typical."""
    return min(SAMPLE_ROWS, max(1, SAMPLE_VALUES // max(1, n_features)))


def split_quotients(points: Points, scale: Points) -> tuple[Points, Indices]:
    """Compute digits and exponents of quotients, which can neither overflow nor vanish.

    Examples
    --------
    >>> import numpy as np
    >>> digits, exponents = split_quotients(np.array([[2.0**1000, 0.0]]), np.array([2.0**-1000, 1]))
    >>> digits.tolist(), int(exponents[0, 0]), bool(exponents[0, 1] == LEAST_EXPONENT)
    ([[1.0, 0.0]], 2000, True)
    """
    (digits, exponents), (scale_digits, scale_exponents) = np.frexp(points), np.frexp(scale)
    exponents = np.where(digits == 0, LEAST_EXPONENT, exponents - scale_exponents)
    return digits / scale_digits, exponents


def median_exponent(exponents: Indices) -> int | None:
    """Return the median of exponents; those of 0 do not count."""
    present = np.sort(exponents[exponents > LEAST_EXPONENT])
    return int(present[len(present) // 2]) if len(present) else None


def typical_exponent(points: Points) -> int:
    """Return the exponent of the median of the rows' largest absolute coordinates.

    Rows of zeros do not count.

    Examples
    --------
    >>> import numpy as np
    >>> typical_exponent(np.array([[0.0, 3.0], [2.5, 0.0], [-1e300, 0.0], [0.0, 0.0]]))
    2
    """
    for rows in (points[: sample_size(points.shape[1])], points):
        largest = np.abs(rows).max(axis=1, initial=0.0)
        exponents = np.where(largest > 0, np.frexp(largest)[1], LEAST_EXPONENT)
        if (exponent := median_exponent(exponents)) is not None:
            return exponent
    return 0


def bounded(points: Points, out: Points | None = None) -> Points:
    """Clip to `LIMIT` on either side, what is infinite as well."""
    return np.clip(points, -LIMIT, LIMIT, out=out)


def without_outliers(points: Points) -> Points:
    """Clip rows to what is typical of most of them: a few others would shift a mean.

    If none is clipped, the rows themselves are returned, not a copy.

    Examples
    --------
    >>> import numpy as np
    >>> without_outliers(np.array([[1.0], [2.0], [-1e300]])).ravel().tolist()
    [1.0, 2.0, -4096.0]
    """
    limit = OUTLIER * 2.0 ** typical_exponent(points)
    if max(points.max(initial=0.0), -points.min(initial=0.0)) <= limit:
        return points
    return np.clip(points, -limit, limit)


def moderate(points: Points) -> Points:
    """Center rows, and scale them as a whole by a power of two to be near 1.

    Distances keep their order: a power of two keeps all digits. Only coordinates beyond `LIMIT`
    are clipped.

    Examples
    --------
    >>> import numpy as np
    >>> moderate(np.array([[0.0], [2.0**1023], [2.0**1022]])).ravel().tolist()
    [-0.5, 0.5, 0.0]
    """
    rows = points.copy()
    _bring_near_one(rows)
    rows -= without_outliers(rows).mean(axis=0)
    _bring_near_one(rows)
    return rows


def _bring_near_one(points: Points) -> None:
    """Scale rows in place by a power of two, and clip them."""
    exponent = -typical_exponent(points)
    with np.errstate(over="ignore"):
        np.ldexp(points, exponent, out=points)
    bounded(points, out=points)
