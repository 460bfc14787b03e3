"""Near neighbors in a large bucket: small cells, each searched among the rows near it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.neighbors.exact import ExactSearch, exact_search, nearest_neighbors
from spark_smote.core.neighbors.reverse import add_reverse, who_may_add

__all__ = ["approximate_neighbors"]

CELL_BASES = 144
"""Bases of a cell on average; they share their candidates, and so one matrix product."""

CELL_SAMPLE, ITERATIONS = 16, 5
"""Sample rows for each cell, and how often its center moves to the mean of those it has."""

TESTS = 256
"""Bases that are searched exactly, to learn how many candidates the others need."""

RECALL_TARGETS = ((0.999, 4096), (0.99, 10240), (0.95, math.inf))
"""Shares of the tests' true neighbors to be among the candidates, and how many each is worth."""

MARGIN = 4 / 3
"""Times the candidates that hold all of those neighbors, where none is to be missed."""

FEW = 12_288
"""Rows up to which cells do not pay."""

SAMPLE_STRIDE = 8
"""One part in so many of the rows is looked at for the distance within which to take candidates."""

BLOCK = 2**22
"""Distances to centers held at once."""

Floats = npt.NDArray[np.float32]

Indices = npt.NDArray[np.int64]

Points = npt.NDArray[np.float64]


def approximate_neighbors(
    points: Points,
    base: Indices,
    k: int,
    asked: Indices | None = None,
    norm: Norm = EUCLIDEAN_NORM,
    high_recall: bool = False,
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
        Neighbors wanted; n − 1 are given where there are no more.
    asked : int64 array of shape (a,), optional
        Which of `base` to answer for, by default all; the answers are the same.
    norm : Norm, optional
        What distances are taken by.
    high_recall : bool, default False
        Whether hardly any is to be missed: those of another kind than the row that searches lie
        farthest from its cell.

    Returns
    -------
    int64 array of shape (a, min(k, n − 1))
        Positions, nearest first; the exact answer where cells would not pay.
    """
    asked = np.arange(len(base)) if asked is None else asked
    if len(points) <= FEW or len(base) <= 2 * TESTS:
        return nearest_neighbors(points, base[asked], k, norm)
    search = exact_search(points, k, norm)
    coarse = search.points.astype(np.float32)
    cells = _Cells(coarse, len(base) // CELL_BASES)
    ranks = cells.ranks(base[:TESTS], search.nearest(base[:TESTS]))
    if high_recall:
        candidates = int(MARGIN * ranks.max())
    else:
        candidates = max(
            int(min(np.quantile(ranks, share), most)) for share, most in RECALL_TARGETS
        )
    # A glimpse of that many rows holds more than k, whatever lies between its rows.
    candidates = max(candidates, SAMPLE_STRIDE * (k + 1))
    if candidates > len(points) // 2:
        return search.nearest(base[asked])
    rows = np.arange(len(base))
    if len(asked) < len(base):
        found = _search_cells(search, cells, base[asked], candidates)
        rows = who_may_add(coarse, base, asked, found, norm)
    found = _search_cells(search, cells, base[rows], candidates)
    return add_reverse(coarse, base[rows], found, norm)[np.searchsorted(rows, asked)]


def _search_cells(search: ExactSearch, cells: _Cells, base: Indices, candidates: int) -> Indices:
    """Search for each base among about so many rows, those nearest to its cell."""
    index = np.empty((len(base), search.k), np.int64)
    home = cells.home[base]
    members = np.split(np.argsort(home, kind="stable"), np.cumsum(np.bincount(home))[:-1])
    for mine, among in zip(members, cells.nearest_rows(candidates), strict=False):
        if len(mine):
            index[mine] = search.nearest(base[mine], among)
    return index


class _Cells:
    """Cells of rows, and how far every row is from every cell.

    A row is as far as its squared distance from the cell's center, less half of that from the
    nearest one: rows far from all centers are near to some cells, too.

    Parameters
    ----------
    points : float32 array of shape (n, d)
    number : int
        Cells wanted.
    """

    def __init__(self, points: Floats, number: int) -> None:
        sample = points[:: max(1, len(points) // (CELL_SAMPLE * number))]
        centers = _fit_centers(sample, number)
        self._rows, self._columns = _rows_of(points), _columns_of(centers)
        self.home, far = _nearest(self._rows, self._columns)
        self._extra = (np.einsum("ij,ij->i", points, points) - far) / 2

    def ranks(self, base: Indices, true: Indices) -> Indices:
        """Count the rows that are as near to a base's cell as each of its true neighbors."""
        columns = self._columns[:, self.home[base]]
        glimpse = slice(len(self._rows) // SAMPLE_STRIDE)
        far = self._rows[glimpse] @ columns + self._extra[glimpse, None]
        limits = np.einsum("ijk,ki->ij", self._rows[true], columns) + self._extra[true]
        return SAMPLE_STRIDE * np.array(
            [np.count_nonzero(far <= each, axis=0) for each in limits.T]
        )

    def nearest_rows(self, wanted: int) -> Iterator[Indices]:
        """Select about so many rows for each cell, the nearest ones."""
        place = wanted // SAMPLE_STRIDE
        step = max(1, BLOCK // len(self._rows))
        for start in range(0, self._columns.shape[1], step):
            block = self._columns[:, start : start + step].T @ self._rows.T
            block += self._extra
            for far in block:
                limit = np.partition(far[: len(far) // SAMPLE_STRIDE], place)[place]
                yield np.flatnonzero(far <= limit)[: wanted + wanted // 16]


def _fit_centers(sample: Floats, number: int) -> Floats:
    """Fit k-means, from the first rows on: their order has nothing to do with their values.

    A worker would wait a second for scikit-learn's to be imported.
    """
    rows, centers = _rows_of(sample), sample[:number].copy()
    for _ in range(ITERATIONS):
        nearest, _ = _nearest(rows, _columns_of(centers))
        order = np.argsort(nearest, kind="stable")
        present, starts, sizes = np.unique(nearest[order], return_index=True, return_counts=True)
        centers[present] = np.add.reduceat(sample[order], starts) / sizes[:, None]
    return centers


def _rows_of(points: Floats) -> Floats:
    """Prepare points for products with what `_columns_of` gives for centers.

    The products are squared distances, but for each point's own square.
    """
    return np.column_stack([points, np.ones(len(points), np.float32)])


def _columns_of(centers: Floats) -> Floats:
    return np.vstack([-2 * centers.T, np.einsum("ij,ij->i", centers, centers)])


def _nearest(rows: Floats, columns: Floats) -> tuple[Indices, Floats]:
    """Find each row's nearest center, and their product."""
    home, far = np.empty(len(rows), np.int64), np.empty(len(rows), np.float32)
    step = max(1, BLOCK // columns.shape[1])
    for start in range(0, len(rows), step):
        block = rows[start : start + step] @ columns
        home[start : start + step] = block.argmin(axis=1)
        far[start : start + step] = block.min(axis=1)
    return home, far
