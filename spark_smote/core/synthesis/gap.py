"""How far from its base a new row lies on the way to a neighbor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.block import Block
from spark_smote.core.randomness import uniform
from spark_smote.core.strategy.apportionment import CountsByKey

__all__ = ["Gap", "OtherClassGap", "SafeLevelGap", "safe_level_gap"]


@dataclass(frozen=True)
class Gap:
    """Uniform in [0, 1), as Chawla et al. draw it."""

    def draw(self, block: Block, base: Indices, neighbor: Indices, draw: Indices) -> Points:
        """Draw the gap of new rows, by positions of base and neighbor and number of the draw."""
        return uniform("gap", block.keys[base], draw)


@dataclass(frozen=True)
class OtherClassGap(Gap):
    """In the first half of the way to a neighbor of another class, which is not joined.

    References
    ----------
    Han, Wang, Mao: "Borderline-SMOTE: a new over-sampling method in imbalanced data sets
    learning", ICIC 2005; as imbalanced-learn draws it.
    """

    def draw(self, block: Block, base: Indices, neighbor: Indices, draw: Indices) -> Points:
        """Draw the gap of new rows, by positions of base and neighbor and number of the draw."""
        gap = super().draw(block, base, neighbor, draw)
        is_other = block.own_class[neighbor] != block.own_class[base]
        half = 0.5 * uniform("foreign", block.keys[base], draw)
        return np.asarray(gap * np.where(is_other, half, 1.0))


@dataclass(frozen=True)
class SafeLevelGap(Gap):
    """Nearer to the safer of the two ends (Safe-Level-SMOTE).

    Attributes
    ----------
    safe_levels : CountsByKey
        How many of the nearest rows of a row are of its own class.
    """

    safe_levels: CountsByKey

    def draw(self, block: Block, base: Indices, neighbor: Indices, draw: Indices) -> Points:
        """Draw the gap of new rows, by positions of base and neighbor and number of the draw."""
        gap = super().draw(block, base, neighbor, draw)
        ends = (self.safe_levels.of(block.keys[end]) for end in (base, neighbor))
        return safe_level_gap(gap, *ends)


def safe_level_gap(gap: Points, base: Indices, neighbor: Indices) -> Points:
    """Bend uniform gaps towards the safer end of each segment.

    Parameters
    ----------
    gap : float64 array of shape (n,)
        Uniform in [0, 1).
    base, neighbor : int64 arrays of shape (n,)
        Safe levels of the ends; that of a base is above 0.

    Returns
    -------
    float64 array of shape (n,)
        In [0, 1); 0 if the neighbor is not safe at all.

    References
    ----------
    Bunkhumpornpat, Sinapiromsaran, Lursinsap: "Safe-Level-SMOTE: safe-level-synthetic minority
    over-sampling technique for handling the class imbalanced problem", PAKDD 2009.

    Examples
    --------
    >>> import numpy as np
    >>> safe_level_gap(np.full(4, 0.5), np.array([2, 4, 1, 3]), np.array([2, 1, 4, 0]))
    array([0.5  , 0.125, 0.875, 0.   ])
    """
    nearer = neighbor / base * gap
    farther = 1 - base / np.maximum(neighbor, 1) * (1 - gap)
    return np.where(neighbor > base, np.minimum(farther, 1 - 2.0**-53), nearer)
