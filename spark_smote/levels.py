"""Levels: how many of the rows nearest to a row are of other classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_smote.neighbors import Neighbourhood

__all__ = ["Weighing", "level"]

Indices = npt.NDArray[np.int64]


def level(around: Neighbourhood, labels: npt.NDArray[np.int32]) -> Indices:
    """Count those of another class among the k nearest of each base.

    Parameters
    ----------
    around : Neighbourhood
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
    >>> around = Neighbourhood(np.array([0]), np.array([[1, 2]]), one, 2)
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
        Neighbours that count.
    by : {"danger", "level"}
        Rows of which half of the neighbours or more, but not all, are of other classes, each
        as much as any other (Borderline-SMOTE); or every row as much as its level says (ADASYN).
    foreign : bool
        Whether a new row may lie on the way to a neighbour of another class, in its first half.

    References
    ----------
    Han, Wang, Mao: "Borderline-SMOTE: a new over-sampling method in imbalanced data sets
    learning", ICIC 2005. He, Bai, Garcia, Li: "ADASYN: adaptive synthetic sampling approach for
    imbalanced learning", IJCNN 2008.
    """

    m: int
    by: str
    foreign: bool = False

    def described(self) -> str:
        """Say which neighbours a row needs to make new ones."""
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
        return ((2 * levels >= self.m) & (levels < self.m)).astype(np.int64)
