"""Ties: among rows that are equally far from a base, none is favored, whatever its class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Bools, Counts, Floats, Indices, Points
from spark_smote.core.distance.norm import Norm
from spark_smote.core.neighbors.neighborhood import Neighborhood

__all__ = ["ROUNDING", "TiedNeighborhood", "search_with_ties"]

ROUNDING = 1e-9
"""Relative difference up to which two distances are equal."""

MAX_TIES = 32
"""Number of candidates beyond k that are searched for, where the k-th is tied."""

SearchFn = Callable[[Indices, int], Indices]
"""Finds the k nearest candidates, or all if there are fewer, of the bases at some positions."""


@dataclass(frozen=True)
class TiedNeighborhood(Neighborhood):
    """A `Neighborhood` that divides the last votes among all rows equally far, in proportion.

    Attributes
    ----------
    candidates : int64 array of shape (b, m)
        Positions of the nearest other candidates, nearest first: those in `index`, and those as
        far as the last of them.
    distances : float64 array of shape (b, m)
        Distances to them; infinite for one that does not count.
    draws : float64 array of shape (b,)
        In [0, 1); rounds the votes.

    Examples
    --------
    >>> import numpy as np
    >>> base, index = np.array([0]), np.array([[1]])
    >>> counts = np.array([4, 100])  # identical rows but for their class
    >>> around = TiedNeighborhood(base, index, counts, 3, index, np.zeros((1, 1)), np.array([0.5]))
    >>> around.votes(base)[1]
    array([[0, 3]])
    """

    candidates: Indices
    distances: Floats
    draws: Floats

    def _cumulative_votes(self, rows: Indices) -> tuple[Indices, Counts]:
        """Return the choices of `votes`, and the cumulative sum of their votes.

        A base's own duplicates are at distance 0, as are rows of other classes at its place.
        """
        choices = np.column_stack([self.base[rows], self.candidates[rows]])
        distances = np.column_stack([np.zeros(len(rows)), self.distances[rows]])
        weights = np.where(np.isfinite(distances), self.counts[choices], 0)
        weights[:, 0] -= 1
        totals = np.cumsum(weights, axis=1)
        group = _tie_groups(distances)
        last = np.minimum((totals < self.k).sum(axis=1), choices.shape[1] - 1)
        last_group = group[np.arange(len(rows)), last][:, None]
        before = np.where(group < last_group, totals, 0).max(axis=1, keepdims=True)
        rest = np.where(group <= last_group, totals, 0).max(axis=1, keepdims=True) - before
        share = np.minimum(rest, self.k - before) / np.maximum(rest, 1)
        # Rounded by one draw for all: as many in total as there are, and each in proportion.
        within = np.floor((totals - before) * share + self.draws[rows, None]).astype(np.int64)
        split = np.minimum(before + within, self.k)
        return choices, np.where(group < last_group, totals, np.minimum(split, totals))


def search_with_ties(
    search: SearchFn,
    points: Points,
    base: Indices,
    k: int,
    counts: Counts,
    draws: Floats,
    norm: Norm,
) -> TiedNeighborhood:
    """Find the k nearest candidates of each base, and those equally far as the last that counts.

    Parameters
    ----------
    search : callable
        Finds the nearest candidates of the bases at some positions in `base`.
    points : float64 array of shape (n, d)
        All candidates.
    base : int64 array of shape (b,)
        Positions of the bases among them.
    k : int
        Neighbors wanted, at least 1.
    counts : int64 array of shape (n,)
        Identical rows that each candidate stands for.
    draws : float64 array of shape (b,)
        In [0, 1), by the keys of the bases.
    norm : Norm
    """
    candidates = search(np.arange(len(base)), k + 1)
    distances = norm.between(points, base, candidates)
    is_open = _may_miss_ties(base, candidates, distances, counts, k)
    if is_open.any() and candidates.shape[1] < len(points) - 1:
        found = search(np.flatnonzero(is_open), k + MAX_TIES)
        more = found.shape[1] - candidates.shape[1]
        candidates = np.pad(candidates, ((0, 0), (0, more)))
        distances = np.pad(distances, ((0, 0), (0, more)), constant_values=np.inf)
        candidates[is_open] = found
        distances[is_open] = norm.between(points, base[is_open], found)
    return TiedNeighborhood(base, candidates[:, :k], counts, k, candidates, distances, draws)


def _may_miss_ties(
    base: Indices, candidates: Indices, distances: Floats, counts: Counts, k: int
) -> Bools:
    """Check for which bases the votes run out among candidates as far as the last one found."""
    group = _tie_groups(np.column_stack([np.zeros(len(base)), distances]))
    rows_before = np.where(group[:, 1:] < group[:, -1:], counts[candidates], 0).sum(axis=1)
    own = np.where(group[:, 0] < group[:, -1], counts[base] - 1, 0)
    return np.asarray(own + rows_before < k)


def _tie_groups(distances: Floats) -> Indices:
    """Return the number of the group of equal distances that each is in, in ascending order."""
    is_farther = distances[:, 1:] > distances[:, :-1] * (1 + ROUNDING)
    return np.pad(np.cumsum(is_farther, axis=1), ((0, 0), (1, 0)))
