"""Neighborhoods: the neighbors found for the bases of a block, and their votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from spark_smote.core.arrays import Counts, Floats, Indices

__all__ = ["Neighborhood"]


@dataclass(frozen=True)
class Neighborhood:
    """The nearest candidates of each base; a candidate may stand for several identical rows.

    Attributes
    ----------
    base : int64 array of shape (b,)
        Positions of the bases among the candidates.
    index : int64 array of shape (b, k)
        Positions of their nearest other candidates, nearest first.
    counts : int64 array of shape (n,)
        Identical rows that each candidate stands for, itself included.
    k : int
        Neighbors wanted, of all rows that the candidates stand for.
    """

    base: Indices
    index: Indices
    counts: Counts
    k: int

    def votes(self, rows: Indices) -> tuple[Indices, Counts]:
        """Count, for the bases at `rows`, how many of the k neighbors each candidate stands for.

        Returns
        -------
        choices : int64 array of shape (r, 1 + k)
            Positions of the base itself, for its duplicates, and of its nearest candidates.
        votes : int64 array of shape (r, 1 + k)
        """
        choices, totals = self._cumulative_votes(rows)
        return choices, np.diff(totals, axis=1, prepend=0)

    def pick(self, rows: Indices, draws: Floats) -> Indices:
        """Select one of the k nearest, uniformly, for the bases at `rows`.

        A base without neighbors is its own.
        """
        choices, totals = self._cumulative_votes(rows)
        vote = np.floor(draws * totals[:, -1]).astype(np.int64)
        column = (totals <= vote[:, None]).sum(axis=1)
        column[totals[:, -1] == 0] = 0
        return cast(Indices, choices[np.arange(len(rows)), column])

    def _cumulative_votes(self, rows: Indices) -> tuple[Indices, Counts]:
        """Return the choices of `votes`, and the cumulative sum of their votes.

        A base's own duplicates are its nearest neighbors, at distance 0; the base itself is
        excluded by identity.
        """
        choices = np.column_stack([self.base[rows], self.index[rows]])
        weights = self.counts[choices]
        weights[:, 0] -= 1
        return choices, np.minimum(np.cumsum(weights, axis=1), self.k)
