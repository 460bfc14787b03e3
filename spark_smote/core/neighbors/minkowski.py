"""Exact nearest neighbors by Manhattan and Minkowski distance, with scikit-learn."""

from __future__ import annotations

import numpy as np

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.distance.magnitude import moderate

__all__ = ["MinkowskiSearch"]


class MinkowskiSearch:
    """An `ExactSearch` by a norm of any power.

    Parameters
    ----------
    points : float64 array of shape (n, d)
    k : int
        Neighbors wanted, less than n.
    power : float
        Exponent, at least 1, which is the Manhattan distance.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[0.0, 0.0], [3.0, 3.0], [0.0, 5.0]])
    >>> MinkowskiSearch(points, 1, 1.0).nearest(np.array([0]))
    array([[2]])
    """

    def __init__(self, points: Points, k: int, power: float) -> None:
        self.points = moderate(points)
        self.k, self.power = k, power

    def nearest(self, base: Indices, among: Indices | None = None) -> Indices:
        """Find the k nearest other points of each base, see `ExactSearch.nearest`."""
        from sklearn.neighbors import NearestNeighbors  # here, as most workers start without it

        among = np.arange(len(self.points)) if among is None else among
        model = NearestNeighbors(n_neighbors=self.k + 1, metric="minkowski", p=self.power)
        model.fit(self.points[among])
        index = among[model.kneighbors(self.points[base], return_distance=False)]
        is_self = index == base[:, None]
        is_self[~is_self.any(axis=1), -1] = True  # among many at distance 0, or not a candidate
        return np.asarray(index[~is_self].reshape(len(base), self.k))
