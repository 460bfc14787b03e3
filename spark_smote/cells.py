"""Near neighbours in a large bucket: small cells, each searched among the rows near it."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from spark_smote.neighbors import exact_search, nearest_neighbors
from spark_smote.norms import EUCLIDEAN, Norm

__all__ = ["near_neighbors"]

CELL_BASES = 192
"""Bases of a cell on average; they share their candidates, and so one matrix product."""

TESTS = 256
"""Bases that are searched exactly, to learn how many candidates the others need."""

WANTED, GOOD_ENOUGH = 0.999, 0.96
"""Share of the tests' true neighbours to be among the candidates, and where that takes too many."""

MANY = 6144
"""Candidates of a cell beyond which a share that is good enough has to do."""

GLIMPSE = 8
"""One part in so many of the rows is looked at for the distance within which to take candidates."""

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]


def near_neighbors(
    points: Points,
    base: Indices,
    k: int,
    asked: Indices | None = None,
    norm: Norm = EUCLIDEAN,
) -> Indices:
    """Find k near other rows of each base: most of the nearest ones.

    Cells are euclidean whatever the norm, but take as many candidates as the tests need by it.

    Parameters
    ----------
    points : float64 array of shape (n, d)
        Distinct candidates, scaled, in an order that has nothing to do with their values.
    base : int64 array of shape (b,)
        Positions of the rows to search for.
    k : int
        Neighbours wanted; n − 1 are given where there are no more.
    asked : int64 array of shape (a,), optional
        Which of `base` to answer for, by default all; the answers are the same.
    norm : Norm, optional
        What distances are taken by.

    Returns
    -------
    int64 array of shape (a, min(k, n − 1))
        Positions, nearest first; the exact answer where cells would not pay.
    """
    asked = np.arange(len(base)) if asked is None else asked
    cells = len(base) // CELL_BASES
    if len(points) <= 2 * MANY or len(base) <= 2 * TESTS:
        return nearest_neighbors(points, base[asked], k, norm)
    search = exact_search(points, k, norm)
    home, far = _fit_cells(search.points.astype(np.float32), base, cells)
    candidates = _candidates(far, home[:TESTS], search.nearest(base[:TESTS]))
    # A glimpse of that many rows holds more than k, whatever lies between its rows.
    candidates = max(candidates, GLIMPSE * (k + 1))
    if candidates > len(points) // 2:
        return search.nearest(base[asked])
    index = np.empty((len(asked), k), np.int64)
    home = home[asked]
    for cell in np.unique(home):
        members = np.flatnonzero(home == cell)
        among = _nearest_rows(far[cell], candidates)
        index[members] = search.nearest(base[asked[members]], among)
    return index


def _fit_cells(points: Floats, base: Indices, cells: int) -> tuple[Indices, Floats]:
    """Give the cell of each base, and how far every row is from every cell.

    A row is as far as its squared distance from the cell's centre, less half of that from the
    nearest one: rows far from all centres are near to some cells, too.
    """
    from sklearn.cluster import KMeans  # here, as most workers start without it, much faster

    sample = points[:: max(1, len(points) // (16 * cells))]
    model = KMeans(cells, init="random", n_init=1, max_iter=5, random_state=0).fit(sample)
    centres = model.cluster_centers_
    far = -2 * (centres @ points.T)
    far += (centres**2).sum(axis=1)[:, None]
    nearest = far.min(axis=0)
    home = far.argmin(axis=0)[base]
    far += (np.einsum("ij,ij->i", points, points) - nearest) / 2
    return cast(Indices, home), cast(Floats, far)


def _candidates(far: Floats, home: Indices, true: Indices) -> int:
    """Count the nearest rows of a cell that hold the wanted share of true neighbours."""
    ranks = [
        np.count_nonzero(far[cell] <= far[cell, neighbour][:, None], axis=1)
        for cell, neighbour in zip(home, true, strict=True)
    ]
    best, enough = np.quantile(ranks, [WANTED, GOOD_ENOUGH]).astype(int)
    return int(max(enough, min(best, MANY)))


def _nearest_rows(far: Floats, wanted: int) -> Indices:
    """Select about so many rows with the smallest values."""
    place = wanted // GLIMPSE
    limit = np.partition(far[: len(far) // GLIMPSE], place)[place]
    return np.flatnonzero(far <= limit)[: wanted + wanted // 16]
