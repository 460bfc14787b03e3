"""The locality-sensitive hash: k-means cells fitted on a sample, and guests near boundaries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from spark_smote.kmeans import fit_kmeans
from spark_smote.neighbors import nearest_neighbors
from spark_smote.norms import EUCLIDEAN, Norm

__all__ = ["CellHash", "as_columns", "as_rows", "fit_hash", "grid_unit", "to_grid"]

THRESHOLD_ROWS = 16_384
"""Sample rows that set the boundary width."""

HELD, MOST_REPLICATION = 0.9995, 3.0
"""Share of neighbours to meet in a bucket, and the buckets a row may be sent to for it."""

BLOCK_SCORES = 2**20
"""Distances to centres held at once."""

Points = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CellHash:
    """Hashes a row to its nearest cell, and sends it to cells whose boundary is near.

    Distances are taken between whole numbers small enough for sums of products to be exact in
    double precision: no order of summation, batch size or BLAS can change a row's cell.

    Attributes
    ----------
    unit : float
        Width of the grid that coordinates are rounded to.
    centres : float64 array of shape (cells, d)
        Cell centres, whole numbers of units.
    width : float
        Distance from a boundary, in units, below which a row is a guest on its other side.
    """

    unit: float
    centres: Points
    width: float

    @cached_property
    def _apart(self) -> Points:
        """Distances between centres."""
        squares = (self.centres**2).sum(axis=1)
        apart = squares[:, None] + squares - 2 * (self.centres @ self.centres.T)
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
        step = max(1, BLOCK_SCORES // len(self.centres))
        for start in range(0, len(points), step):
            scores = self._scores(points[start : start + step])
            home[start : start + step] = nearest = scores.argmin(axis=1)
            rows, cells = np.nonzero(self._margins(scores, nearest) < self.width)
            guests.append((rows + start, cells))
        rows, cells = (np.concatenate(part) for part in zip(*guests, strict=True))
        return home, rows, cells

    def _scores(self, points: Points) -> Points:
        """Squared distances to the centres, but for each point's own square."""
        grid = to_grid(points, self.unit)
        return cast(Points, (self.centres**2).sum(axis=1) - 2 * (grid @ self.centres.T))

    def _margins(self, scores: Points, home: Indices) -> Points:
        """Distance of each row to its home's boundary with every other cell."""
        rows = np.arange(len(scores))
        with np.errstate(invalid="ignore"):  # a centre is at distance 0 from itself
            margins = (scores - scores[rows, home][:, None]) / (2 * self._apart[home])
        margins[rows, home] = np.inf
        return margins


def fit_hash(
    sample: Points,
    share: float,
    cells: int,
    k: int,
    replication: float | None,
    fewest: int,
    norm: Norm = EUCLIDEAN,
) -> CellHash:
    """Fit the hash of one class.

    Parameters
    ----------
    sample : float64 array of shape (s, d)
        Distinct rows, scaled, in an order that does not depend on where they came from.
    share : float
        Share of the class that the sample is, in (0, 1].
    cells : int
        Cells wanted; each holds about as many rows.
    k : int
        Neighbours that are to meet their base in a bucket.
    replication : float or None
        Buckets that a row is sent to on average, at least 1; None for as many as it takes.
    fewest : int
        Sample rows that a cell must hold, k + 1 at least: being rows of the class, they are
        there when the cell is searched.
    norm : Norm, optional
        What neighbours are nearest by; cells are euclidean.

    References
    ----------
    Paulevé, Jégou, Amsaleg: "Locality sensitive hashing: a comparison of hash function types
    and querying mechanisms", Pattern Recognition Letters 31, 2010.
    """
    unit = grid_unit(sample)
    with threadpool_limits(limits=1):  # sums of several threads would depend on their number
        centres = np.unique(to_grid(_balanced_centres(sample, cells), unit), axis=0)
        fitted = CellHash(unit, _drop_small(sample, centres, unit, fewest), 0.0)
        width = _boundary_width(fitted, sample, replication or MOST_REPLICATION)
        if width and replication is None:
            width = min(width, _neighbour_width(fitted, sample, share, k, norm) if k else 0.0)
    return CellHash(unit, fitted.centres, width)


def grid_unit(sample: Points) -> float:
    """Choose the width of the grid that coordinates are rounded to."""
    return (math.sqrt(float(np.mean(sample**2))) or 1.0) / 2**12


def to_grid(points: Points, unit: float) -> Points:
    """Round to whole units, at most so large that d products sum to less than 2⁵¹."""
    bits = (50 - math.ceil(math.log2(points.shape[1]))) // 2
    return np.clip(np.rint(points / unit), -(2.0**bits), 2.0**bits)


def as_rows(grid: Points) -> Points:
    """Prepare points on the grid for products with `as_columns`: squared distances, exactly."""
    return np.column_stack([grid, (grid**2).sum(axis=1), np.ones(len(grid))])


def as_columns(grid: Points) -> Points:
    """Prepare points on the grid for products with `as_rows`."""
    return np.vstack([-2 * grid.T, np.ones(len(grid)), (grid**2).sum(axis=1)])


def _balanced_centres(sample: Points, cells: int) -> Points:
    """K-means, then k-means again inside every cell of more than twice its share."""
    share = len(sample) / cells
    pending, centres = [(sample, cells)], []
    while pending:
        rows, wanted = pending.pop()
        found, labels = fit_kmeans(rows, wanted)
        for cell, centre in enumerate(found):
            members = rows[labels == cell]
            too_many = len(members) > 2 * share and len(members) < len(rows)
            if too_many and np.ptp(members, axis=0).any():
                pending.append((members, math.ceil(len(members) / share)))
            else:
                centres.append(centre)
    return np.array(centres)


def _drop_small(sample: Points, centres: Points, unit: float, fewest: int) -> Points:
    """Drop the emptiest cell, whose rows go to the cells around it, until all hold enough."""
    while len(centres) > 1:
        sizes = np.bincount(CellHash(unit, centres, 0.0).home(sample), minlength=len(centres))
        if sizes.min() >= fewest:
            break
        centres = np.delete(centres, sizes.argmin(), axis=0)
    return centres


def _boundary_width(cells: CellHash, sample: Points, replication: float) -> float:
    """Find the width at which the sample is sent `replication` times on average."""
    guests = round((replication - 1) * min(len(sample), THRESHOLD_ROWS))
    if not guests or len(cells.centres) == 1:
        return 0.0
    scores = cells._scores(sample[:THRESHOLD_ROWS])
    margins = cells._margins(scores, scores.argmin(axis=1)).ravel()
    guests = min(guests, int(np.isfinite(margins).sum()) - 1)
    return float(np.partition(margins, guests)[guests])


def _neighbour_width(cells: CellHash, sample: Points, share: float, k: int, norm: Norm) -> float:
    """Find the width at which enough rows would meet their k nearest in the whole class.

    A sample row's neighbours in the class lie as those in the sample do, but nearer: in m
    dimensions, distances shrink by the m-th root of the sample's share.
    """
    k = min(k, len(sample) - 2)
    base = np.arange(min(len(sample), max(1, THRESHOLD_ROWS // k)))
    near = nearest_neighbors(sample, base, 2 * k, norm)
    away = sample[near] - sample[base][:, None]
    shrunk = sample[base][:, None] + share ** (1 / _dimension(away, norm)) * away[:, :k]
    scores = cells._scores(shrunk.reshape(len(base) * k, -1))
    margins = cells._margins(scores, scores.argmin(axis=1))
    to_base = margins[np.arange(len(margins)), cells.home(sample[base]).repeat(k)]
    to_base[np.isinf(to_base)] = 0.0
    return float(np.quantile(to_base, HELD))


def _dimension(away: Points, norm: Norm) -> float:
    """Estimate the intrinsic dimension from the ways to nearest neighbours.

    References
    ----------
    Levina, Bickel: "Maximum likelihood estimation of intrinsic dimension", NIPS 2004.
    """
    apart = np.maximum(norm.lengths(away), np.finfo(float).tiny)
    logs = np.log(apart[:, -1:] / apart[:, :-1])
    inverse = logs.sum(axis=1).mean() / max(logs.shape[1] - 1, 1)
    return float(1 / max(inverse, 1e-3))
