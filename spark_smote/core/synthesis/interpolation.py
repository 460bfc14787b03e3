"""Where a new row lies between a base and its neighbors: one class for each `interpolation`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.block import Block
from spark_smote.core.distance.space import FeatureSpace
from spark_smote.core.randomness import uniform
from spark_smote.core.synthesis.arithmetic import combine, interpolate

__all__ = ["Batch", "Center", "Interpolation", "Segment", "Simplex"]


@dataclass(frozen=True)
class Batch:
    """Some new rows of a bucket, before their features are known.

    Attributes
    ----------
    block : Block
        The rows of the bucket.
    space : FeatureSpace
        Where distances are measured.
    base, neighbor : int64 arrays of shape (n,)
        Positions of each new row's base, and of the neighbor picked for it.
    neighbors : int64 array of shape (n, k)
        Positions of all neighbors of the base.
    gap : float64 array of shape (n,)
        Place between base and neighbor, in [0, 1).
    draw, rows_per_base : int64 arrays of shape (n,)
        Number of the draw, from 0, and how many rows the base makes.
    """

    block: Block
    space: FeatureSpace
    base: Indices
    neighbor: Indices
    neighbors: Indices
    gap: Points
    draw: Indices
    rows_per_base: Indices

    @property
    def keys(self) -> Indices:
        """Keys of the bases."""
        return self.block.keys[self.base]

    @property
    def numeric(self) -> Sequence[npt.NDArray[Any]]:
        """Features of the block's rows that are numbers, those of one type together."""
        return self.space.numeric(self.block.values)


class Interpolation(ABC):
    """A way to draw the features of new rows.

    Attributes
    ----------
    searches : bool
        Whether it needs neighbors.
    has_gap : bool
        Whether a new row lies between its base and one neighbor, so that a gap tells where.
    needs_length : bool
        Whether it needs the length of a way, which an angle has not.
    """

    searches: ClassVar[bool] = True
    has_gap: ClassVar[bool] = False
    needs_length: ClassVar[bool] = False

    def fit(self, numeric: Sequence[npt.NDArray[Any]], counts: Indices) -> Interpolation:
        """Return what draws, for a class whose distinct rows, or a sample of them, are known.

        Parameters
        ----------
        numeric : sequence of arrays of shape (n, d₁), (n, d₂), …
            Features of distinct rows, in an order that does not depend on where they came from.
        counts : int64 array of shape (n,)
            How often each row stands in the class.
        """
        return self

    @abstractmethod
    def draw(self, batch: Batch) -> list[npt.NDArray[Any]]:
        """Compute the features of new rows, in the types of `batch.numeric`."""

    def bytes_per_row(self, k: int, n_features: int) -> int:
        """Return the memory that drawing one row takes."""
        return 8 * n_features * (k + 1)


@dataclass(frozen=True)
class Segment(Interpolation):
    """On the segment to one neighbor, as Chawla et al. draw (SMOTE)."""

    has_gap: ClassVar[bool] = True

    def draw(self, batch: Batch) -> list[npt.NDArray[Any]]:
        """Compute base + gap · (neighbor − base)."""
        return [
            interpolate(part[batch.base], part[batch.neighbor], batch.gap) for part in batch.numeric
        ]

    def bytes_per_row(self, k: int, n_features: int) -> int:
        """Return the memory that drawing one row takes."""
        return 8 * n_features


@dataclass(frozen=True)
class Simplex(Interpolation):
    """Uniform in the simplex of a base and its neighbors.

    References
    ----------
    Kachan, Savchenko, Gusev: "Simplicial SMOTE", arXiv 2503.03418. Uniform weights of a simplex:
    Devroye, "Non-Uniform Random Variate Generation", 1986, V.2.
    """

    def draw(self, batch: Batch) -> list[npt.NDArray[Any]]:
        """Compute base + Σ weight · (neighbor − base)."""
        weights = self.weights(batch.keys, batch.draw, batch.neighbors.shape[1])
        return [combine(part[batch.base], part[batch.neighbors], weights) for part in batch.numeric]

    def weights(self, keys: Indices, draws: Indices, k: int) -> Points:
        """Draw the weights of a base's neighbors; what they lack to 1 is the base's own.

        Parameters
        ----------
        keys, draws : int64 arrays of shape (n,)
            Key of each base, and number of the draw.
        k : int
            Neighbors of each base.

        Returns
        -------
        float64 array of shape (n, k)
        """
        corners = np.arange(k + 1)
        numbers = draws[:, None] * (k + 1) + corners
        drawn = uniform("corner", np.repeat(keys, k + 1), numbers.ravel())
        spacings = -np.log1p(-drawn.reshape(numbers.shape))
        total = np.maximum(spacings.sum(axis=1), np.finfo(float).tiny)
        return cast(Points, spacings[:, 1:] / total[:, None])


@dataclass(frozen=True)
class Center(Simplex):
    """On the segment to the mean of the neighbors.

    References
    ----------
    After CP-SMOTE: Bao, Yang: "Two novel SMOTE methods for solving imbalanced classification
    problems", IEEE Access 11, 2023.
    """

    def weights(self, keys: Indices, draws: Indices, k: int) -> Points:
        """Draw one gap for each base, shared equally by its neighbors."""
        return np.repeat(uniform("gap", keys, draws)[:, None] / max(k, 1), k, axis=1)
