"""How many new rows each row of a class makes, where some make more than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CountsByKey", "apportion"]

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CountsByKey:
    """A whole number for each of some rows, by key; 0 for all others.

    Attributes
    ----------
    keys : int64 array of shape (n,)
        Ascending, each once.
    values : int64 array of shape (n,)
    """

    keys: Keys
    values: Keys

    @staticmethod
    def sorted(keys: Keys, values: Keys) -> CountsByKey:
        """Take keys in any order, each once."""
        order = np.argsort(keys)
        return CountsByKey(keys[order], values[order])

    def of(self, keys: Keys) -> Keys:
        """Look up the numbers of rows with some keys."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.values[place], 0)


def apportion(rows: int, keys: Keys, weights: Keys) -> CountsByKey:
    """Share out rows in proportion to whole weights, to the last one.

    Each share is rounded down; what is left goes to the largest remainders, one each, and of
    equal ones to the highest keys.

    Parameters
    ----------
    rows : int
        What the shares add up to.
    keys, weights : int64 arrays of shape (n,)
        Weights above 0; a key that stands twice, a collision of the hash, gets nothing.

    Raises
    ------
    ValueError
        Where no key is left to share among.

    Examples
    --------
    >>> import numpy as np
    >>> apportion(10, np.array([5, 6, 7]), np.array([1, 1, 2])).values
    array([2, 3, 5])
    """
    found, first, times = np.unique(keys, return_index=True, return_counts=True)
    once = times == 1
    if not once.any():
        raise ValueError(f"{rows} rows cannot be shared among no row.")
    # Python's whole numbers: the products may not fit 64 bits.
    parts = rows * weights[first[once]].astype(object)
    total = int(weights[first[once]].sum())
    whole, rest = (np.array(each, np.int64) for each in (parts // total, parts % total))
    left = rows - int(whole.sum())
    whole[np.lexsort((found[once], rest))[len(rest) - left :]] += 1
    return CountsByKey(found[once], whole)
