"""Exact nearest neighbors by euclidean distance, with matrix products in single precision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spark_smote.core.arrays import Array, Bools, Floats, Indices, Points
from spark_smote.core.distance.magnitude import LIMIT, moderate

__all__ = ["EuclideanSearch"]

GROUP = 8
"""Number of scores of which the smallest goes on to the next round."""

MAX_LAST = 128
"""Maximal number of scores of the last round, for each base."""

SPARE = 2
"""Number of candidates kept beyond those needed, as rounding may reorder them."""

TILE = 2**21
"""Number of scores held at once, about those of a cell of `approximate`."""

REACH = 2.0**50
"""Length of a row up to which single precision holds its square, whatever the others are."""

MIN_QUERIES = 32
"""Minimal number of bases searched at once, whatever the number of scores."""


class EuclideanSearch:
    """An `ExactSearch` by euclidean distance.

    The nearest candidates are found by a tournament. A round keeps the smallest of every eight
    distances. The k nearest are then in the groups with the smallest winners, which are followed
    back from the last round to the first.

    Distances are ranked in single precision. Those of the few candidates left are computed anew
    in double precision, and an error bound decides whether another candidate could be nearer.
    If it could, the tournament is repeated in double precision.

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
    >>> EuclideanSearch(points, 1).nearest(np.array([1, 2]))
    array([[0],
           [3]])
    """

    def __init__(self, points: Points, k: int) -> None:
        self.points = moderate(points)
        self.squares = np.einsum("ij,ij->i", self.points, self.points)
        self.k = k
        self._selections: dict[type, _Selection] = {}

    def nearest(self, base: Indices, among: Indices | None = None) -> Indices:
        """Find the k nearest other points of each base, see `ExactSearch.nearest`."""
        among = np.arange(len(self.points)) if among is None else among
        index = np.empty((len(base), self.k), np.int64)
        uncertain = np.arange(len(base))
        for kind in (np.float32, np.float64):
            selection = self._selection(kind)
            selection.set_candidates(among)
            parts = math.ceil(len(uncertain) / max(MIN_QUERIES, TILE // selection.sizes[-1]))
            remaining = []
            for part in np.array_split(uncertain, parts):
                index[part], is_certain = self._search(base[part], among, selection)
                remaining.append(part[~is_certain])
            uncertain = np.concatenate(remaining)
            if not len(uncertain):
                break
        return index

    def _selection(self, kind: type[np.floating[Any]]) -> _Selection:
        if kind not in self._selections:
            self._selections[kind] = _Selection(self.points, self.squares, self.k + 1 + SPARE, kind)
        return self._selections[kind]

    def _search(
        self, base: Indices, among: Indices, selection: _Selection
    ) -> tuple[Indices, Bools]:
        """Find the k nearest candidates, and the bases for which they are certain."""
        position, scores, bound = selection.smallest(base)
        is_padding = position >= len(among)
        candidates = among[np.where(is_padding, 0, position)]
        squares = self.squares[base]
        distances = scores + squares[:, None]
        distances[is_padding] = np.inf
        # A candidate longer than this is farther than all found, by the triangle inequality.
        longest = 2 * np.sqrt(squares) + np.sqrt(np.maximum(distances[:, self.k], 0))
        error = (self.points.shape[1] + 4) * selection.epsilon * longest**2
        next_distance = np.minimum(
            bound + squares, distances[:, self.k + 1 :].min(axis=1, initial=np.inf)
        )
        gaps = np.diff(np.column_stack([distances[:, : self.k + 1], next_distance]), axis=1)
        is_certain = (gaps > error[:, None]).all(axis=1) & (longest < selection.reach)
        is_certain &= candidates[:, 0] == base  # a base that is no candidate excludes none
        index = candidates[:, 1 : self.k + 1]
        close = np.flatnonzero(~is_certain)
        if len(close):
            index[close], farthest = self._rank(base[close], candidates[close], is_padding[close])
            is_enough = farthest <= (bound + squares - error)[close]
            is_certain[close] = is_enough & (squares[close] < selection.reach**2)
        return index, is_certain

    def _rank(
        self, base: Indices, candidates: Indices, is_padding: Bools
    ) -> tuple[Indices, Floats]:
        """Sort candidates by distance in double precision; return the k nearest, and the k-th."""
        differences = self.points[candidates] - self.points[base][:, None]
        distances = np.einsum("ijk,ijk->ij", differences, differences)
        distances[is_padding | (candidates == base[:, None])] = np.inf
        order = np.argsort(distances, axis=1)[:, : self.k]
        farthest = np.take_along_axis(distances, order[:, -1:], axis=1)[:, 0]
        return np.take_along_axis(candidates, order, axis=1), farthest


class _Selection:
    """Selection of the candidates with the smallest scores, in one precision.

    The score of candidate x for base q is |x|² − 2x·q, the squared distance less |q|². Three
    matrices are involved: `candidates` with the rows (x, |x|²), `queries` with the columns
    (−2q, 1), and their product, the `scores`.

    Parameters
    ----------
    points, squares : float64 arrays of shape (n, d) and (n,)
        Most of them near 1.
    keep : int
        Candidates wanted.
    kind : type
        The precision.
    """

    def __init__(
        self, points: Points, squares: Floats, keep: int, kind: type[np.floating[Any]]
    ) -> None:
        self.keep, self.kind = keep, kind
        self.epsilon = float(np.finfo(kind).eps)
        self.reach = REACH if kind is np.float32 else LIMIT
        if kind is np.float32 and squares.max() > REACH**2:
            # Rows far from all others are near enough for them to stay far, and not too far.
            points = np.clip(points, -REACH, REACH)
            squares = np.einsum("ij,ij->i", points, points)
        self.rows = np.column_stack([points, squares]).astype(kind)
        self.sizes: list[int] = []

    def set_candidates(self, among: Indices) -> None:
        """Set the candidates, padded with rows that are never selected."""
        last = len(among)
        rounds = 0
        while last > max(MAX_LAST, self.keep + 1):
            last, rounds = -(-last // GROUP), rounds + 1
        sizes = [last * GROUP**i for i in range(rounds + 1)]
        if sizes != self.sizes:
            self.sizes = sizes  # scores for each base, from the last round to the first
            self.candidates = np.zeros((sizes[-1], self.rows.shape[1]), self.kind)
            self.buffers = [np.empty(0, self.kind)] * len(sizes)
        np.take(self.rows, among, axis=0, out=self.candidates[: len(among)], mode="clip")
        self.candidates[len(among) :, :-1] = 0
        self.candidates[len(among) :, -1] = np.finfo(self.kind).max

    def smallest(self, base: Indices) -> tuple[Indices, Array, Array]:
        """Find the candidates with the smallest scores.

        Returns
        -------
        position : int64 array of shape (b, keep)
            Positions among the candidates, smallest score first.
        scores : array of shape (b, keep)
        bound : array of shape (b,)
            The smallest score of all other candidates.
        """
        queries = np.ascontiguousarray(self.rows[base].T)
        queries *= -2
        queries[-1] = 1
        rounds = self._score_matrices(len(base))
        np.matmul(self.candidates, queries, out=rounds[-1])
        for minima, scores in zip(rounds[-2::-1], rounds[:0:-1], strict=True):
            np.minimum.reduce(scores.reshape(GROUP, *minima.shape), axis=0, out=minima)
        query = np.arange(len(base))[:, None]
        # Flat positions of scores in the matrix of the round, where queries are columns.
        position = query + np.arange(0, rounds[0].size, len(base))
        kept = np.ascontiguousarray(rounds[0].T)
        bound = np.full(len(base), np.inf)
        for size, scores in zip([0, *map(len, rounds)], rounds, strict=False):
            if size:  # not the last round: from each minimum to the group that it is of
                group = np.arange(0, scores.size, size * len(base))
                position = (position[:, :, None] + group).reshape(len(base), -1)
                kept = scores.ravel().take(position)
            if position.shape[1] > self.keep:
                order = np.argpartition(kept, self.keep, axis=1)[:, : self.keep + 1]
                order += query * kept.shape[1]
                best = kept.take(order)
                bound = np.minimum(bound, best[:, -1])
                position, kept = position.take(order[:, :-1]), best[:, :-1]
        order = np.argsort(kept, axis=1) + query * kept.shape[1]
        return position.take(order) // len(base), kept.take(order), bound

    def _score_matrices(self, queries: int) -> list[Array]:
        """Return a matrix for each round, in the memory of the last call if it is large enough."""
        sizes = [size * queries for size in self.sizes]
        for i, size in enumerate(sizes):
            if len(self.buffers[i]) < size:
                self.buffers[i] = np.empty(size, self.kind)
        return [
            buffer[:size].reshape(-1, queries)
            for buffer, size in zip(self.buffers, sizes, strict=True)
        ]
