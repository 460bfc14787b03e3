"""The hash as workers use it: the cell of a row, and the cells it is sent to as a guest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.hashing.grid import to_grid

__all__ = ["CellHash"]

BLOCK_SCORES = 2**20
"""Distances to centers held at once."""


@dataclass(frozen=True)
class CellHash:
    """Hashes a row to its nearest cell, and sends it to cells whose boundary is near.

    Distances are taken between whole numbers small enough for sums of products to be exact in
    double precision: no order of summation, batch size or BLAS can change a row's cell.

    Attributes
    ----------
    unit : float
        Width of the grid that coordinates are rounded to.
    centers : float64 array of shape (cells, d)
        Cell centers, whole numbers of units.
    margin : float
        Distance from a boundary, in units, below which a row is a guest on its other side.
    """

    unit: float
    centers: Points
    margin: float

    @cached_property
    def _apart(self) -> Points:
        """Distances between centers."""
        squares = (self.centers**2).sum(axis=1)
        apart = squares[:, None] + squares - 2 * (self.centers @ self.centers.T)
        return cast(Points, np.sqrt(apart))

    def home(self, points: Points) -> Indices:
        """Find the cell of each row of `points`, scaled, of shape (n, d)."""
        return cast(Indices, self._scores(points).argmin(axis=1))

    def assign(self, points: Points) -> tuple[Indices, Indices, Indices]:
        """Find home cells, and the (row, cell) pairs of the guests.

        Returns
        -------
        home : int64 array of shape (n,)
        guest_rows, guest_cells : int64 arrays of shape (guests,)
        """
        home = np.empty(len(points), dtype=np.int64)
        guests: list[tuple[Indices, Indices]] = []
        step = max(1, BLOCK_SCORES // len(self.centers))
        for start in range(0, len(points), step):
            scores = self._scores(points[start : start + step])
            home[start : start + step] = nearest = scores.argmin(axis=1)
            rows, cells = np.nonzero(self._margins(scores, nearest) < self.margin)
            guests.append((rows + start, cells))
        rows, cells = (np.concatenate(part) for part in zip(*guests, strict=True))
        return home, rows, cells

    def _scores(self, points: Points) -> Points:
        """Squared distances to the centers, but for each point's own square."""
        grid = to_grid(points, self.unit)
        return cast(Points, (self.centers**2).sum(axis=1) - 2 * (grid @ self.centers.T))

    def _margins(self, scores: Points, home: Indices) -> Points:
        """Distance of each row to its home's boundary with every other cell."""
        rows = np.arange(len(scores))
        with np.errstate(invalid="ignore"):  # a center is at distance 0 from itself
            margins = (scores - scores[rows, home][:, None]) / (2 * self._apart[home])
        margins[rows, home] = np.inf
        return margins
