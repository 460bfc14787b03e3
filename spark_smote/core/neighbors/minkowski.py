"""Exact nearest neighbors where other powers than squares add up, by scikit-learn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["MinkowskiSearch"]

Indices = npt.NDArray[np.int64]

Points = npt.NDArray[np.float64]


class MinkowskiSearch:
    """Finds nearest neighbors among some of a set of points, as `EuclideanSearch` does for squares.

    Parameters
    ----------
    points : float64 array of shape (n, d)
    k : int
        Neighbors wanted, less than n.
    power : float
        From 1, the Manhattan distance.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[0.0, 0.0], [3.0, 3.0], [0.0, 5.0]])
    >>> MinkowskiSearch(points, 1, 1.0).nearest(np.array([0]))
    array([[2]])
    """

    def __init__(self, points: Points, k: int, power: float) -> None:
        # Powers of two keep all digits: first no value is large, then the usual one is near 1.
        points = np.ldexp(points, -np.frexp(np.abs(points).max())[1])
        self.points = np.ldexp(points, -np.frexp(np.abs(points).mean())[1])
        self.k, self.power = k, power

    def nearest(self, base: Indices, among: Indices | None = None) -> Indices:
        """Find the k nearest of the points at positions `among`, all by default, to each base.

        Returns
        -------
        int64 array of shape (b, k)
            Positions, nearest first. A point is left out of its own answer by identity.
        """
        from sklearn.neighbors import NearestNeighbors  # here, as most workers start without it

        among = np.arange(len(self.points)) if among is None else among
        index = NearestNeighbors(n_neighbors=self.k + 1, metric="minkowski", p=self.power)
        index.fit(self.points[among])
        found = among[index.kneighbors(self.points[base], return_distance=False)]
        own = found == base[:, None]
        own[~own.any(axis=1), -1] = True  # among many at distance 0, or not a candidate
        return np.asarray(found[~own].reshape(len(base), self.k))
