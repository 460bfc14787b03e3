"""Categories of new rows, by vote of their neighbors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from spark_smote.core.arrays import Codes
from spark_smote.core.block import Block
from spark_smote.core.distance.space import FeatureSpace
from spark_smote.core.distance.value_difference import VDMCategory
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.randomness import uniform

__all__ = ["first_in_order", "tied_modes", "vote", "vote_on_categories"]


def vote_on_categories(
    block: Block,
    neighborhood: Neighborhood,
    space: FeatureSpace,
    position: npt.NDArray[np.int64],
    draw: npt.NDArray[np.int64],
) -> Codes:
    """Find the most frequent categories among the neighbors of each new row's base.

    Parameters
    ----------
    block : Block
    neighborhood : Neighborhood
    space : FeatureSpace
    position : int64 array of shape (n,)
        Place of each new row's base in the neighborhood.
    draw : int64 array of shape (n,)
        Number of the draw.

    Returns
    -------
    int64 array of shape (n, c)
        Codes by categorical column; empty if there is none.
    """
    if not space.categories:
        return np.empty((0, 0), np.int64)
    bases, back = np.unique(position, return_inverse=True)
    voters, votes = neighborhood.votes(bases)
    codes = block.values[-1][voters]
    if space.vdm:  # the base votes as well, and a tie is settled by order
        votes[:, 0] += 1
        chosen = first_in_order(tied_modes(codes, votes), codes, space.vdm)[back]
    else:
        keys = block.keys[neighborhood.base[position]]
        chosen = vote(tied_modes(codes, votes)[back], keys, draw)
    return cast(Codes, codes[back[:, None], chosen, np.arange(codes.shape[2])])


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


def first_in_order(
    tied: npt.NDArray[np.bool_], codes: Codes, categories: Sequence[VDMCategory]
) -> Codes:
    """Pick the tied voter whose value comes first, for each column.

    Parameters
    ----------
    tied : bool array of shape (n, voters, c)
    codes : int64 array of shape (n, voters, c)
    categories : sequence of VDMCategory

    Returns
    -------
    int64 array of shape (n, c)
        The place of the voter whose code the new row takes.
    """
    chosen = np.empty((len(codes), codes.shape[2]), np.int64)
    for place, category in enumerate(categories):
        ranks = category.ranks[np.searchsorted(category.codes, codes[:, :, place])]
        ranks = np.where(tied[:, :, place], ranks, len(category.codes))
        chosen[:, place] = ranks.argmin(axis=1)
    return chosen
