"""The k nearest neighbors inside one bucket."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.neighbors.euclidean import EuclideanSearch
from spark_smote.core.neighbors.grouped import GroupedSearch
from spark_smote.core.neighbors.minkowski import MinkowskiSearch

__all__ = ["ExactSearch", "exact_search", "nearest_neighbors"]

Indices = npt.NDArray[np.int64]

Points = npt.NDArray[np.float64]

ExactSearch = EuclideanSearch | GroupedSearch | MinkowskiSearch


def exact_search(points: Points, k: int, norm: Norm) -> ExactSearch:
    """Choose the way to search: squares are quick, as matrix products give them."""
    if norm.group > 1:
        return GroupedSearch(points, k, norm.group)
    return EuclideanSearch(points, k) if norm.power == 2 else MinkowskiSearch(points, k, norm.power)


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
        Neighbors wanted; n − 1 are given where there are no more.
    norm : Norm, optional
        What distances are taken by.

    Returns
    -------
    int64 array of shape (b, min(k, n − 1))
        Positions, nearest first. A row is left out of its own answer by identity.

    Examples
    --------
    >>> import numpy as np
    >>> nearest_neighbors(np.array([[0.0], [1.0], [5.0]]), np.array([0, 2]), 1)
    array([[1],
           [1]])
    """
    k = min(k, len(points) - 1)
    return exact_search(points, k, norm).nearest(base) if k else np.empty((len(base), 0), np.int64)
