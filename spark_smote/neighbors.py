"""The k nearest neighbours inside one bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from spark_smote.lookups import Lookups
from spark_smote.minkowski import Minkowski
from spark_smote.norms import EUCLIDEAN, Norm
from spark_smote.tournament import Tournament

__all__ = ["ExactSearch", "Neighbourhood", "exact_search", "nearest_neighbors"]

Indices = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]
ExactSearch = Tournament | Lookups | Minkowski


@dataclass(frozen=True)
class Neighbourhood:
    """Neighbours of each base, nearest first, where a row may stand for several twins.

    Attributes
    ----------
    base : int64 array of shape (b,)
        Positions of the bases among the candidates.
    index : int64 array of shape (b, k)
        Positions of their nearest other candidates.
    counts : int64 array of shape (n,)
        Twins that each candidate stands for, itself included.
    k : int
        Neighbours wanted.
    """

    base: Indices
    index: Indices
    counts: Indices
    k: int

    def votes(self, rows: Indices) -> tuple[Indices, Indices]:
        """Give the bases at `rows` with their neighbours, and how many of the k each stands for."""
        choices, reached = self._reached(rows)
        return choices, np.diff(reached, axis=1, prepend=0)

    def _reached(self, rows: Indices) -> tuple[Indices, Indices]:
        """Give the bases at `rows` with their neighbours, and how many of the k lie up to each.

        A base's own twins are its nearest neighbours, at distance 0: self is left out by
        identity.
        """
        choices = np.column_stack([self.base[rows], self.index[rows]])
        weights = self.counts[choices]
        weights[:, 0] -= 1
        return choices, np.minimum(np.cumsum(weights, axis=1), self.k)

    def pick(self, rows: Indices, draws: npt.NDArray[np.float64]) -> Indices:
        """Pick one of the k nearest, uniformly, for the bases at `rows`.

        A base without any neighbour gets itself.
        """
        choices, reached = self._reached(rows)
        slot = np.floor(draws * reached[:, -1]).astype(np.int64)
        column = (reached <= slot[:, None]).sum(axis=1)
        column[reached[:, -1] == 0] = 0
        return cast(Indices, choices[np.arange(len(rows)), column])


def exact_search(points: Points, k: int, norm: Norm) -> ExactSearch:
    """Choose the way to search: squares are quick, as matrix products give them."""
    if norm.group > 1:
        return Lookups(points, k, norm.group)
    return Tournament(points, k) if norm.power == 2 else Minkowski(points, k, norm.power)


def nearest_neighbors(points: Points, base: Indices, k: int, norm: Norm = EUCLIDEAN) -> Indices:
    """Find the k nearest other rows of each base, exactly.

    Parameters
    ----------
    points : float64 array of shape (n, d)
        Distinct candidates, scaled and centred.
    base : int64 array of shape (b,)
        Positions of the rows to search for.
    k : int
        Neighbours wanted; n − 1 are given where there are no more.
    norm : Norm, optional
        What distances are taken by.

    Returns
    -------
    int64 array of shape (b, min(k, n − 1))
        Positions, nearest first. A row is left out of its own answer by identity.

    Examples
    --------
    >>> import numpy as np
    >>> nearest_neighbors(np.array([[0.0], [1.0], [5.0]]), np.array([0, 2]), 1)
    array([[1],
           [1]])
    """
    k = min(k, len(points) - 1)
    return exact_search(points, k, norm).nearest(base) if k else np.empty((len(base), 0), np.int64)
