"""Reverse neighbors: if one row finds another, each may be a near neighbor of the other."""

from __future__ import annotations

import numpy as np

from spark_smote.core.arrays import Indices, Points32
from spark_smote.core.distance.norm import Norm

__all__ = ["add_reverse", "bases_in_range"]


def add_reverse(points: Points32, base: Indices, index: Indices, norm: Norm) -> Indices:
    """Replace neighbors found by nearer rows that found the base.

    Parameters
    ----------
    points : float32 array of shape (n, d)
    base : int64 array of shape (b,)
        Positions of the rows that searched.
    index : int64 array of shape (b, k)
        Positions of the k neighbors that each has found, nearest first.
    norm : Norm
        Norm of the differences.

    Returns
    -------
    int64 array of shape (b, k)
        Positions, nearest first.

    References
    ----------
    Dong, Moses, Li: "Efficient k-nearest neighbor graph construction for generic similarity
    measures", WWW 2011, which joins neighbors and reverse neighbors.

    Examples
    --------
    >>> import numpy as np
    >>> from spark_smote.core.distance.norm import EUCLIDEAN_NORM
    >>> points = np.array([[0.0], [1.0], [5.0]], np.float32)
    >>> add_reverse(points, np.array([0, 1]), np.array([[2], [0]]), EUCLIDEAN_NORM)
    array([[1],
           [0]])
    """
    k = index.shape[1]
    distances = norm.between(points, base, index)
    position = np.full(len(points), -1)  # of each row in `base`
    position[base] = np.arange(len(base))
    neighbor = position[index]
    finder, rank = np.nonzero((neighbor >= 0) & (distances < distances[neighbor, -1]))
    target = neighbor[finder, rank]
    is_new = (index[target] != base[finder, None]).all(axis=1)
    finder, rank, target = finder[is_new], rank[is_new], target[is_new]
    changed = np.unique(target)
    owner = np.concatenate([changed.repeat(k), target])
    candidates = np.concatenate([index[changed].ravel(), base[finder]])
    candidate_distances = np.concatenate([distances[changed].ravel(), distances[finder, rank]])
    order = np.lexsort((candidates, candidate_distances, owner))
    starts = np.searchsorted(owner[order], changed)
    joined = index.copy()
    joined[changed] = candidates[order[starts[:, None] + np.arange(k)]]
    return joined


def bases_in_range(
    points: Points32, base: Indices, queries: Indices, index: Indices, norm: Norm
) -> Indices:
    """Find the bases that are as near to a query as the farthest neighbor it has found.

    No other base can change the query's neighbors in `add_reverse`.

    Parameters
    ----------
    points, base, norm
        As in `add_reverse`.
    queries : int64 array of shape (q,)
        Positions in `base`.
    index : int64 array of shape (q, k)
        Neighbors that the queries have found.

    Returns
    -------
    int64 array
        Positions in `base`, ascending, those of the queries included.
    """
    rows = points[base]
    farthest = norm.between(points, base[queries], index[:, -1:])
    in_range = np.zeros(len(rows), np.bool_)
    for query, limit in zip(queries, farthest, strict=True):
        in_range |= norm.lengths(rows - rows[query]) <= limit
    return np.flatnonzero(in_range)
