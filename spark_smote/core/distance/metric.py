"""Metrics: how differences of features add up to a distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EUCLIDEAN", "METRICS", "Metric", "directions", "length"]

METRICS = ("euclidean", "cosine", "manhattan", "minkowski")

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """What makes two rows near to each other.

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
        """Whether a row's length is no matter, and only its direction is."""
        return self.name == "cosine"

    @property
    def power(self) -> float:
        """The power of differences whose sum is that of the distance, once rows are transformed."""
        return {"manhattan": 1.0, "minkowski": self.p}.get(self.name, 2.0)


EUCLIDEAN = Metric()


def directions(points: Points, width: Points) -> Points:
    """Put rows on the unit sphere, where squared distances are twice the cosine's.

    Parameters
    ----------
    points : float64 array of shape (n, d)
    width : float64 array of shape (d,)
        What features are divided by before.

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
    ways = points / _largest(points) / width
    lengths = length(ways)
    nowhere = lengths == 0
    return np.hstack([ways / np.where(nowhere, 1.0, lengths), nowhere])


def length(rows: Points) -> Points:
    """Compute euclidean lengths, of shape (n, 1), in a unit that keeps the squares finite."""
    unit = _largest(rows)
    return np.asarray(unit * np.linalg.norm(rows / unit, axis=1, keepdims=True))


def _largest(rows: Points) -> Points:
    """Give the largest absolute value of each row, or 1, of shape (n, 1)."""
    found = np.abs(rows).max(axis=1, keepdims=True)
    return np.where(found > 0, found, 1.0)
