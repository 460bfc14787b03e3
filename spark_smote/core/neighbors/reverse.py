"""Reverse neighbors: a row that finds another as a neighbor may be one of that other's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spark_smote.core.distance.norm import Norm

__all__ = ["add_reverse", "who_may_add"]

BLOCK = 2**21
"""Coordinates of differences held at once."""

Floats = npt.NDArray[np.float32]

Indices = npt.NDArray[np.int64]


def add_reverse(points: Floats, base: Indices, index: Indices, norm: Norm) -> Indices:
    """Replace neighbors found by rows that found their base and are nearer to it.

    Parameters
    ----------
    points : float32 array of shape (n, d)
    base : int64 array of shape (b,)
        Positions of the rows that searched.
    index : int64 array of shape (b, k)
        Positions of the k neighbors that each has found, nearest first.
    norm : Norm
        What distances are taken by.

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
    apart = _lengths(points, base, index, norm)
    place = np.full(len(points), -1)
    place[base] = np.arange(len(base))
    found = place[index]
    finder, rank = np.nonzero((found >= 0) & (apart < apart[found, -1]))
    of = found[finder, rank]
    new = (index[of] != base[finder, None]).all(axis=1)
    finder, rank, of = finder[new], rank[new], of[new]
    rows = np.unique(of)
    row = np.concatenate([rows.repeat(k), of])
    all_found = np.concatenate([index[rows].ravel(), base[finder]])
    all_apart = np.concatenate([apart[rows].ravel(), apart[finder, rank]])
    order = np.lexsort((all_found, all_apart, row))
    starts = np.searchsorted(row[order], rows)
    joined = index.copy()
    joined[rows] = all_found[order[starts[:, None] + np.arange(k)]]
    return joined


def who_may_add(
    points: Floats, base: Indices, asked: Indices, index: Indices, norm: Norm
) -> Indices:
    """Name the bases that are as near to one of those asked as the farthest it has found.

    Parameters
    ----------
    points, base, norm
        As in `add_reverse`.
    asked : int64 array of shape (a,)
        Places in `base`.
    index : int64 array of shape (a, k)
        What these have found.

    Returns
    -------
    int64 array
        Places in `base`, in order, those asked among them.
    """
    rows = points[base]
    farthest = _lengths(points, base[asked], index[:, -1:], norm)
    near = np.zeros(len(rows), np.bool_)
    for place, far in zip(asked, farthest, strict=True):
        near |= norm.lengths(rows - rows[place]) <= far
    return np.flatnonzero(near)


def _lengths(points: Floats, base: Indices, index: Indices, norm: Norm) -> Floats:
    """Measure the ways from bases to what they have found."""
    apart = np.empty(index.shape, np.float32)
    step = max(1, BLOCK // (index.shape[1] * points.shape[1]))
    for start in range(0, len(base), step):
        part = slice(start, start + step)
        apart[part] = norm.lengths(points[index[part]] - points[base[part], None])
    return apart
