"""How many new rows each row of a class makes, where some make more than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Shares", "apportion"]

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shares:
    """Rows to make, by the key of the row that makes them.

    Attributes
    ----------
    keys : int64 array of shape (n,)
        Ascending, each once; rows with other keys make none.
    rows : int64 array of shape (n,)
    """

    keys: Keys
    rows: Keys

    def of(self, keys: Keys) -> Keys:
        """Look up what the rows with some keys make."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.rows[place], 0)


def apportion(rows: int, keys: Keys, weights: Keys) -> Shares:
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
    >>> apportion(10, np.array([5, 6, 7]), np.array([1, 1, 2])).rows
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
    return Shares(found[once], whole)
