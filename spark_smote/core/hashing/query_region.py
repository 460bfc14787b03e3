"""The rows of other classes that can be near to the rows of one: all others stay away."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.hashing.grid import as_columns, as_rows, grid_unit, to_grid
from spark_smote.core.hashing.kmeans import fit_kmeans
from spark_smote.core.neighbors.exact import nearest_neighbors

__all__ = ["QueryRegion", "fit_query_region"]

MAX_BALLS = 128
"""Balls that hold what matters; more of them fit closer, and take longer to compare with."""

Bools = npt.NDArray[np.bool_]

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class QueryRegion:
    """Balls around the rows that search, each as wide as its rows look.

    A row's own nearest of its class bound how far away another can be and still be among its
    nearest. Distances are taken between whole numbers, as `CellHash` takes them, so that they
    depend on nothing but the row.

    Attributes
    ----------
    query_classes : int64 array of shape (c,)
        Numbers of the classes that search, whose rows are all in reach.
    unit : float
        Width of the grid that coordinates are rounded to.
    centers : float64 array of shape (b, d)
        In units.
    radii : float64 array of shape (b,)
        In units.
    """

    query_classes: npt.NDArray[np.int64]
    unit: float
    centers: Points
    radii: npt.NDArray[np.float64]

    def contains(self, points: Points, labels: npt.NDArray[np.int32]) -> Bools:
        """Tell which rows matter, of points of shape (n, d) and the numbers of their classes."""
        squares = as_rows(to_grid(points, self.unit)) @ as_columns(self.centers)
        inside = squares <= self.radii**2
        return np.asarray(inside.any(axis=1) | np.isin(labels, self.query_classes))


def fit_query_region(
    sample: Points, query_classes: npt.NDArray[np.int64], k: int, norm: Norm = EUCLIDEAN_NORM
) -> QueryRegion | None:
    """Fit the balls to a sample of the rows that search.

    Parameters
    ----------
    sample : float64 array of shape (s, d)
        Distinct rows, scaled, in an order that does not depend on where they came from. Where
        it is a part of the classes, rows look farther in it than in the whole.
    query_classes : int64 array of shape (c,)
        Numbers of their classes.
    k : int
        Nearest rows of any class that are looked for.
    norm : Norm, optional
        What neighbors are nearest by; balls are euclidean, and wide enough for it.

    Returns
    -------
    QueryRegion or None
        None where the sample is too small to bound anything.
    """
    if len(sample) <= k:
        return None
    every = np.arange(len(sample))
    farthest = nearest_neighbors(sample, every, k, norm)[:, -1]
    looks = norm.lengths(sample[farthest] - sample)
    # What is so near by another power is at most so many times as far by the second.
    looks *= max(1.0, sample.shape[1] ** (1 / 2 - 1 / norm.power))
    centers, ball = fit_kmeans(sample, MAX_BALLS)
    unit = grid_unit(sample)
    centers = to_grid(centers, unit)
    radii = np.zeros(len(centers))
    np.maximum.at(radii, ball, np.linalg.norm(sample - unit * centers[ball], axis=1) + looks)
    rounding = math.sqrt(sample.shape[1])
    return QueryRegion(query_classes, unit, centers, radii / unit + rounding)
