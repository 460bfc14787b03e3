"""Bounding balls around the queries, to skip rows that cannot be their neighbors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Bools, Floats, Indices, Labels, Points
from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.hashing.grid import as_columns, as_rows, grid_unit, to_grid
from spark_smote.core.kmeans import fit_kmeans
from spark_smote.core.neighbors.exact import nearest_neighbors

__all__ = ["QueryRegion", "fit_query_region"]

MAX_BALLS = 128
"""Maximal number of balls; more fit closer, and take longer to compare with."""


@dataclass(frozen=True)
class QueryRegion:
    """Balls that contain all possible neighbors of the queries.

    The distance from a query to its k-th nearest row of its class bounds the distance to its k
    nearest rows of any class. Coordinates are rounded to whole numbers as in `CellHash`, so that
    the result for a row depends on nothing but the row.

    Attributes
    ----------
    query_classes : int64 array of shape (c,)
        Numbers of the classes whose rows are queries; all their rows are in the region.
    unit : float
        Spacing of the grid that coordinates are rounded to.
    centers : float64 array of shape (b, d)
        In units.
    radii : float64 array of shape (b,)
        In units.
    """

    query_classes: Indices
    unit: float
    centers: Points
    radii: Floats

    def contains(self, points: Points, labels: Labels) -> Bools:
        """Check which rows are in the region, by their points and the numbers of their classes."""
        squares = as_rows(to_grid(points, self.unit)) @ as_columns(self.centers)
        inside = squares <= self.radii**2
        return np.asarray(inside.any(axis=1) | np.isin(labels, self.query_classes))


def fit_query_region(
    sample: Points, query_classes: Indices, k: int, norm: Norm = EUCLIDEAN_NORM
) -> QueryRegion | None:
    """Fit the balls to a sample of the queries.

    Parameters
    ----------
    sample : float64 array of shape (s, d)
        Distinct rows, scaled, in an order that does not depend on partitions. In a sample,
        neighbors are farther than in the whole classes, so the balls are large enough.
    query_classes : int64 array of shape (c,)
        Numbers of their classes.
    k : int
        Neighbors wanted, of any class.
    norm : Norm, optional
        Norm of the neighbors' distances; balls are euclidean, and large enough for it.

    Returns
    -------
    QueryRegion or None
        None if the sample has at most k rows.
    """
    if len(sample) <= k:
        return None
    farthest = nearest_neighbors(sample, np.arange(len(sample)), k, norm)[:, -1]
    distances = norm.lengths(sample[farthest] - sample)
    # The euclidean distance is at most so many times the distance by the norm.
    distances *= max(1.0, sample.shape[1] ** (1 / 2 - 1 / norm.power))
    centers, ball = fit_kmeans(sample, MAX_BALLS)
    unit = grid_unit(sample)
    centers = to_grid(centers, unit)
    radii = np.zeros(len(centers))
    np.maximum.at(radii, ball, np.linalg.norm(sample - unit * centers[ball], axis=1) + distances)
    rounding = math.sqrt(sample.shape[1])
    return QueryRegion(query_classes, unit, centers, radii / unit + rounding)
