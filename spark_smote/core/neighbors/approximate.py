"""Approximate nearest neighbors in a large bucket, by calibrated cells (an inverted file).

The bases of a cell share their candidates: the rows nearest to its center. These cells divide
the rows of one bucket, and are not those of `core.hashing`, which are the buckets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from spark_smote.core.arrays import Counts, Indices, Points, Points32
from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.kmeans import move_centers, nearest_centers, score_columns, score_rows
from spark_smote.core.neighbors.exact import ExactSearch, exact_search, nearest_neighbors
from spark_smote.core.neighbors.reverse import add_reverse, bases_in_range

__all__ = ["NEIGHBOR_RECALL", "approximate_neighbors"]

NEIGHBOR_RECALL = 0.97
"""Share of the neighbors to find, unless the user chose it."""

CELL_BASES = 144
"""Mean number of bases of a cell; they share their candidates, and so one matrix product."""

CELL_SAMPLE = 16
"""Number of sample rows for each cell, to which k-means is fitted."""

ITERATIONS = 5
"""Number of k-means iterations."""

CALIBRATION_BASES = 128
"""Minimal number of bases that are searched exactly, to learn how many candidates the others
need."""

CALIBRATION_STRIDE = 256
"""One in so many bases is searched exactly, of many."""

REVERSE_SHARE = 0.3
"""Share of the neighbors that cells miss, and that find their base themselves, if all are bases.
At recall r it is r³ of it. Measured: 0.08, 0.14, 0.25 and 0.31 at 0.5, 0.7, 0.93 and 0.97 in 64
dimensions, and more in fewer."""

HIGH_RECALL_FACTOR = 4 / 3
"""Factor on the candidates for full recall among the calibration bases, if recall is to be high."""

MIN_BASES = 512
"""Number of bases up to which an exact search is as fast."""

EXACT_BELOW = 12_288
"""Number of rows up to which an exact search is as fast."""

SAMPLE_STRIDE = 8
"""One in so many rows is sampled, to find the distance within which a cell's candidates lie."""

BLOCK = 2**22
"""Number of distances to centers held at once."""


def approximate_neighbors(
    points: Points,
    base: Indices,
    k: int,
    queries: Indices | None = None,
    norm: Norm = EUCLIDEAN_NORM,
    recall: float = NEIGHBOR_RECALL,
    high_recall: bool = False,
) -> Indices:
    """Find k near other rows of each base, most of them among the k nearest.

    A neighbor is found if it is among the candidates of the base's cell, or has found the base.

    Cells are euclidean for every norm; the number of candidates is calibrated by the norm.

    Parameters
    ----------
    points : float64 array of shape (n, d)
        Distinct candidates, scaled, in an order that is independent of their values.
    base : int64 array of shape (b,)
        Positions of the rows to search for.
    k : int
        Neighbors wanted; if there are fewer other rows, all n − 1 are returned.
    queries : int64 array of shape (q,), optional
        Positions in `base` of the rows to return neighbors of, by default all. They do not
        depend on this choice.
    norm : Norm, optional
        Norm of the differences.
    recall : float, optional
        Share of the neighbors to find, about.
    high_recall : bool, default False
        Whether to search all calibrated candidates: neighbors of other classes lie farthest
        from the cell.

    Returns
    -------
    int64 array of shape (q, min(k, n − 1))
        Positions, nearest first; exact if cells would not be faster.
    """
    queries = np.arange(len(base)) if queries is None else queries
    if len(points) <= EXACT_BELOW or len(base) <= MIN_BASES or recall == 1:
        return nearest_neighbors(points, base[queries], k, norm)
    search = exact_search(points, k, norm)
    coarse = search.points.astype(np.float32)
    cells = _Cells(coarse, len(base) // CELL_BASES)
    n_known = max(CALIBRATION_BASES, len(base) // CALIBRATION_STRIDE)
    known = base[: n_known * (2 if high_recall else 1)]
    neighbors = search.nearest(known)
    ranks = cells.ranks(known, neighbors)
    if high_recall:
        wanted = HIGH_RECALL_FACTOR * ranks.max()
    else:
        found_in_reverse = REVERSE_SHARE * recall**3 * np.isin(neighbors, base).mean()
        wanted = np.quantile(ranks, 1 - (1 - recall) / (1 - found_in_reverse))
    # More than k rows are within the distance found for so many in the sample.
    candidates = max(int(wanted), SAMPLE_STRIDE * (k + 1))
    if candidates > len(points) // 2:
        return search.nearest(base[queries])
    searched = np.arange(len(base))
    if len(queries) < len(base):
        index = _search_cells(search, cells, base[queries], candidates)
        searched = bases_in_range(coarse, base, queries, index, norm)
    index = _search_cells(search, cells, base[searched], candidates)
    joined = add_reverse(coarse, base[searched], index, norm)
    return joined[np.searchsorted(searched, queries)]


def _search_cells(search: ExactSearch, cells: _Cells, base: Indices, candidates: int) -> Indices:
    """Search for each base among about `candidates` rows, those nearest to its cell."""
    index = np.empty((len(base), search.k), np.int64)
    home = cells.home[base]
    members = np.split(np.argsort(home, kind="stable"), np.cumsum(np.bincount(home))[:-1])
    for positions, among in zip(members, cells.nearest_rows(candidates), strict=False):
        if len(positions):
            index[positions] = search.nearest(base[positions], among)
    return index


class _Cells:
    """Cells of the rows of a bucket, and the distance of every row to every cell.

    The distance is the squared distance to the cell's center, less half of that to the nearest
    center: so rows far from all centers are near to some cells, too.

    Parameters
    ----------
    points : float32 array of shape (n, d)
    number : int
        Cells wanted.
    """

    def __init__(self, points: Points32, number: int) -> None:
        sample = points[:: max(1, len(points) // (CELL_SAMPLE * number))]
        # Rows are in an order that is independent of their values.
        centers = move_centers(sample, sample[:number], ITERATIONS)
        self._rows, self._columns = score_rows(points), score_columns(centers)
        self.home, scores = nearest_centers(self._rows, self._columns)
        self._offsets = (np.einsum("ij,ij->i", points, points) - scores) / 2

    def ranks(self, base: Indices, neighbors: Indices) -> Counts:
        """Estimate the number of rows that are as near to a base's cell as each neighbor."""
        columns = self._columns[:, self.home[base]]
        sample = slice(len(self._rows) // SAMPLE_STRIDE)
        distances = self._rows[sample] @ columns + self._offsets[sample, None]
        limits = np.einsum("ijk,ki->ij", self._rows[neighbors], columns) + self._offsets[neighbors]
        return SAMPLE_STRIDE * np.array(
            [np.count_nonzero(distances <= limit, axis=0) for limit in limits.T]
        )

    def nearest_rows(self, wanted: int) -> Iterator[Indices]:
        """Yield about `wanted` rows for each cell, the nearest ones, in ascending order."""
        rank = wanted // SAMPLE_STRIDE
        most = wanted + int(2 * SAMPLE_STRIDE * math.sqrt(rank))  # by two standard deviations
        step = max(1, BLOCK // len(self._rows))
        for start in range(0, self._columns.shape[1], step):
            block = self._columns[:, start : start + step].T @ self._rows.T
            block += self._offsets
            for distances in block:
                limit = np.partition(distances[: len(distances) // SAMPLE_STRIDE], rank)[rank]
                yield np.flatnonzero(distances <= limit)[:most]
