"""Nearest neighbors of few queries: broadcast to all tasks, which filter the rows they read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from spark_smote.core.arrays import Bools, Floats, Indices, Keys, Labels, Points
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.grid import as_columns, as_rows, to_grid

__all__ = ["BroadcastQueries", "CandidateFilter", "queries_per_cell"]

MAX_QUERIES_PER_CELL = 192
"""Maximal number of queries of a cell."""

READ_ROWS = 1_000_000
"""Approximate number of rows that a task reads."""

EXPECTED_CANDIDATES = 6
"""Rows that a task keeps for a query, as a multiple of k. Of a hundred batches, the first has k
rows that are the nearest so far, the second k / 2, and so on."""

BLOCK = 2**21
"""Number of distances held at once."""


def queries_per_cell(k: int, size: int, most: int) -> int:
    """Compute how many queries may share a cell for its bucket to have about `most` rows.

    Parameters
    ----------
    k : int
        Neighbors wanted for each query.
    size : int
        Rows that are read.
    most : int
        Rows of a bucket.

    Examples
    --------
    >>> queries_per_cell(10, 2_000_000, 131_072), queries_per_cell(10, 1_000_000_000, 131_072)
    (192, 2)
    """
    candidates = EXPECTED_CANDIDATES * k * math.ceil(size / READ_ROWS)
    return min(MAX_QUERIES_PER_CELL, max(1, most // candidates))


@dataclass(frozen=True)
class BroadcastQueries:
    """All queries, and the cells in which they meet their candidates.

    Coordinates are rounded to whole numbers as in `CellHash`, so that the rows that a cell needs
    depend on nothing but the rows.

    Attributes
    ----------
    query_classes : int64 array of shape (c,)
        Numbers of the classes whose rows are queries.
    hash : CellHash
        The hash of the queries to cells.
    points : float64 array of shape (q, d)
        The queries, scaled.
    k : int
        Neighbors wanted for each query.
    """

    query_classes: Indices
    hash: CellHash
    points: Points
    k: int

    def keep_candidates(self, points: Points, home: Bools) -> Indices:
        """Return the positions of rows that are among the k nearest of a query of this cell.

        A bucket gets more rows than these, and which ones depends on the tasks that read them.

        Parameters
        ----------
        points : float64 array of shape (n, d)
            Rows of the cell, scaled.
        home : bool array of shape (n,)
            Whether the row is a query.
        """
        grid = to_grid(points, self.hash.unit)
        rows, queries, is_needed = as_rows(grid), as_columns(grid[home]), home.copy()
        step = max(1, BLOCK // len(grid))
        for start in range(0, queries.shape[1], step):
            squares = rows @ queries[:, start : start + step]
            is_needed |= (squares <= self.limits(_kth(squares, self.k))).any(axis=1)
        return np.flatnonzero(is_needed)

    def limits(self, squares: Floats) -> Floats:
        """Add to squared distances the maximal error of rounding to the grid."""
        rounding = 2 * math.sqrt(self.points.shape[1])
        return (np.sqrt(squares) + rounding) ** 2


class CandidateFilter:
    """A filter of the rows that one task reads, batch by batch, for candidates of the queries.

    Parameters
    ----------
    queries : BroadcastQueries

    Examples
    --------
    >>> import numpy as np
    >>> from spark_smote.core.hashing.cell_hash import CellHash
    >>> points = np.array([[0.0], [100.0]])
    >>> cells = CellHash(1.0, points, 0.0)
    >>> candidates = CandidateFilter(BroadcastQueries(np.array([1]), cells, points, 1))
    >>> rows, cells = candidates.match(np.array([[0.0], [20.0], [70.0], [99.0]]), np.arange(4))
    >>> rows.tolist(), cells.tolist()
    ([0, 1, 2, 3], [0, 0, 1, 1])
    >>> rows, cells = candidates.match(np.array([[30.0], [98.0]]), np.arange(4, 6))
    >>> rows.tolist(), cells.tolist()
    ([1], [1])
    """

    def __init__(self, queries: BroadcastQueries) -> None:
        self._queries, self._cells = queries, queries.hash.home(queries.points)
        self._columns = as_columns(to_grid(queries.points, queries.hash.unit))
        # Squared distances and keys of each query's nearest rows so far, itself included.
        shape = (len(queries.points), queries.k + 1)
        self._best, self._keys = np.full(shape, np.inf), np.zeros(shape, np.int64)

    def assign(
        self, points: Points, keys: Keys, labels: Labels
    ) -> tuple[Indices, Indices, Indices]:
        """Find home cells, -1 for rows that are no queries, and the (row, cell) pairs of guests."""
        home = np.full(len(points), -1)
        is_query = np.isin(labels, self._queries.query_classes)
        home[is_query] = self._queries.hash.home(points[is_query])
        rows, cells = self.match(points, keys)
        is_guest = home[rows] != cells
        return home, rows[is_guest], cells[is_guest]

    def match(self, points: Points, keys: Keys) -> tuple[Indices, Indices]:
        """Find the (row, cell) pairs for which a row may be a neighbor of a query of the cell.

        Parameters
        ----------
        points : float64 array of shape (n, d)
            Distinct rows.
        keys : int64 array of shape (n,)
            Their keys: rows of earlier batches are not counted again.
        """
        queries, cells = self._queries, len(self._queries.hash.centers)
        rows = as_rows(to_grid(points, queries.hash.unit))
        kth = self._best[:, -1]
        matches = []
        step = max(queries.k + 1, BLOCK // self._columns.shape[1])
        for start in range(0, len(rows), step):
            squares = rows[start : start + step] @ self._columns
            if np.isinf(kth).any():
                kth = np.minimum(kth, _kth(squares, queries.k))
            near = np.flatnonzero(squares <= queries.limits(kth))
            row, query = np.divmod(near, self._columns.shape[1])
            matches.append((row + start, query, squares.ravel()[near]))
        row, query, distances = map(np.concatenate, zip(*matches, strict=True))
        self._update_best(query, distances, keys[row])
        pairs = np.unique(row * cells + self._cells[query])
        return pairs // cells, pairs % cells

    def _update_best(self, query: Indices, distances: Floats, keys: Keys) -> None:
        """Merge new matches into the nearest distinct rows of their queries."""
        changed, group = np.unique(query, return_inverse=True)
        width = self._best.shape[1]
        group = np.concatenate([np.arange(len(changed)).repeat(width), group])
        distances = np.concatenate([self._best[changed].ravel(), distances])
        keys = np.concatenate([self._keys[changed].ravel(), keys])
        order = np.lexsort((keys, distances, group))
        group, distances, keys = group[order], distances[order], keys[order]
        is_repeat = np.zeros(len(group), np.bool_)
        is_repeat[1:] = (
            (group[1:] == group[:-1]) & (keys[1:] == keys[:-1]) & np.isfinite(distances[1:])
        )
        group, distances, keys = group[~is_repeat], distances[~is_repeat], keys[~is_repeat]
        rank = np.arange(len(group)) - np.searchsorted(group, group)
        is_near = rank < width
        nearest = changed[group[is_near]], rank[is_near]
        self._best[changed] = np.inf
        self._best[nearest] = distances[is_near]
        self._keys[nearest] = keys[is_near]


def _kth(squares: Floats, k: int) -> Floats:
    """Return each query's squared distance to its k-th nearest row other than itself."""
    if len(squares) <= k:
        return np.full(squares.shape[1], np.inf)
    return cast(Floats, np.partition(squares, k, axis=0)[k])
