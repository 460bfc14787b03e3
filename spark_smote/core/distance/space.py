"""The space in which the rows of a class are near to each other or far apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spark_smote.core.distance.categories import Category, indicators
from spark_smote.core.distance.metric import EUCLIDEAN, Metric, directions
from spark_smote.core.distance.norm import Norm
from spark_smote.core.distance.scaling import Scaling, fit_scaling
from spark_smote.core.distance.value_difference import VDMCategory, vdm_coordinates

__all__ = ["FeatureSpace", "fit_space"]

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FeatureSpace:
    """Places rows, and tells by which norm their places are near.

    Where the categories have profiles there are no other features, and it is the value
    difference metric, by the norm.

    Attributes
    ----------
    scaling : Scaling
    categories : tuple of Category
        By categorical column; empty where there is none.
    mismatch : float
        Distance of two rows that differ in one categorical column and nothing else.
    metric : Metric
    """

    scaling: Scaling
    categories: tuple[Category, ...]
    mismatch: float
    metric: Metric = EUCLIDEAN

    @property
    def vdm(self) -> tuple[VDMCategory, ...]:
        """The categories that have profiles: all, or none."""
        return _vdm_categories(self.categories)

    @property
    def norm(self) -> Norm:
        """What the distance of two rows' coordinates is."""
        if self.vdm:
            return Norm(group=self.vdm[0].places.shape[1])
        return Norm(self.metric.power)

    def numeric(self, values: Sequence[npt.NDArray[Any]]) -> Sequence[npt.NDArray[Any]]:
        """Leave out the codes."""
        return _numeric(values, self.categories)

    def numbers(self, values: Sequence[npt.NDArray[Any]]) -> Points:
        """Give the features that are numbers, as one matrix."""
        return _matrix(self.numeric(values))

    def transform(self, values: Sequence[npt.NDArray[Any]]) -> Points:
        """Give the coordinates of rows, of which the categories' codes come last."""
        if self.vdm:
            return vdm_coordinates(values[-1], self.vdm)
        numbers = self.numbers(values)
        if self.metric.is_angle:
            return directions(numbers, self.scaling.scale)
        scaled = self.scaling.apply(numbers)
        if not self.categories:
            return scaled
        held = indicators(values[-1], self.categories)
        # Two rows that differ in a column differ in two coordinates.
        return np.hstack([scaled, self.mismatch / 2 ** (1 / self.norm.power) * held])


def fit_space(
    values: Sequence[npt.NDArray[Any]],
    counts: npt.NDArray[np.int64],
    kind: str,
    categories: tuple[Category, ...] = (),
    metric: Metric = EUCLIDEAN,
) -> FeatureSpace:
    """Fit the space of one class.

    A mismatch is as far as the median of the features' standard deviations.

    Parameters
    ----------
    values : sequence of arrays of shape (n, d₁), (n, d₂), …
        Features of distinct rows, those of one type together; last, the categories' codes.
    counts : int64 array of shape (n,)
        How often each row stands in the class.
    kind : str
        One of `scaling.SCALINGS`.
    categories : tuple of Category, optional
        By categorical column; not where the metric is an angle.
    metric : Metric, optional

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: "SMOTE: synthetic minority over-sampling technique",
    JAIR 16, 2002, section 6.1 (SMOTE-NC).
    """
    if _vdm_categories(categories):
        return FeatureSpace(Scaling(np.empty(0), np.empty(0)), categories, 0.0)
    numbers = _matrix(_numeric(values, categories))
    scaling = fit_scaling(numbers, counts, kind)
    if not categories:
        return FeatureSpace(scaling, (), 0.0, metric)
    scaled = scaling.apply(numbers)
    mean = np.average(scaled, axis=0, weights=counts)
    variance = np.average((scaled - mean) ** 2, axis=0, weights=counts)
    return FeatureSpace(scaling, categories, float(np.median(np.sqrt(variance))), metric)


def _vdm_categories(categories: tuple[Category, ...]) -> tuple[VDMCategory, ...]:
    return tuple(each for each in categories if isinstance(each, VDMCategory))


def _numeric(
    values: Sequence[npt.NDArray[Any]], categories: tuple[Category, ...]
) -> Sequence[npt.NDArray[Any]]:
    return values[: len(values) - bool(categories)]


def _matrix(numbers: Sequence[npt.NDArray[Any]]) -> Points:
    """Join features of several types in double precision."""
    return np.column_stack([part.astype(np.float64, copy=False) for part in numbers])
