"""Scaling of features, for distances only: rows are interpolated in their own units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Counts, Floats, Points

__all__ = ["SCALINGS", "Scaling", "fit_scaling"]

SCALINGS = ("standard", "minmax", "none")
"""Names of scalings."""


@dataclass(frozen=True)
class Scaling:
    """The map x ↦ (x − center) / scale, per feature."""

    center: Floats
    scale: Floats

    def apply(self, points: Points) -> Points:
        """Center and scale `points` of shape (n, d)."""
        return (points - self.center) / self.scale


def fit_scaling(points: Points, counts: Counts, kind: str) -> Scaling:
    """Fit the scaling of one class.

    Parameters
    ----------
    points : float64 array of shape (n, d)
        Distinct rows of the class.
    counts : int64 array of shape (n,)
        How often each row occurs in the class.
    kind : {"standard", "minmax", "none"}
        Divide by the standard deviation, by the range, or by nothing. A constant feature is
        divided by 1: it adds nothing to any distance.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    if kind == "none":
        # One scale for all features keeps every ratio of distances.
        return Scaling(low / 2 + high / 2, np.ones(points.shape[1]))
    spread = np.where(high > low, high - low, 1.0)
    if kind == "minmax":
        return Scaling(low, spread)
    # In units of the range, so that squares of large values stay finite.
    unit = (points - low) / spread
    mean = np.average(unit, axis=0, weights=counts)
    deviation = np.sqrt(np.average((unit - mean) ** 2, axis=0, weights=counts))
    return Scaling(low + mean * spread, np.where(high > low, deviation * spread, 1.0))
