"""Levels: how many of the rows nearest to a row are of other classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_smote.core.neighbors.neighborhood import Neighborhood

__all__ = ["Weighing", "level", "proximity_weights"]

Indices = npt.NDArray[np.int64]


def level(around: Neighborhood, labels: npt.NDArray[np.int32]) -> Indices:
    """Count those of another class among the k nearest of each base.

    Parameters
    ----------
    around : Neighborhood
        Found among rows of all classes.
    labels : int32 array of shape (n,)
        Number of the class of each candidate.

    Returns
    -------
    int64 array of shape (b,)
        From 0, for a base among its own, to k.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(3, np.int64)
    >>> around = Neighborhood(np.array([0]), np.array([[1, 2]]), one, 2)
    >>> level(around, np.array([7, 7, 8], np.int32))
    array([1])
    """
    choices, votes = around.votes(np.arange(len(around.base)))
    others = labels[choices] != labels[around.base][:, None]
    return np.asarray((votes * others).sum(axis=1))


@dataclass(frozen=True)
class Weighing:
    """Which rows of a class make new ones, by their level among the m nearest of all classes.

    Attributes
    ----------
    m : int
        Neighbors that count.
    by : {"danger", "level", "safe", "proximity"}
        Rows of which half of the neighbors or more, but not all, are of other classes, each
        as much as any other (Borderline-SMOTE); every row as much as its level says (ADASYN); or
        rows of which not all neighbors are of other classes, alike (Safe-Level-SMOTE); or all,
        by how near they are to other classes (ProWSyn): see `proximity_weights`.
    foreign : bool
        Whether a new row may lie on the way to a neighbor of another class, in its first half.
    levels, theta : int, float
        Of the proximity: levels in all, and how fast their weight falls.

    References
    ----------
    Han, Wang, Mao: "Borderline-SMOTE: a new over-sampling method in imbalanced data sets
    learning", ICIC 2005. He, Bai, Garcia, Li: "ADASYN: adaptive synthetic sampling approach for
    imbalanced learning", IJCNN 2008. Safe-Level-SMOTE: see `safe_gap`.
    """

    m: int
    by: str
    foreign: bool = False
    levels: int = 5
    theta: float = 1.0

    @property
    def on_segments(self) -> bool:
        """Whether both ends of a segment decide on the gap."""
        return self.foreign or self.by == "safe"

    @property
    def needs_all(self) -> bool:
        """Whether all rows of a class must be known, and not those alone that make new ones."""
        return self.by in ("safe", "proximity")

    def described(self) -> str:
        """Say which neighbors a row needs to make new ones."""
        if self.by == "safe":
            return f"fewer than all of the {self.m} nearest"
        if self.by == "level":
            return f"any of the {self.m} nearest"
        return f"at least half, but not all, of the {self.m} nearest"

    def weights(self, levels: Indices) -> Indices:
        """Give the weight of rows of some levels.

        Examples
        --------
        >>> import numpy as np
        >>> Weighing(4, "danger").weights(np.arange(5)), Weighing(4, "level").weights(np.arange(5))
        (array([0, 0, 1, 1, 0]), array([0, 1, 2, 3, 4]))
        """
        if self.by == "level":
            return levels
        if self.by == "safe":
            return (levels < self.m).astype(np.int64)
        return ((2 * levels >= self.m) & (levels < self.m)).astype(np.int64)


def proximity_weights(level: Indices, theta: float) -> Indices:
    """Weigh rows by their level of proximity: exp(−theta · (level − 1)), as a whole number.

    Parameters
    ----------
    level : int64 array of shape (n,)
        1 for the rows that are among the nearest of their class to a row of another; 2 for those
        that are where these are left out; and so on.
    theta : float
        How fast the weight falls, at least 0.

    References
    ----------
    Barua, Islam, Murase: "ProWSyn: proximity weighted synthetic oversampling technique for
    imbalanced data set learning", PAKDD 2013.

    Examples
    --------
    >>> import numpy as np
    >>> proximity_weights(np.array([1, 2, 50]), 1.0) / 2**20
    array([1.00000000e+00, 3.67879868e-01, 9.53674316e-07])
    """
    # The farthest still makes a few: no row of a class that all may draw from weighs nothing.
    weights = np.maximum(np.rint(np.exp(-theta * (level - 1)) * 2**20), 1)
    return np.asarray(weights, np.int64)
