"""Apportionment: divide new rows among the rows of a class in proportion to weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Counts, Keys
from spark_smote.exceptions import ResamplingError

__all__ = ["CountsByKey", "apportion"]


@dataclass(frozen=True)
class CountsByKey:
    """A whole number for each key listed; 0 for all others.

    Attributes
    ----------
    keys : int64 array of shape (n,)
        Ascending and distinct.
    values : int64 array of shape (n,)
    """

    keys: Keys
    values: Counts

    @staticmethod
    def sorted(keys: Keys, values: Counts) -> CountsByKey:
        """Build from distinct keys in any order."""
        order = np.argsort(keys)
        return CountsByKey(keys[order], values[order])

    def of(self, keys: Keys) -> Counts:
        """Return the number of each key."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        position = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[position] == keys, self.values[position], 0)


def apportion(rows: int, keys: Keys, weights: Counts) -> CountsByKey:
    """Divide rows in proportion to whole weights, by the method of the largest remainder.

    Each number is rounded down. What is left goes to the largest remainders, one each; of equal
    remainders, to the highest keys.

    Parameters
    ----------
    rows : int
        Total to divide.
    keys, weights : int64 arrays of shape (n,)
        Weights above 0. A key that occurs twice, a collision of the hash, gets nothing.

    Raises
    ------
    ResamplingError
        If no key occurs exactly once.

    Examples
    --------
    >>> import numpy as np
    >>> apportion(10, np.array([5, 6, 7]), np.array([1, 1, 2])).values
    array([2, 3, 5])
    """
    distinct, first, occurrences = np.unique(keys, return_index=True, return_counts=True)
    once = occurrences == 1
    if not once.any():
        raise ResamplingError(f"{rows} rows cannot be shared among no row.")
    # Python's whole numbers: the products may not fit 64 bits.
    products = rows * weights[first[once]].astype(object)
    total = int(weights[first[once]].sum())
    quotients, remainders = (
        np.array(part, np.int64) for part in (products // total, products % total)
    )
    left = rows - int(quotients.sum())
    quotients[np.lexsort((distinct[once], remainders))[len(remainders) - left :]] += 1
    return CountsByKey(distinct[once], quotients)
