"""Exact nearest neighbors by euclidean distance among rows of many coordinates, without a copy."""

from __future__ import annotations

import numpy as np

from spark_smote.core.arrays import Floats, Indices, Points

__all__ = ["WIDE", "WideSearch"]

WIDE = 4096
"""Number of coordinates above which copies of the rows would fill a task's memory."""

SPARE = 2
"""Number of candidates kept beyond those needed, as rounding may reorder them."""

BLOCK = 2**21
"""Number of coordinates, or of scores, held at once."""

SAFE_EXPONENT = 485
"""Power of two up to which squares of coordinates can neither overflow nor vanish."""


class WideSearch:
    """An `ExactSearch` by euclidean distance that holds little more than its points.

    A few bases at a time are compared with all candidates by matrix products, in double precision:
    the error of single precision grows with the number of coordinates, and would leave nearly all
    bases undecided. The nearest are ranked anew by the differences themselves.

    Parameters
    ----------
    points : float64 array of shape (n, d)
        Distinct points.
    k : int
        Neighbors wanted, less than n.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[0.0], [1.0], [5.0], [5.5]])
    >>> WideSearch(points, 1).nearest(np.array([1, 2]))
    array([[0],
           [3]])
    """

    def __init__(self, points: Points, k: int) -> None:
        exponent = int(np.frexp(max(points.max(), -points.min()))[1])
        if abs(exponent) > SAFE_EXPONENT:  # a power of two keeps all digits
            points = np.ldexp(points, -exponent)
        self.points, self.k = points, k
        self._squares = np.einsum("ij,ij->i", points, points)
        self._step = max(1, BLOCK // points.shape[1])

    def nearest(self, base: Indices, among: Indices | None = None) -> Indices:
        """Find the k nearest other points of each base, see `ExactSearch.nearest`."""
        among = np.arange(len(self.points)) if among is None else among
        index = np.empty((len(base), self.k), np.int64)
        step = max(1, min(self._step, BLOCK // len(among)))
        for start in range(0, len(base), step):
            rows = slice(start, start + step)
            scores = self._scores(base[rows], among)
            kept = min(self.k + SPARE, len(among))
            candidates = among[np.argpartition(scores, kept - 1, axis=1)[:, :kept]]
            for place, row in enumerate(base[rows], start):
                index[place] = self._ranked(row, candidates[place - start])[: self.k]
        return index

    def _scores(self, base: Indices, among: Indices) -> Floats:
        """Compute squared distances less each base's own square; infinite to the base itself."""
        queries = -2 * self.points[base]
        scores = np.empty((len(base), len(among)))
        for start in range(0, len(among), self._step):
            block = slice(start, start + self._step)
            np.matmul(queries, self.points[among[block]].T, out=scores[:, block])
        scores += self._squares[among]
        scores[base[:, None] == among] = np.inf
        return scores

    def _ranked(self, row: int, candidates: Indices) -> Indices:
        """Sort a base's candidates by distance; equally far ones by position, the base last."""
        differences = self.points[candidates] - self.points[row]
        distances = np.einsum("ij,ij->i", differences, differences)
        distances[candidates == row] = np.inf
        return np.asarray(candidates[np.lexsort((candidates, distances))])
