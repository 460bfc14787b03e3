"""Categorical columns: their codes, their place in the distance, and the vote of neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from spark_smote.randomness import uniform

__all__ = ["Category", "indicators", "tied_modes", "vote"]

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


def tied_modes(codes: Codes, votes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Mark the most frequent codes among some voters, each at its first voter.

    Parameters
    ----------
    codes : int64 array of shape (n, voters, c)
    votes : int64 array of shape (n, voters)
        How often each voter counts.

    Returns
    -------
    bool array of shape (n, voters, c)
    """
    voters = codes.shape[1]
    won = np.empty(codes.shape, np.int64)
    repeat = np.zeros(codes.shape, np.bool_)
    for voter in range(voters):
        alike = codes == codes[:, voter : voter + 1]
        won[:, voter] = np.einsum("ijk,ij->ik", alike, votes)
        repeat[:, voter] = (alike[:, :voter] & (votes[:, :voter, None] > 0)).any(axis=1)
    won[np.broadcast_to(votes[:, :, None] == 0, won.shape) | repeat] = -1
    return cast(npt.NDArray[np.bool_], won == won.max(axis=1, keepdims=True))


def vote(
    tied: npt.NDArray[np.bool_],
    keys: npt.NDArray[np.int64],
    draws: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Pick one of the tied voters for each column, uniformly.

    Parameters
    ----------
    tied : bool array of shape (n, voters, c)
    keys, draws : int64 arrays of shape (n,)
        Key of each base, and the number of the draw.

    Returns
    -------
    int64 array of shape (n, c)
        The place of the voter whose code the new row takes.
    """
    columns = tied.shape[2]
    numbers = draws[:, None] * columns + np.arange(columns)
    drawn = uniform("mode", np.repeat(keys, columns), numbers.ravel()).reshape(numbers.shape)
    wanted = np.floor(drawn * tied.sum(axis=1)).astype(np.int64)
    return cast(Codes, (np.cumsum(tied, axis=1) <= wanted[:, None]).sum(axis=1))
