"""The k nearest neighbours inside one bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import sklearn
from sklearn.neighbors import NearestNeighbors

__all__ = ["Neighbourhood", "nearby_neighbors", "nearest_neighbors"]

CELL_ROWS = 256
"""Rows of a cell of `nearby_neighbors`: small enough to search eight of them at once."""

PROBES = 8
"""Cells that `nearby_neighbors` searches for the rows of one cell."""

Indices = npt.NDArray[np.int64]
Points = npt.NDArray[Any]


@dataclass(frozen=True)
class Neighbourhood:
    """Neighbours of each base, nearest first, where a row may stand for several twins.

    Attributes
    ----------
    base : int64 array of shape (b,)
        Positions of the bases among the candidates.
    index : int64 array of shape (b, k)
        Positions of their nearest other candidates.
    counts : int64 array of shape (n,)
        Twins that each candidate stands for, itself included.
    k : int
        Neighbours wanted.
    """

    base: Indices
    index: Indices
    counts: Indices
    k: int

    def pick(self, rows: Indices, draws: npt.NDArray[np.float64]) -> Indices:
        """Pick one of the k nearest, uniformly, for the bases at `rows`.

        A base's own twins are its nearest neighbours, at distance 0: self is left out by
        identity. A base without any neighbour gets itself.
        """
        base, others = self.base[rows], self.index[rows]
        choices = np.column_stack([base, others])
        weights = self.counts[choices]
        weights[:, 0] -= 1
        reached = np.minimum(np.cumsum(weights, axis=1), self.k)
        slot = np.floor(draws * reached[:, -1]).astype(np.int64)
        column = (reached <= slot[:, None]).sum(axis=1)
        column[reached[:, -1] == 0] = 0
        return cast(Indices, choices[np.arange(len(rows)), column])


def nearest_neighbors(points: Points, base: Indices, k: int) -> Indices:
    """Find the k nearest other rows of each base, exactly.

    Parameters
    ----------
    points : float array of shape (n, d)
        Distinct candidates.
    base : int64 array of shape (b,)
        Positions of the rows to search for.
    k : int
        Neighbours wanted; n − 1 are given where there are no more.

    Returns
    -------
    int64 array of shape (b, min(k, n − 1))
        Positions, nearest first.

    Examples
    --------
    >>> import numpy as np
    >>> nearest_neighbors(np.array([[0.0], [1.0], [5.0]]), np.array([0, 2]), 1)
    array([[1],
           [1]])
    """
    k = min(k, len(points) - 1)
    return _without_self(_search(points, points[base], k + 1), base)


def nearby_neighbors(points: Points, base: Indices, k: int) -> Indices:
    """Find k near rows of each base by searching the cells around it only.

    The rows are put in small cells around pivots, and the rows of a cell search the cells
    whose pivots are nearest to theirs: most of the true neighbours at a fraction of the cost.
    Parameters and result are those of `nearest_neighbors`.
    """
    if len(points) <= CELL_ROWS * PROBES:
        return nearest_neighbors(points, base, k)
    k = min(k, len(points) - 1)
    pivots, cell = _make_cells(points, len(points) // CELL_ROWS)
    order = np.argsort(cell, kind="stable")
    sizes = np.bincount(cell, minlength=len(pivots))
    ends = np.cumsum(sizes)
    members = [order[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    nearest_cells = np.argsort(_squared_distances(pivots, pivots), axis=1, kind="stable")
    base_order = np.argsort(cell[base], kind="stable")
    base_ends = np.cumsum(np.bincount(cell[base], minlength=len(pivots)))

    found = np.empty((len(base), k), dtype=np.int64)
    for home in range(len(pivots)):
        rows = base_order[base_ends[home - 1] if home else 0 : base_ends[home]]
        if not len(rows):
            continue
        enough = np.searchsorted(np.cumsum(sizes[nearest_cells[home]]), k + 1) + 1
        probed = nearest_cells[home, : max(PROBES, int(enough))]
        candidates = np.concatenate([members[other] for other in probed])
        local = candidates[_search(points[candidates], points[base[rows]], k + 1)]
        found[rows] = _without_self(local, base[rows])
    return found


def _search(points: Points, queries: Points, k: int) -> Indices:
    with sklearn.config_context(assume_finite=True):
        search = NearestNeighbors(n_neighbors=k).fit(points)
        return cast(Indices, search.kneighbors(queries, return_distance=False))


def _without_self(found: Indices, base: Indices) -> Indices:
    """Drop each base from its own answer, or the farthest where a tie left self out."""
    others = found != base[:, None]
    others[others.all(axis=1), -1] = False
    return cast(Indices, found[others].reshape(len(base), found.shape[1] - 1))


def _make_cells(points: Points, cells: int) -> tuple[Points, Indices]:
    """Partition rows by their nearest pivot after one round of Lloyd's k-means."""
    # Rows come ordered by key, a hash: any stretch of them is a random sample.
    pivots = points[:cells]
    cell = _nearest(points, pivots)
    order = np.argsort(cell, kind="stable")
    used, first = np.unique(cell[order], return_index=True)
    sums = np.add.reduceat(points[order], first, axis=0)
    pivots = sums / np.diff(np.append(first, len(points)))[:, None].astype(points.dtype)
    return pivots, _nearest(points, pivots)


def _nearest(points: Points, pivots: Points) -> Indices:
    blocks = [
        _squared_distances(points[start : start + 4096], pivots).argmin(axis=1)
        for start in range(0, len(points), 4096)
    ]
    return np.concatenate(blocks)


def _squared_distances(points: Points, pivots: Points) -> Points:
    """Squared distances but for each point's own square, which no comparison needs."""
    return cast(Points, (pivots**2).sum(axis=1) - 2 * (points @ pivots.T))
