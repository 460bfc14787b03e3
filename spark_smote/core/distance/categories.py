"""Categorical columns in a distance: codes of their values, and indicator coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_smote.core.arrays import Codes, Points

__all__ = ["Category", "indicators"]


@dataclass(frozen=True)
class Category:
    """The values of one categorical column.

    Attributes
    ----------
    codes : int64 array of shape (c,)
        Hashes of the values, ascending.
    values : object array of shape (c,)
        The values as bytes of text, in the order of their codes; None for null.
    """

    codes: Codes
    values: npt.NDArray[np.object_]

    def decoded(self, codes: Codes) -> npt.NDArray[np.object_]:
        """Return the value of each code."""
        return self.values[np.searchsorted(self.codes, codes)]


def indicators(codes: Codes, categories: tuple[Category, ...]) -> Points:
    """Encode categories one-hot: a coordinate for each value, 1 if the row has it, else 0.

    Parameters
    ----------
    codes : int64 array of shape (n, c)
    categories : tuple of Category
        The values of each column.

    Returns
    -------
    float64 array of shape (n, values of all columns)
        The squared distance of two rows is twice the number of columns in which they differ.
    """
    offsets = np.cumsum([0, *(len(category.codes) for category in categories)])
    encoded = np.zeros((len(codes), offsets[-1]))
    rows = np.arange(len(codes))
    for column, category, offset in zip(codes.T, categories, offsets, strict=False):
        encoded[rows, offset + np.searchsorted(category.codes, column)] = 1.0
    return encoded
