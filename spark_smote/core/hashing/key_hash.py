"""A hash of wide rows by their keys alone, where no sample is large enough to fit cells to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Indices, Keys
from spark_smote.core.randomness import uniform

__all__ = ["KeyHash", "even_parts"]

DEVIATIONS = 6
"""Standard deviations by which a part may be larger than the mean."""


@dataclass(frozen=True)
class KeyHash:
    """A hash of rows to random parts of about the same size, without guests.

    Neighbors are then the nearest of a part: true ones are missed in proportion.

    Attributes
    ----------
    parts : int

    Examples
    --------
    >>> import numpy as np
    >>> bool(np.bincount(KeyHash(2).home(np.arange(1000))).min() > 400)
    True
    """

    parts: int

    def home(self, keys: Keys) -> Indices:
        """Find the part of each row."""
        drawn = uniform("part", keys, np.zeros(len(keys), np.int64))
        return np.floor(drawn * self.parts).astype(np.int64)


def even_parts(size: int, most: int, fewest: int) -> int | None:
    """Count the parts of which none holds more than `most` rows, nor fewer than `fewest`.

    Returns
    -------
    int or None
        None if parts small enough may hold fewer.

    Examples
    --------
    >>> even_parts(300, 160, 6), even_parts(300, 30, 6)
    (3, None)
    """
    # The mean m, for which m + 6 √m is the most.
    mean = (math.sqrt(most + (DEVIATIONS / 2) ** 2) - DEVIATIONS / 2) ** 2
    parts = math.ceil(size / mean)
    smallest = size / parts - DEVIATIONS / 2 * math.sqrt(size / parts)
    return parts if smallest >= fewest else None
