"""Metrics that a user can choose: euclidean, cosine, Manhattan and Minkowski."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Points
from spark_smote.core.distance.magnitude import split_quotients

__all__ = ["EUCLIDEAN", "METRICS", "Metric", "directions", "length"]

METRICS = ("euclidean", "cosine", "manhattan", "minkowski")
"""Names of metrics, as scikit-learn has them."""


@dataclass(frozen=True)
class Metric:
    """A metric, as the user chooses it.

    Attributes
    ----------
    name : str
        One of `METRICS`.
    p : float
        The exponent, of "minkowski" only.
    """

    name: str = "euclidean"
    p: float = 2.0

    @property
    def is_angle(self) -> bool:
        """Whether a row's direction counts, and not its length."""
        return self.name == "cosine"

    @property
    def power(self) -> float:
        """Exponent of the norm that is the distance between transformed rows."""
        return {"manhattan": 1.0, "minkowski": self.p}.get(self.name, 2.0)


EUCLIDEAN = Metric()
"""The default metric."""


def directions(points: Points, scale: Points) -> Points:
    """Project rows onto the unit sphere: squared distances are twice the cosine distance.

    Parameters
    ----------
    points : float64 array of shape (n, d)
    scale : float64 array of shape (d,)
        Divisor of each feature.

    Returns
    -------
    float64 array of shape (n, d + 1)
        A row of zeros has no direction: it lies on the last axis, at right angles to all others.

    Examples
    --------
    >>> import numpy as np
    >>> directions(np.array([[3.0, 40.0], [0.0, 0.0]]), np.array([1.0, 10.0]))
    array([[0.6, 0.8, 0. ],
           [0. , 0. , 1. ]])
    """
    # Exponents apart, so that a row may hold the largest double and the smallest.
    digits, exponents = split_quotients(points, scale)
    scaled = np.ldexp(digits, exponents - exponents.max(axis=1, keepdims=True))
    lengths = length(scaled)
    is_zero = lengths == 0
    return np.hstack([scaled / np.where(is_zero, 1.0, lengths), is_zero])


def length(rows: Points) -> Points:
    """Compute euclidean lengths, of shape (n, 1), without overflow of the squares."""
    unit = _max_abs(rows)
    return np.asarray(unit * np.linalg.norm(rows / unit, axis=1, keepdims=True))


def _max_abs(rows: Points) -> Points:
    """Compute the largest absolute value of each row, or 1 for zeros, of shape (n, 1)."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    return np.where(largest > 0, largest, 1.0)
