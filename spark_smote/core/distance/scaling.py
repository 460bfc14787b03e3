"""Scaling of features, for distances only: rows are interpolated in their own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Counts, Floats, Points
from spark_smote.core.distance.magnitude import (
    OUTLIER,
    bounded,
    median_exponent,
    sample_size,
    split_quotients,
)

__all__ = ["SCALINGS", "Scaling", "fit_scaling"]

SCALINGS = ("standard", "minmax", "none")
"""Names of scalings."""

SAFE_EXPONENT = 64
"""Power of two up to which most rows may be from 1."""

MAX_SHIFT = 800
"""Power of two that a factor takes at most."""

TINY_EXPONENT, HUGE_EXPONENT = -800, 1020
"""Powers of two beyond which the largest value of a feature is brought nearer to 1 first."""


@dataclass(frozen=True)
class Scaling:
    """The map x ↦ (factor · x − center) / scale, per feature.

    Attributes
    ----------
    factor : float64 array of shape (d,)
        Powers of two: 1, but for values at the ends of double precision.
    center, scale : float64 arrays of shape (d,)
    deviation : float64 array of shape (d,)
        Standard deviation of factor · x.
    """

    factor: Floats
    center: Floats
    scale: Floats
    deviation: Floats

    def apply(self, points: Points) -> Points:
        """Center and scale `points` of shape (n, d)."""
        with np.errstate(over="ignore"):
            scaled = points * self.factor
            scaled -= self.center
            scaled /= self.scale
        return bounded(scaled, out=scaled)

    def near_one(self, points: Points) -> Scaling:
        """Scale all features alike, by a power of two, if most of `points` are far from 1.

        Every ratio of distances remains.
        """
        with np.errstate(over="ignore"):
            offset = points * self.factor - self.center
        _, exponents = split_quotients(offset, self.scale)
        exponent = median_exponent(exponents.max(axis=1)) or 0
        if abs(exponent) <= SAFE_EXPONENT:
            return self
        # Neither part alone may be able to hold all of it.
        part = int(np.clip(-exponent, -MAX_SHIFT, MAX_SHIFT))
        with np.errstate(over="ignore"):
            return Scaling(
                np.ldexp(self.factor, part),
                np.ldexp(self.center, part),
                np.ldexp(self.scale, exponent + part),
                np.ldexp(self.deviation, part),
            )

    @staticmethod
    def concat(parts: Sequence[Scaling]) -> Scaling:
        """Concatenate the scalings of some features."""
        return Scaling(
            np.concatenate([part.factor for part in parts]),
            np.concatenate([part.center for part in parts]),
            np.concatenate([part.scale for part in parts]),
            np.concatenate([part.deviation for part in parts]),
        )


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
    factor = _factor(points)
    values = points * factor
    low, high = values.min(axis=0), values.max(axis=0)
    center = _center(values, counts)
    spread = np.where(high > low, high - low, 1.0)
    # In units of the range, so that squares of large values stay finite.
    unit = (values - center) / spread
    mean = np.average(unit, axis=0, weights=counts)
    deviation = spread * np.sqrt(np.average((unit - mean) ** 2, axis=0, weights=counts))
    deviation = np.where(high > low, deviation, 0.0)
    scale = {
        "standard": np.where(high > low, deviation, 1.0),
        "minmax": spread,
        "none": factor,  # of the product, so that nothing is left of it
    }
    return Scaling(factor, center, scale[kind], deviation)


def _factor(points: Points) -> Floats:
    """Choose a power of two by which neither a range overflows nor a deviation vanishes."""
    largest = np.maximum(points.max(axis=0), -points.min(axis=0))
    exponent = np.frexp(largest)[1]
    is_tiny = (exponent < TINY_EXPONENT) & (largest > 0)
    return np.select([exponent > HUGE_EXPONENT, is_tiny], [2.0**-4, 2.0**200], 1.0)


def _center(values: Points, counts: Counts) -> Floats:
    """Compute the mean, but of few values that are far from all others: they would shift it."""
    rows = values[: sample_size(values.shape[1])]
    median = np.partition(rows, len(rows) // 2, axis=0)[len(rows) // 2]
    offset = values - median
    size = _median_size(offset)
    with np.errstate(over="ignore"):
        in_sizes = np.clip(offset / size, -OUTLIER, OUTLIER)
    return np.asarray(median + size * np.average(in_sizes, axis=0, weights=counts))


def _median_size(offset: Points) -> Floats:
    """Return the median of absolute values above 0, per feature, or 1 if there are none."""
    size = np.abs(offset[: sample_size(offset.shape[1])])
    size[size == 0] = np.inf
    rank = np.isfinite(size).sum(axis=0) // 2
    size.sort(axis=0)
    median = np.take_along_axis(size, rank[None], axis=0)[0]
    return np.where(np.isfinite(median), median, 1.0)
