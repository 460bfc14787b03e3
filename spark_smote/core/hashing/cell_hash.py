"""The fitted hash, as workers use it: the home cell of each row, and its guest cells.

A *cell* is the set of points nearest to one of the hash's centers. A row belongs to the cell
that it lies in, its home. Neighbors of rows near a boundary may lie on its other side. So a row
near a boundary is also sent to the cells beyond it, its *guest cells*. The rows sent to a cell
meet in one bucket.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from spark_smote.core.arrays import Floats, Indices, Points
from spark_smote.core.hashing.grid import as_columns, as_rows, to_grid

__all__ = ["CellHash"]

BLOCK_SQUARES = 2**20
"""Number of squared distances to centers held at once."""


@dataclass(frozen=True)
class CellHash:
    """A hash of rows to the cell of their nearest center, and to guest cells across boundaries.

    Coordinates are rounded to whole numbers small enough for sums of products to be exact in
    double precision: the order of summation, the batch size and the BLAS cannot change a row's
    cell.

    Attributes
    ----------
    unit : float
        Spacing of the grid that coordinates are rounded to.
    centers : float64 array of shape (cells, d)
        Cell centers, in whole units.
    margin : float
        Distance from a boundary, in parts of that to the center beyond it, below which a row is a
        guest there: where rows are sparse, they have both neighbors and centers farther away.
    met : float
        Share of the neighbors that meet their base in its home cell, by the sample; 1 if it was
        not estimated.
    """

    unit: float
    centers: Points
    margin: float
    met: float = 1.0

    @cached_property
    def _center_distances(self) -> Points:
        """Distances between centers."""
        return cast(Points, np.sqrt(as_rows(self.centers) @ as_columns(self.centers)))

    def home(self, points: Points) -> Indices:
        """Find the home cell of each row of `points`, scaled, of shape (n, d)."""
        return cast(Indices, self.squares(points).argmin(axis=1))

    def assign(self, points: Points) -> tuple[Indices, Indices, Indices]:
        """Find home cells, and the (row, cell) pairs of guests.

        Returns
        -------
        home : int64 array of shape (n,)
        guest_rows, guest_cells : int64 arrays of shape (guests,)
        """
        home = np.empty(len(points), dtype=np.int64)
        guests: list[tuple[Indices, Indices]] = []
        step = max(1, BLOCK_SQUARES // len(self.centers))
        for start in range(0, len(points), step):
            squares = self.squares(points[start : start + step])
            home[start : start + step] = nearest = squares.argmin(axis=1)
            rows, cells = np.nonzero(self.margins(squares, nearest) < self.margin)
            guests.append((rows + start, cells))
        rows, cells = (np.concatenate(part) for part in zip(*guests, strict=True))
        return home, rows, cells

    def squares(self, points: Points) -> Floats:
        """Compute squared distances to the centers, in units."""
        return as_rows(to_grid(points, self.unit)) @ as_columns(self.centers)

    def margins(self, squares: Floats, home: Indices) -> Floats:
        """Compute each row's distance to the boundary between its home and every other cell.

        It is divided by the distance to the center beyond.
        """
        rows = np.arange(len(squares))
        margins = squares - squares[rows, home][:, None]
        scale = np.sqrt(squares)
        scale *= 2 * self._center_distances[home]
        with np.errstate(invalid="ignore"):  # a center is at distance 0 from itself
            margins /= scale
        margins[rows, home] = np.inf
        return margins
