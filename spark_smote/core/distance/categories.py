"""Categorical columns: their codes, their place in the distance, and the vote of neighbors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Category", "indicators"]

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Category:
    """The values of one categorical column.

    Attributes
    ----------
    codes : int64 array of shape (c,)
        Hashes of the values, ascending.
    values : object array of shape (c,)
        The values as text, in the order of their codes; None for null.
    """

    codes: Codes
    values: npt.NDArray[np.object_]

    def decoded(self, codes: Codes) -> npt.NDArray[np.object_]:
        """Give the values of some codes."""
        return self.values[np.searchsorted(self.codes, codes)]


def indicators(codes: Codes, categories: tuple[Category, ...]) -> npt.NDArray[np.float64]:
    """Give a coordinate to every category: 1 where the row holds it, else 0.

    Parameters
    ----------
    codes : int64 array of shape (n, c)
    categories : tuple of Category
        What each column can hold.

    Returns
    -------
    float64 array of shape (n, categories in all)
        Two rows are as far apart as twice their number of mismatches, squared.
    """
    offsets = np.cumsum([0, *(len(category.codes) for category in categories)])
    held = np.zeros((len(codes), offsets[-1]))
    rows = np.arange(len(codes))
    for column, category, offset in zip(codes.T, categories, offsets, strict=False):
        held[rows, offset + np.searchsorted(category.codes, column)] = 1.0
    return held
