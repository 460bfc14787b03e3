"""The value difference metric: categories are near if rows with them have similar classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from spark_smote.core.arrays import Codes, Counts, Indices, Points
from spark_smote.core.distance.categories import Category

__all__ = ["VDMCategory", "fit_coordinates", "vdm_coordinates"]


@dataclass(frozen=True)
class VDMCategory(Category):
    """The values of one categorical column, with coordinates by the classes of their rows.

    Attributes
    ----------
    places : float64 array of shape (c, g)
        Coordinates of each value.
    ranks : int64 array of shape (c,)
        Order of the values as text, numbers or dates; null is last.
    """

    places: Points
    ranks: Indices


def fit_coordinates(counts: Counts) -> Points:
    """Compute coordinates of values: sums of absolute differences are value differences.

    Parameters
    ----------
    counts : int64 array of shape (c, classes)
        Rows of each class that have each value, at least one of any class.

    Returns
    -------
    float64 array of shape (c, g)
        The fraction of each class among a value's rows. For two classes, whose fractions add up
        to 1, twice the fraction of the second.

    References
    ----------
    Stanfill, Waltz: "Toward memory-based reasoning", Communications of the ACM 29, 1986; with
    k = 1 and r = 2, and without weights, as in imbalanced-learn.

    Examples
    --------
    >>> import numpy as np
    >>> fit_coordinates(np.array([[3, 1], [0, 2]]))
    array([[0.5],
           [2. ]])
    """
    fractions = counts / counts.sum(axis=1, keepdims=True)
    return cast(Points, 2 * fractions[:, 1:] if fractions.shape[1] == 2 else fractions)


def vdm_coordinates(codes: Codes, categories: Sequence[VDMCategory]) -> Points:
    """Look up the coordinates of rows, column by column, by codes of shape (n, c)."""
    return np.hstack(
        [
            category.places[np.searchsorted(category.codes, column)]
            for column, category in zip(codes.T, categories, strict=True)
        ]
    )
