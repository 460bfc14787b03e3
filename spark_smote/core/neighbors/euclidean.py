"""Exact nearest neighbors by matrix products, in single precision wherever that is certain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["EuclideanSearch"]

Bools = npt.NDArray[np.bool_]

Floats = npt.NDArray[Any]

Indices = npt.NDArray[np.int64]

Points = npt.NDArray[np.float64]

GROUP = 8
"""Candidates of which one goes on to the next round."""

FINAL = 128
"""Most groups of the last round."""

SPARE = 2
"""Candidates that stay in beyond those needed, for rounding to reorder."""

TILE, MIN_QUERIES = 2**21, 32
"""Distances held at once, about those of a cell, but those of so many queries at least."""


class EuclideanSearch:
    """Finds nearest neighbors among some of a set of points.

    A round keeps the smallest of every eight distances. The nearest candidates are then in the
    groups with the smallest winners, which are followed back from the last round to the first.
    Distances are ranked in single precision; those of the few candidates left are computed
    anew in double, and the error bound tells whether another candidate could be nearer. Where
    it could, the tournament is held again in double precision.

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
        centered = points - points.mean(axis=0)
        # A power of two keeps all digits, and no square can overflow.
        self.points = np.ldexp(centered, -np.frexp(np.abs(centered).max())[1])
        self.squares = np.einsum("ij,ij->i", self.points, self.points)
        self.k = k
        self._made: dict[type, _Rounds] = {}

    def nearest(self, base: Indices, among: Indices | None = None) -> Indices:
        """Find the k nearest of the points at positions `among`, all by default, to each base.

        Returns
        -------
        int64 array of shape (b, k)
            Positions, nearest first. A point is left out of its own answer by identity.
        """
        among = np.arange(len(self.points)) if among is None else among
        index = np.empty((len(base), self.k), np.int64)
        unsure = np.arange(len(base))
        for kind in (np.float32, np.float64):
            rounds = self._rounds(kind)
            rounds.admit(among)
            parts = math.ceil(len(unsure) / max(MIN_QUERIES, TILE // rounds.widths[-1]))
            left = []
            for part in np.array_split(unsure, parts):
                index[part], sure = self._play(base[part], among, rounds)
                left.append(part[~sure])
            unsure = np.concatenate(left)
            if not len(unsure):
                break
        return index

    def _rounds(self, kind: type[np.floating[Any]]) -> _Rounds:
        if kind not in self._made:
            self._made[kind] = _Rounds(self.points, self.squares, self.k + 1 + SPARE, kind)
        return self._made[kind]

    def _play(self, base: Indices, among: Indices, rounds: _Rounds) -> tuple[Indices, Bools]:
        """Hold one tournament; tell for which bases its outcome is beyond doubt."""
        left, scores, bound = rounds.play(base)
        nobody = left >= len(among)
        left = among[np.where(nobody, 0, left)]
        squares = self.squares[base]
        apart = scores + squares[:, None]
        apart[nobody] = np.inf
        # A candidate longer than what the last norm allows for is farther than all found.
        longest = 2 * np.sqrt(squares) + np.sqrt(np.maximum(apart[:, self.k], 0))
        error = (self.points.shape[1] + 4) * rounds.epsilon * longest**2
        following = np.minimum(bound + squares, apart[:, self.k + 1 :].min(axis=1, initial=np.inf))
        gaps = np.diff(np.column_stack([apart[:, : self.k + 1], following]), axis=1)
        sure = (gaps > error[:, None]).all(axis=1)
        sure &= left[:, 0] == base  # a base that is no candidate has no place to leave out
        index = left[:, 1 : self.k + 1]
        close = np.flatnonzero(~sure)
        if len(close):
            index[close], farthest = self._rank(base[close], left[close], nobody[close])
            sure[close] = farthest <= (bound + squares - error)[close]
        return index, sure

    def _rank(
        self, base: Indices, left: Indices, nobody: Bools
    ) -> tuple[Indices, npt.NDArray[np.float64]]:
        """Order the candidates left by distances without rounding to speak of."""
        away = self.points[left] - self.points[base][:, None]
        apart = np.einsum("ijk,ijk->ij", away, away)
        apart[nobody | (left == base[:, None])] = np.inf
        order = np.argsort(apart, axis=1)[:, : self.k]
        farthest = np.take_along_axis(apart, order[:, -1:], axis=1)[:, 0]
        return np.take_along_axis(left, order, axis=1), farthest


class _Rounds:
    """Tournaments in one precision.

    The score of candidate x for query q is |x|² − 2x·q, a product of the rows (x, |x|²) with the
    columns (−2q, 1).
    """

    def __init__(
        self, points: Points, squares: Points, keep: int, kind: type[np.floating[Any]]
    ) -> None:
        self.keep, self.kind = keep, kind
        self.epsilon = float(np.finfo(kind).eps)
        self.rows = np.column_stack([points, squares]).astype(kind)
        self.widths: list[int] = []

    def admit(self, among: Indices) -> None:
        """Let some candidates in, and fill up with some that never win."""
        last = len(among)
        rounds = 0
        while last > max(FINAL, self.keep + 1):
            last, rounds = -(-last // GROUP), rounds + 1
        widths = [last * GROUP**i for i in range(rounds + 1)]
        if widths != self.widths:
            self.widths = widths
            self.players = np.zeros((widths[-1], self.rows.shape[1]), self.kind)
            self.scores = [np.empty(0, self.kind)] * len(widths)
        np.take(self.rows, among, axis=0, out=self.players[: len(among)], mode="clip")
        self.players[len(among) :, :-1] = 0
        self.players[len(among) :, -1] = np.finfo(self.kind).max

    def play(self, base: Indices) -> tuple[Indices, Floats, Floats]:
        """Give the candidates left, their scores in order, and the least score of the others."""
        queries = np.ascontiguousarray(self.rows[base].T)
        queries *= -2
        queries[-1] = 1
        scores = self._scores(len(base))
        np.matmul(self.players, queries, out=scores[-1])
        for winners, round_ in zip(scores[-2::-1], scores[:0:-1], strict=True):
            np.minimum.reduce(round_.reshape(GROUP, *winners.shape), axis=0, out=winners)
        every = np.arange(len(base))[:, None]
        # A player's place for a query, in the matrix of the round.
        place = every + np.arange(0, scores[0].size, len(base))
        found = np.ascontiguousarray(scores[0].T)
        bound = np.full(len(base), np.inf)
        for size, round_ in zip([0, *map(len, scores)], scores, strict=False):
            if size:
                group = np.arange(0, round_.size, size * len(base))
                place = (place[:, :, None] + group).reshape(len(base), -1)
                found = round_.ravel().take(place)
            if place.shape[1] > self.keep:
                order = np.argpartition(found, self.keep, axis=1)[:, : self.keep + 1]
                order += every * found.shape[1]
                best = found.take(order)
                bound = np.minimum(bound, best[:, -1])
                place, found = place.take(order[:, :-1]), best[:, :-1]
        order = np.argsort(found, axis=1) + every * found.shape[1]
        return place.take(order) // len(base), found.take(order), bound

    def _scores(self, queries: int) -> list[Floats]:
        """One matrix a round, of the memory that served the last time where it is enough."""
        sizes = [width * queries for width in self.widths]
        for place, size in enumerate(sizes):
            if len(self.scores[place]) < size:
                self.scores[place] = np.empty(size, self.kind)
        return [
            buffer[:size].reshape(-1, queries)
            for buffer, size in zip(self.scores, sizes, strict=True)
        ]
