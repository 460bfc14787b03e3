"""The neighbors found for some rows of a block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from spark_smote.core.neighbors.exact import Indices

__all__ = ["Neighborhood"]


@dataclass(frozen=True)
class Neighborhood:
    """Neighbors of each base, nearest first, where a row may stand for several twins.

    Attributes
    ----------
    base : int64 array of shape (b,)
        Positions of the bases among the candidates.
    index : int64 array of shape (b, k)
        Positions of their nearest other candidates.
    counts : int64 array of shape (n,)
        Twins that each candidate stands for, itself included.
    k : int
        Neighbors wanted.
    """

    base: Indices
    index: Indices
    counts: Indices
    k: int

    def votes(self, rows: Indices) -> tuple[Indices, Indices]:
        """Give the bases at `rows` with their neighbors, and how many of the k each stands for."""
        choices, reached = self._reached(rows)
        return choices, np.diff(reached, axis=1, prepend=0)

    def _reached(self, rows: Indices) -> tuple[Indices, Indices]:
        """Give the bases at `rows` with their neighbors, and how many of the k lie up to each.

        A base's own twins are its nearest neighbors, at distance 0: self is left out by
        identity.
        """
        choices = np.column_stack([self.base[rows], self.index[rows]])
        weights = self.counts[choices]
        weights[:, 0] -= 1
        return choices, np.minimum(np.cumsum(weights, axis=1), self.k)

    def pick(self, rows: Indices, draws: npt.NDArray[np.float64]) -> Indices:
        """Pick one of the k nearest, uniformly, for the bases at `rows`.

        A base without any neighbor gets itself.
        """
        choices, reached = self._reached(rows)
        slot = np.floor(draws * reached[:, -1]).astype(np.int64)
        column = (reached <= slot[:, None]).sum(axis=1)
        column[reached[:, -1] == 0] = 0
        return cast(Indices, choices[np.arange(len(rows)), column])
