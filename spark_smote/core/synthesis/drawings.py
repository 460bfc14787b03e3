"""Where a new row lies between a base and its neighbors."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from spark_smote.core.randomness import uniform
from spark_smote.core.weights import Indices

__all__ = ["INTERPOLATIONS", "draw_weights", "safe_gap"]

INTERPOLATIONS = ("segment", "simplex", "center", "ball", "star")
"""Between the base and one neighbor, anywhere among all of them, towards their mean, around the
base, or towards the mean of the class."""


def draw_weights(
    interpolation: str, keys: npt.NDArray[np.int64], draws: npt.NDArray[np.int64], others: int
) -> npt.NDArray[np.float64]:
    """Draw the weights of a base's neighbors; what they lack to 1 is the base's own.

    Parameters
    ----------
    interpolation : {"simplex", "center"}
        Uniform over the simplex of a base and its neighbors, or over the segment from the
        base to the mean of its neighbors.
    keys, draws : int64 arrays of shape (n,)
        Key of each base, and the number of the draw.
    others : int
        Neighbors of each base.

    Returns
    -------
    float64 array of shape (n, others)

    References
    ----------
    Uniform weights of a simplex: Devroye, "Non-Uniform Random Variate Generation", 1986, V.2.
    Simplices of neighbors: Kachan, Savchenko, Gusev: "Simplicial SMOTE", arXiv 2503.03418.
    Centers: Bao, Yang: "Two novel SMOTE methods for solving imbalanced classification
    problems", IEEE Access 11, 2023.
    """
    if interpolation == "center":
        return np.repeat(uniform("gap", keys, draws)[:, None] / max(others, 1), others, axis=1)
    corners = np.arange(others + 1)
    numbers = draws[:, None] * (others + 1) + corners
    drawn = uniform("corner", np.repeat(keys, others + 1), numbers.ravel())
    spacings = -np.log1p(-drawn.reshape(numbers.shape))
    total = np.maximum(spacings.sum(axis=1), np.finfo(float).tiny)
    return cast(npt.NDArray[np.float64], spacings[:, 1:] / total[:, None])


def safe_gap(
    drawn: npt.NDArray[np.float64], base: Indices, neighbor: Indices
) -> npt.NDArray[np.float64]:
    """Bend uniform gaps towards the safer end of each segment.

    Parameters
    ----------
    drawn : float64 array of shape (n,)
        Uniform in [0, 1).
    base, neighbor : int64 arrays of shape (n,)
        Safe levels of the ends: how many of their nearest rows are of their class; that of a
        base is above 0.

    Returns
    -------
    float64 array of shape (n,)
        In [0, 1); 0 where the neighbor is not safe at all.

    References
    ----------
    Bunkhumpornpat, Sinapiromsaran, Lursinsap: "Safe-Level-SMOTE: safe-level-synthetic minority
    over-sampling technique for handling the class imbalanced problem", PAKDD 2009.

    Examples
    --------
    >>> import numpy as np
    >>> safe_gap(np.full(4, 0.5), np.array([2, 4, 1, 3]), np.array([2, 1, 4, 0]))
    array([0.5  , 0.125, 0.875, 0.   ])
    """
    nearer = neighbor / base * drawn
    farther = 1 - base / np.maximum(neighbor, 1) * (1 - drawn)
    return np.where(neighbor > base, np.minimum(farther, 1 - 2.0**-53), nearer)
