"""Few rows that search among many: each row is compared with all of them where it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.grid import as_columns, as_rows, to_grid

__all__ = ["BroadcastQueries", "CandidateFilter", "queries_per_cell"]

MAX_QUERIES_PER_CELL = 192
"""Most queries of a cell."""

READ_ROWS, EXPECTED_CANDIDATES = 1_000_000, 6
"""Rows that a task reads, about, and times the k nearest that it lets through for a query: in a
hundred batches, k rows of the first are the nearest yet, k / 2 of the second and so on."""

BLOCK = 2**21
"""Distances held at once."""

Indices = npt.NDArray[np.int64]

Pairs = tuple[Indices, Indices]

Points = npt.NDArray[np.float64]


def queries_per_cell(k: int, size: int, most: int) -> int:
    """Count the queries that share a cell, so that it holds no more than about `most` rows.

    Parameters
    ----------
    k : int
        Nearest rows that each looks for.
    size : int
        Rows that are read.
    most : int

    Examples
    --------
    >>> queries_per_cell(10, 2_000_000, 131_072), queries_per_cell(10, 1_000_000_000, 131_072)
    (192, 2)
    """
    passed = EXPECTED_CANDIDATES * k * math.ceil(size / READ_ROWS)
    return min(MAX_QUERIES_PER_CELL, max(1, most // passed))


@dataclass(frozen=True)
class BroadcastQueries:
    """All rows that search, and the cell in which each of them does.

    Distances are taken between whole numbers, as `CellHash` takes them: which rows a cell needs
    depends on nothing but the rows.

    Attributes
    ----------
    query_classes : int64 array of shape (c,)
        Numbers of the classes whose rows search.
    hash : CellHash
        Whose cells they search in.
    points : float64 array of shape (s, d)
        The rows, scaled.
    k : int
        Nearest other rows that each looks for.
    """

    query_classes: Indices
    hash: CellHash
    points: Points
    k: int

    def keep_candidates(self, points: Points, home: npt.NDArray[np.bool_]) -> Indices:
        """Give the positions of rows of a cell, of shape (n, d), among the nearest to one at home.

        More may have come along, which ones depending on who read them.
        """
        grid = to_grid(points, self.hash.unit)
        every, queries, needed = as_rows(grid), as_columns(grid[home]), home.copy()
        step = max(1, BLOCK // len(grid))
        for start in range(0, queries.shape[1], step):
            squares = every @ queries[:, start : start + step]
            needed |= (squares <= self.limits(_kth(squares, self.k))).any(axis=1)
        return np.flatnonzero(needed)

    def limits(self, squares: Points) -> Points:
        """Widen squared distances by what rounding to the grid can make of them."""
        rounding = 2 * math.sqrt(self.points.shape[1])
        return (np.sqrt(squares) + rounding) ** 2


class CandidateFilter:
    """Finds the rows that queries may need among those that one task reads, batch by batch.

    Parameters
    ----------
    queries : BroadcastQueries

    Examples
    --------
    >>> import numpy as np
    >>> from spark_smote.core.hashing.cell_hash import CellHash
    >>> points = np.array([[0.0], [100.0]])
    >>> cells = CellHash(1.0, points, 0.0)
    >>> near = CandidateFilter(BroadcastQueries(np.array([1]), cells, points, 1))
    >>> rows, cells = near.match(np.array([[0.0], [20.0], [70.0], [99.0]]), np.arange(4))
    >>> rows.tolist(), cells.tolist()
    ([0, 1, 2, 3], [0, 0, 1, 1])
    >>> rows, cells = near.match(np.array([[30.0], [98.0]]), np.arange(4, 6))
    >>> rows.tolist(), cells.tolist()
    ([1], [1])
    """

    def __init__(self, queries: BroadcastQueries) -> None:
        self._queries, self._cells = queries, queries.hash.home(queries.points)
        self._columns = as_columns(to_grid(queries.points, queries.hash.unit))
        shape = (len(queries.points), queries.k + 1)  # one is the query itself
        self._best, self._keys = np.full(shape, np.inf), np.zeros(shape, np.int64)

    def assign(
        self, points: Points, keys: Indices, labels: npt.NDArray[np.int32]
    ) -> tuple[Indices, Indices, Indices]:
        """Find home cells, -1 for rows that do not search, and the (row, cell) pairs of guests."""
        home = np.full(len(points), -1)
        asks = np.isin(labels, self._queries.query_classes)
        home[asks] = self._queries.hash.home(points[asks])
        guests, cells = self.match(points, keys)
        abroad = home[guests] != cells
        return home, guests[abroad], cells[abroad]

    def match(self, points: Points, keys: Indices) -> Pairs:
        """Give the (row, cell) pairs where a row may be among the nearest to one in the cell.

        Parameters
        ----------
        points : float64 array of shape (n, d)
            Distinct rows.
        keys : int64 array of shape (n,)
            Their keys: a row that has been seen is not counted again.
        """
        queries, cells = self._queries, len(self._queries.hash.centers)
        every = as_rows(to_grid(points, queries.hash.unit))
        kth = self._best[:, -1]
        found = []
        step = max(queries.k + 1, BLOCK // self._columns.shape[1])
        for start in range(0, len(every), step):
            squares = every[start : start + step] @ self._columns
            if np.isinf(kth).any():
                kth = np.minimum(kth, _kth(squares, queries.k))
            near = np.flatnonzero(squares <= queries.limits(kth))
            row, query = np.divmod(near, self._columns.shape[1])
            found.append((row + start, query, squares.ravel()[near]))
        row, query, apart = map(np.concatenate, zip(*found, strict=True))
        self._remember(query, apart, keys[row])
        pairs = np.unique(row * cells + self._cells[query])
        return pairs // cells, pairs % cells

    def _remember(self, query: Indices, apart: Points, keys: Indices) -> None:
        """Keep the nearest distinct rows of each query that has found some."""
        some, place = np.unique(query, return_inverse=True)
        width = self._best.shape[1]
        place = np.concatenate([np.arange(len(some)).repeat(width), place])
        apart = np.concatenate([self._best[some].ravel(), apart])
        keys = np.concatenate([self._keys[some].ravel(), keys])
        order = np.lexsort((keys, apart, place))
        place, apart, keys = place[order], apart[order], keys[order]
        seen = np.zeros(len(place), np.bool_)
        seen[1:] = (place[1:] == place[:-1]) & (keys[1:] == keys[:-1]) & np.isfinite(apart[1:])
        place, apart, keys = place[~seen], apart[~seen], keys[~seen]
        rank = np.arange(len(place)) - np.searchsorted(place, place)
        near = rank < width
        self._best[some] = np.inf
        self._best[some[place[near]], rank[near]] = apart[near]
        self._keys[some[place[near]], rank[near]] = keys[near]


def _kth(squares: Points, k: int) -> Points:
    """Give each query's squared distance from the k-th nearest row that is not itself."""
    if len(squares) <= k:
        return np.full(squares.shape[1], np.inf)
    return cast(Points, np.partition(squares, k, axis=0)[k])
