"""Feature spaces: the coordinates of rows, fitted to a class, and the norm of their distances."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spark_smote.core.arrays import Array, Counts, Floats, Points
from spark_smote.core.distance.categories import Category, indicators
from spark_smote.core.distance.magnitude import bounded, sample_size
from spark_smote.core.distance.metric import EUCLIDEAN, Metric, directions
from spark_smote.core.distance.norm import Norm
from spark_smote.core.distance.scaling import Scaling, fit_scaling
from spark_smote.core.distance.value_difference import VDMCategory, vdm_coordinates
from spark_smote.core.int128 import as_doubles

__all__ = ["FeatureSpace", "fit_space"]

ROW_BLOCK = 2**20
"""Number of values that are transformed at once."""

COLUMN_BLOCK = 2**21
"""Number of values that a scaling is fitted to at once."""

MIN_COLUMNS = 512
"""Number of features that a scaling is fitted to at once, however many rows there are."""


@dataclass(frozen=True)
class FeatureSpace:
    """The map from features to coordinates, and the norm of their differences.

    If the categories are of the value difference metric, there are no numeric features.

    Attributes
    ----------
    scaling : Scaling
    categories : tuple of Category
        By categorical column; empty if there is none.
    mismatch : float
        Distance of two rows that differ in one categorical column only.
    metric : Metric
    """

    scaling: Scaling
    categories: tuple[Category, ...]
    mismatch: float
    metric: Metric = EUCLIDEAN

    @property
    def vdm(self) -> tuple[VDMCategory, ...]:
        """The categories, if they are of the value difference metric, else none."""
        return _vdm_categories(self.categories)

    @property
    def norm(self) -> Norm:
        """Norm by which the distance of two rows is computed from their coordinates."""
        if self.vdm:
            return Norm(group=self.vdm[0].places.shape[1])
        return Norm(self.metric.power)

    def numeric(self, values: Sequence[Array]) -> Sequence[Array]:
        """Return the features without the categories' codes."""
        return _numeric(values, self.categories)

    def numbers(self, values: Sequence[Array]) -> Points:
        """Return the numeric features as one matrix."""
        return _matrix(self.numeric(values))

    def transform(self, values: Sequence[Array]) -> Points:
        """Compute the coordinates of rows; the categories' codes come last in `values`."""
        n_rows, n_features = len(values[0]), sum(part.shape[1] for part in values)
        step = max(1, ROW_BLOCK // max(n_features, 1))
        if n_rows <= step:
            return self._coordinates(values)
        for start in range(0, n_rows, step):
            rows = slice(start, start + step)
            block = self._coordinates([part[rows] for part in values])
            if not start:
                points = np.empty((n_rows, block.shape[1]))
            points[rows] = block
        return points

    def _coordinates(self, values: Sequence[Array]) -> Points:
        """Compute the coordinates of some rows, which takes several copies of them."""
        if self.vdm:
            return vdm_coordinates(values[-1], self.vdm)
        numbers = self.numbers(values)
        if self.metric.is_angle:
            return directions(numbers * self.scaling.factor, self.scaling.scale)
        scaled = self.scaling.apply(numbers)
        if not self.categories:
            return scaled
        encoded = indicators(values[-1], self.categories)
        # Two rows that differ in a column differ in two coordinates.
        return np.hstack([scaled, self.mismatch / 2 ** (1 / self.norm.power) * encoded])


def fit_space(
    values: Sequence[Array],
    counts: Counts,
    kind: str,
    categories: tuple[Category, ...] = (),
    metric: Metric = EUCLIDEAN,
    units: Floats | None = None,
) -> FeatureSpace:
    """Fit the space of one class.

    The distance of a mismatch is the median of the features' standard deviations.

    Parameters
    ----------
    values : sequence of arrays of shape (n, d₁), (n, d₂), …
        Features of distinct rows, one array for each storage type; the categories' codes last.
    counts : int64 array of shape (n,)
        How often each row occurs in the class.
    kind : str
        One of `scaling.SCALINGS`.
    categories : tuple of Category, optional
        By categorical column; none if the metric is an angle.
    metric : Metric, optional
    units : float64 array of shape (d,), optional
        What a feature's 1 is stored as, if that is not 1 for all; it matters where the kind is
        "none".

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: "SMOTE: synthetic minority over-sampling technique",
    JAIR 16, 2002, section 6.1 (SMOTE-NC).
    """
    if _vdm_categories(categories):
        none = np.empty(0)
        return FeatureSpace(Scaling(none, none, none, none), categories, 0.0)
    numeric = _numeric(values, categories)
    scaling = Scaling.concat([fit_scaling(part, counts, kind) for part in _column_blocks(numeric)])
    if kind == "none" and units is not None:
        scaling = replace(scaling, scale=scaling.scale * units)
    if not metric.is_angle:
        rows = slice(sample_size(len(scaling.scale)))
        scaling = scaling.near_one(_matrix([part[rows] for part in numeric]))
    mismatch = float(np.median(bounded(scaling.deviation / scaling.scale))) if categories else 0.0
    return FeatureSpace(scaling, categories, mismatch, metric)


def _column_blocks(numbers: Sequence[Array]) -> Iterator[Points]:
    """Yield some features at a time, in double precision: a fit takes several copies of them."""
    n_values = sum(part.size for part in numbers)
    n_columns = sum(part.shape[1] for part in numbers)
    n_blocks = min(math.ceil(n_values / COLUMN_BLOCK), math.ceil(n_columns / MIN_COLUMNS))
    if n_blocks <= 1:
        yield _matrix(numbers)
        return
    for part in numbers:
        for block in np.array_split(part, n_blocks, axis=1):
            if block.shape[1]:
                yield as_doubles(block)


def _vdm_categories(categories: tuple[Category, ...]) -> tuple[VDMCategory, ...]:
    return tuple(category for category in categories if isinstance(category, VDMCategory))


def _numeric(values: Sequence[Array], categories: tuple[Category, ...]) -> Sequence[Array]:
    return values[: len(values) - bool(categories)]


def _matrix(numbers: Sequence[Array]) -> Points:
    """Join features of several types in double precision."""
    parts = [as_doubles(part) for part in numbers]
    return parts[0] if len(parts) == 1 else np.column_stack(parts)
