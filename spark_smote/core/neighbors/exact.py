"""Exact k-nearest-neighbor search within one bucket."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.neighbors.euclidean import EuclideanSearch
from spark_smote.core.neighbors.grouped import GroupedSearch
from spark_smote.core.neighbors.minkowski import MinkowskiSearch
from spark_smote.core.neighbors.wide import WIDE, WideSearch

__all__ = ["ExactSearch", "exact_search", "nearest_neighbors"]


class ExactSearch(Protocol):
    """An exact search among a set of points.

    Attributes
    ----------
    points : float64 array of shape (n, d)
        The points, possibly shifted and scaled as a whole.
    k : int
        Neighbors wanted, less than n.
    """

    points: Points
    k: int

    def nearest(self, base: Indices, among: Indices | None = None) -> Indices:
        """Find the k nearest other points of each base.

        Parameters
        ----------
        base : int64 array of shape (b,)
            Positions of the points to search for.
        among : int64 array of shape (m,), optional
            Positions of the candidates, by default all.

        Returns
        -------
        int64 array of shape (b, k)
            Positions, nearest first. A point is excluded from its own neighbors by identity.
        """
        ...


def exact_search(points: Points, k: int, norm: Norm) -> ExactSearch:
    """Choose the search for a norm."""
    if norm.group > 1:
        return GroupedSearch(points, k, norm.group)
    if norm.power != 2:
        return MinkowskiSearch(points, k, norm.power)
    return WideSearch(points, k) if points.shape[1] > WIDE else EuclideanSearch(points, k)


def nearest_neighbors(
    points: Points, base: Indices, k: int, norm: Norm = EUCLIDEAN_NORM
) -> Indices:
    """Find the k nearest other rows of each base, exactly.

    Parameters
    ----------
    points : float64 array of shape (n, d)
        Distinct candidates, scaled and centered.
    base : int64 array of shape (b,)
        Positions of the rows to search for.
    k : int
        Neighbors wanted; if there are fewer other rows, all n − 1 are returned.
    norm : Norm, optional
        Norm of the differences.

    Returns
    -------
    int64 array of shape (b, min(k, n − 1))
        Positions, nearest first. A row is excluded from its own neighbors by identity.

    Examples
    --------
    >>> import numpy as np
    >>> nearest_neighbors(np.array([[0.0], [1.0], [5.0]]), np.array([0, 2]), 1)
    array([[1],
           [1]])
    """
    k = min(k, len(points) - 1)
    return exact_search(points, k, norm).nearest(base) if k else np.empty((len(base), 0), np.int64)
