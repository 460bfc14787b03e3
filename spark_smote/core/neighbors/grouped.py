"""Exact nearest neighbors where coordinates come in groups that take few values."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["GroupedSearch"]

Indices = npt.NDArray[np.int64]

Points = npt.NDArray[np.float64]

TILE, MAX_QUERIES = 2**20, 128
"""Distances held at once, and the bases that they are of at most."""


class GroupedSearch:
    """Finds nearest neighbors among some of a set of points, as `EuclideanSearch` does for squares.

    How far two values of a group are apart is computed once for all rows that hold them.

    Parameters
    ----------
    points : float64 array of shape (n, groups · group)
    k : int
        Neighbors wanted, less than n.
    group : int
        Coordinates in a group, see `Norm`.

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
        parts = points.reshape(len(points), -1, group)
        self._values: list[tuple[Points, Indices]] = []
        for place in range(parts.shape[1]):
            distinct, code = np.unique(parts[:, place], axis=0, return_inverse=True)
            self._values.append((distinct, code.reshape(-1)))

    def nearest(self, base: Indices, among: Indices | None = None) -> Indices:
        """Find the k nearest of the points at positions `among`, all by default, to each base.

        Returns
        -------
        int64 array of shape (b, k)
            Positions, nearest first. A point is left out of its own answer by identity.
        """
        among = np.arange(len(self.points)) if among is None else among
        codes = [code[among] for _, code in self._values]
        step = max(1, min(MAX_QUERIES, TILE // len(among)))
        parts = np.array_split(base, math.ceil(len(base) / step))
        found = np.concatenate([self._search(part, among, codes) for part in parts])
        return np.asarray(among[found])

    def _search(self, base: Indices, among: Indices, codes: list[Indices]) -> Indices:
        """Give the places in `among` of the nearest to some bases."""
        squares = np.zeros((len(among), len(base)))
        terms = np.empty_like(squares)
        for (distinct, code), theirs in zip(self._values, codes, strict=True):
            table = np.abs(distinct[:, None] - distinct[code[base]]).sum(axis=2) ** 2
            squares += np.take(table, theirs, axis=0, out=terms, mode="clip")
        squares[among[:, None] == base] = np.inf
        apart = np.ascontiguousarray(squares.T)
        found = np.argpartition(apart, self.k - 1, axis=1)[:, : self.k]
        order = np.argsort(np.take_along_axis(apart, found, axis=1), axis=1, kind="stable")
        return np.take_along_axis(found, order, axis=1)
