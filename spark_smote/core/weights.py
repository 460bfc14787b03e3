"""Which rows of a class make new rows, and how many, by the classes of the rows around them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from spark_smote.core.arrays import Indices, Labels
from spark_smote.core.neighbors.neighborhood import Neighborhood

__all__ = [
    "AllClassDangerWeighting",
    "BaseWeighting",
    "DangerWeighting",
    "DifficultyWeighting",
    "NeighborWeighting",
    "ProximityWeighting",
    "SafeLevelWeighting",
    "count_other_class",
]


def count_other_class(neighborhood: Neighborhood, labels: Labels) -> Indices:
    """Count the rows of another class among the k nearest of each base.

    Parameters
    ----------
    neighborhood : Neighborhood
        Found among rows of all classes.
    labels : int32 array of shape (n,)
        Number of the class of each candidate.

    Returns
    -------
    int64 array of shape (b,)
        From 0, for a base among its own class, to k.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(3, np.int64)
    >>> neighborhood = Neighborhood(np.array([0]), np.array([[1, 2]]), one, 2)
    >>> count_other_class(neighborhood, np.array([7, 7, 8], np.int32))
    array([1])
    """
    choices, votes = neighborhood.votes(np.arange(len(neighborhood.base)))
    is_other = labels[choices] != labels[neighborhood.base][:, None]
    return np.asarray((votes * is_other).sum(axis=1))


@dataclass(frozen=True)
class BaseWeighting(ABC):
    """How many new rows a row makes, by the classes of the rows around it.

    Attributes
    ----------
    k : int
        Nearest rows of any class that count.
    needs_every_row : bool
        Whether every row of a class must be weighted, and not only those that make new rows.
    needs_segment : bool
        Whether both ends of a segment decide on the gap between them.
    makes_among_all_classes : bool
        Whether new rows lie between rows of any class.
    """

    k: int
    needs_every_row: ClassVar[bool] = False
    needs_segment: ClassVar[bool] = False
    makes_among_all_classes: ClassVar[bool] = False


@dataclass(frozen=True)
class NeighborWeighting(BaseWeighting):
    """A weighting by the number of other-class rows among the k nearest of each row."""

    @abstractmethod
    def weights(self, other_class: Indices) -> Indices:
        """Compute the weight of rows, 0 for those that make none.

        Parameters
        ----------
        other_class : int64 array of shape (n,)
            Rows of other classes among the k nearest of each row.
        """

    @abstractmethod
    def requirement(self) -> str:
        """Describe how many of its neighbors a row needs of other classes, for an error."""


@dataclass(frozen=True)
class DangerWeighting(NeighborWeighting):
    """Rows with at least half, but not all, neighbors of other classes, all alike.

    References
    ----------
    Han, Wang, Mao: "Borderline-SMOTE: a new over-sampling method in imbalanced data sets
    learning", ICIC 2005.

    Examples
    --------
    >>> import numpy as np
    >>> DangerWeighting(4).weights(np.arange(5))
    array([0, 0, 1, 1, 0])
    """

    def weights(self, other_class: Indices) -> Indices:
        """Return 1 for rows in danger."""
        return ((2 * other_class >= self.k) & (other_class < self.k)).astype(np.int64)

    def requirement(self) -> str:
        """Describe how many of its neighbors a row needs of other classes, for an error."""
        return f"at least half, but not all, of the {self.k} nearest"


@dataclass(frozen=True)
class AllClassDangerWeighting(DangerWeighting):
    """As `DangerWeighting`; new rows lie on the way to rows of any class (borderline-2)."""

    needs_segment: ClassVar[bool] = True
    makes_among_all_classes: ClassVar[bool] = True


@dataclass(frozen=True)
class DifficultyWeighting(NeighborWeighting):
    """Every row by the number of its neighbors of other classes.

    References
    ----------
    He, Bai, Garcia, Li: "ADASYN: adaptive synthetic sampling approach for imbalanced learning",
    IJCNN 2008.

    Examples
    --------
    >>> import numpy as np
    >>> DifficultyWeighting(4).weights(np.arange(5))
    array([0, 1, 2, 3, 4])
    """

    def weights(self, other_class: Indices) -> Indices:
        """Return the number of neighbors of other classes."""
        return other_class

    def requirement(self) -> str:
        """Describe how many of its neighbors a row needs of other classes, for an error."""
        return f"any of the {self.k} nearest"


@dataclass(frozen=True)
class SafeLevelWeighting(NeighborWeighting):
    """Rows with a neighbor of their own class at least, all alike.

    References
    ----------
    Bunkhumpornpat, Sinapiromsaran, Lursinsap: "Safe-Level-SMOTE: safe-level-synthetic minority
    over-sampling technique for handling the class imbalanced problem", PAKDD 2009.
    """

    needs_every_row: ClassVar[bool] = True
    needs_segment: ClassVar[bool] = True

    def weights(self, other_class: Indices) -> Indices:
        """Return 1 for rows with a safe level above 0."""
        return (other_class < self.k).astype(np.int64)

    def requirement(self) -> str:
        """Describe how many of its neighbors a row needs of other classes, for an error."""
        return f"fewer than all of the {self.k} nearest"

    def safe_levels(self, other_class: Indices) -> Indices:
        """Count the neighbors of a row's own class."""
        return self.k - other_class


@dataclass(frozen=True)
class ProximityWeighting(BaseWeighting):
    """Every row by how near it is to rows of other classes.

    The k rows of the class nearest to any row of another class are of level 1, the k nearest of
    those left of level 2, and so on; the rest is of the last level.

    Attributes
    ----------
    levels : int, default 5
    theta : float, default 1.0
        How fast the weight falls from level to level, at least 0.

    References
    ----------
    Barua, Islam, Murase: "ProWSyn: proximity weighted synthetic oversampling technique for
    imbalanced data set learning", PAKDD 2013.
    """

    levels: int = 5
    theta: float = 1.0
    needs_every_row: ClassVar[bool] = True

    def weights(self, proximity_level: Indices) -> Indices:
        """Compute exp(−theta · (level − 1)), as a whole number.

        Examples
        --------
        >>> import numpy as np
        >>> ProximityWeighting(5).weights(np.array([1, 2, 50])) / 2**20
        array([1.00000000e+00, 3.67879868e-01, 9.53674316e-07])
        """
        # The farthest still makes a few: no row of a class that all may draw from weighs nothing.
        weights = np.maximum(np.rint(np.exp(-self.theta * (proximity_level - 1)) * 2**20), 1)
        return np.asarray(weights, np.int64)
