"""Categories compared by the classes of the rows that hold them: the value difference metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from spark_smote.core.distance.categories import Category

__all__ = ["VDMCategory", "fit_coordinates", "vdm_coordinates"]

Codes = npt.NDArray[np.int64]

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class VDMCategory(Category):
    """The values of one categorical column, and what they tell about the class.

    Attributes
    ----------
    places : float64 array of shape (c, g)
        Coordinates of each value.
    ranks : int64 array of shape (c,)
        Order of the values: that of text, numbers or days; null is the last.
    """

    places: Points
    ranks: Codes


def fit_coordinates(counts: Codes) -> Points:
    """Place values so that the sums of absolute differences are those of their profiles.

    Parameters
    ----------
    counts : int64 array of shape (c, classes)
        Rows of each class that hold each value, at least one in all.

    Returns
    -------
    float64 array of shape (c, g)
        The share of each class among a value's rows; of two classes, one of which says what the
        other does, twice the share of the second.

    References
    ----------
    Stanfill, Waltz: "Toward memory-based reasoning", Communications of the ACM 29, 1986; with
    k = 1 and r = 2, and the weights left out, as imbalanced-learn has it.

    Examples
    --------
    >>> import numpy as np
    >>> fit_coordinates(np.array([[3, 1], [0, 2]]))
    array([[0.5],
           [2. ]])
    """
    shares = counts / counts.sum(axis=1, keepdims=True)
    return cast(Points, 2 * shares[:, 1:] if shares.shape[1] == 2 else shares)


def vdm_coordinates(codes: Codes, categories: Sequence[VDMCategory]) -> Points:
    """Give the fit_coordinates of rows, column after column, by codes of shape (n, c)."""
    return np.hstack(
        [
            category.places[np.searchsorted(category.codes, column)]
            for column, category in zip(codes.T, categories, strict=True)
        ]
    )
