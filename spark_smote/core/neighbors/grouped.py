"""Exact nearest neighbors by tables of distances, for coordinates in groups of few values."""

from __future__ import annotations

import math

import numpy as np

from spark_smote.core.arrays import Indices, Points

__all__ = ["GroupedSearch"]

TILE = 2**20
"""Number of distances held at once."""

MAX_QUERIES = 128
"""Maximal number of bases searched at once."""


class GroupedSearch:
    """An `ExactSearch` by a norm of groups, as for the value difference metric.

    The distances between the values of a group are computed once for all rows with them.

    Parameters
    ----------
    points : float64 array of shape (n, groups · group)
    k : int
        Neighbors wanted, less than n.
    group : int
        Coordinates of a group, see `Norm`.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[0.0, 1.0], [0.5, 0.5], [0.9, 0.1]])
    >>> GroupedSearch(points, 1, 2).nearest(np.array([0, 2]))
    array([[1],
           [1]])
    """

    def __init__(self, points: Points, k: int, group: int) -> None:
        self.points, self.k = points, k
        groups = points.reshape(len(points), -1, group)
        self._values: list[tuple[Points, Indices]] = []
        for column in range(groups.shape[1]):
            distinct, code = np.unique(groups[:, column], axis=0, return_inverse=True)
            self._values.append((distinct, code.reshape(-1)))

    def nearest(self, base: Indices, among: Indices | None = None) -> Indices:
        """Find the k nearest other points of each base, see `ExactSearch.nearest`."""
        among = np.arange(len(self.points)) if among is None else among
        codes = [code[among] for _, code in self._values]
        step = max(1, min(MAX_QUERIES, TILE // len(among)))
        parts = np.array_split(base, math.ceil(len(base) / step))
        index = np.concatenate([self._search(part, among, codes) for part in parts])
        return np.asarray(among[index])

    def _search(self, base: Indices, among: Indices, codes: list[Indices]) -> Indices:
        """Return positions within `among` of the nearest candidates."""
        squares = np.zeros((len(among), len(base)))
        terms = np.empty_like(squares)
        for (distinct, code), candidates in zip(self._values, codes, strict=True):
            table = np.abs(distinct[:, None] - distinct[code[base]]).sum(axis=2) ** 2
            squares += np.take(table, candidates, axis=0, out=terms, mode="clip")
        squares[among[:, None] == base] = np.inf
        distances = np.ascontiguousarray(squares.T)
        index = np.argpartition(distances, self.k - 1, axis=1)[:, : self.k]
        order = np.argsort(np.take_along_axis(distances, index, axis=1), axis=1, kind="stable")
        return np.take_along_axis(index, order, axis=1)
