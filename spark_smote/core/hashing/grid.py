"""Rounding of coordinates to a grid, on which sums of products are exact in any order."""

from __future__ import annotations

import math

import numpy as np

from spark_smote.core.arrays import Points
from spark_smote.core.distance.magnitude import typical_exponent, without_outliers

__all__ = ["as_columns", "as_rows", "grid_unit", "to_grid"]

MAX_SPREAD = 64
"""Root mean square of coordinates, as a multiple of what is typical, that is not due to few."""


def grid_unit(sample: Points) -> float:
    """Choose the spacing of the grid, by the root mean square of a sample's coordinates.

    A few rows far from all others do not make it so wide that these share a point of the grid.
    """
    mean_square = float(np.mean(without_outliers(sample) ** 2))
    typical = MAX_SPREAD * 2.0 ** typical_exponent(sample)
    return (min(math.sqrt(mean_square), typical) or 1.0) / 2**12


def to_grid(points: Points, unit: float) -> Points:
    """Round to whole units, clipped so that sums of d products stay below 2⁵¹."""
    bits = (50 - math.ceil(math.log2(points.shape[1]))) // 2
    with np.errstate(over="ignore"):
        return np.clip(np.rint(points / unit), -(2.0**bits), 2.0**bits)


def as_rows(grid: Points) -> Points:
    """Build the left factor of a product with `as_columns`: squared distances, exactly."""
    return np.column_stack([grid, (grid**2).sum(axis=1), np.ones(len(grid))])


def as_columns(grid: Points) -> Points:
    """Build the right factor of a product with `as_rows`."""
    return np.vstack([-2 * grid.T, np.ones(len(grid)), (grid**2).sum(axis=1)])
