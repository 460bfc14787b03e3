"""New rows between a row and the mean of its class: the star of polynom-fit-SMOTE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.int128 import (
    INT128,
    as_doubles,
    as_type,
    highest,
    lowest,
    maximum,
    minimum,
)
from spark_smote.core.synthesis.arithmetic import move
from spark_smote.core.synthesis.interpolation import Batch, Interpolation

__all__ = ["FittedStar", "Star", "even_gaps"]

LARGEST_BELOW = 2.0**63 - 1024
"""The largest double that an int64 holds."""


class _StarInterpolation(Interpolation):
    searches: ClassVar[bool] = False


@dataclass(frozen=True)
class Star(_StarInterpolation):
    """On the way to the mean of the class, which is not known yet.

    References
    ----------
    Gazzah, Essoukri Ben Amara: "New oversampling approaches based on polynomial fitting for
    imbalanced data sets", Document Analysis Systems 2008.
    """

    def fit(self, numeric: Sequence[npt.NDArray[Any]], counts: Indices) -> FittedStar:
        """Compute the mean of a class.

        Examples
        --------
        >>> import numpy as np
        >>> Star().fit([np.array([[0], [4], [5]])], np.array([1, 1, 2])).mean[0]
        array([3.5])
        """
        weights = (counts / counts.sum())[:, None]
        means = tuple((weights * as_doubles(part)).sum(axis=0) for part in numeric)
        return FittedStar(
            means,
            tuple(
                _rounded(np.floor, mean, part) for mean, part in zip(means, numeric, strict=True)
            ),
            tuple(_rounded(np.ceil, mean, part) for mean, part in zip(means, numeric, strict=True)),
        )

    def draw(self, batch: Batch) -> list[npt.NDArray[Any]]:
        """Fit the star to the rows of the bucket, which hold the whole class, and draw."""
        return self.fit(batch.numeric, batch.block.counts).draw(batch)


@dataclass(frozen=True)
class FittedStar(_StarInterpolation):
    """On the way to the mean of the class, by storage type of the features.

    Attributes
    ----------
    mean : tuple of float64 arrays of shape (d₁,), (d₂,), …
    below, above : tuple of arrays, of the types of the rows
        The values that these types have on either side of it.
    """

    mean: tuple[Points, ...]
    below: tuple[npt.NDArray[Any], ...]
    above: tuple[npt.NDArray[Any], ...]

    def draw(self, batch: Batch) -> list[npt.NDArray[Any]]:
        """Spread the rows that each base makes evenly over its way to the mean."""
        gaps = even_gaps(batch.draw, batch.rows_per_base)
        return self.towards_mean([part[batch.base] for part in batch.numeric], gaps)

    def towards_mean(self, base: Sequence[npt.NDArray[Any]], gap: Points) -> list[npt.NDArray[Any]]:
        """Compute base + gap · (mean − base) in the rows' own types.

        Parameters
        ----------
        base : sequence of arrays of shape (n, d₁), (n, d₂), …
        gap : float64 array of shape (n,)
            From 0 to 1.

        Returns
        -------
        list of arrays, of the shapes and types of `base`

        Examples
        --------
        >>> import numpy as np
        >>> star = Star().fit([np.array([[0], [4], [5]])], np.array([1, 1, 1]))
        >>> star.towards_mean([np.array([[0], [5]])], np.array([0.5, 0.5]))[0].ravel().tolist()
        [2, 4]
        """
        return [
            # Halved, as a way can be longer than the largest double.
            move(
                part,
                gap[:, None] * (0.5 * mean - 0.5 * as_doubles(part)),
                minimum(part, below),
                maximum(part, above),
            )
            for part, mean, below, above in zip(
                base, self.mean, self.below, self.above, strict=True
            )
        ]


def even_gaps(draws: Indices, rows_per_base: Indices) -> Points:
    """Compute j / (K + 1) for the j-th of the K rows that a base makes.

    Parameters
    ----------
    draws : int64 array of shape (n,)
        Number of the draw, from 0.
    rows_per_base : int64 array of shape (n,)
        Rows that its base makes.

    Examples
    --------
    >>> import numpy as np
    >>> even_gaps(np.array([0, 0, 1, 2]), np.array([1, 3, 3, 3]))
    array([0.5 , 0.25, 0.5 , 0.75])
    """
    return (draws + 1) / (rows_per_base + 1)


def _rounded(round_: np.ufunc, mean: Points, part: npt.NDArray[Any]) -> Any:
    """Round the mean to the part's type, within its range."""
    if part.dtype.kind == "i":
        mean = np.clip(round_(mean), -(2.0**63), LARGEST_BELOW)
    elif part.dtype == INT128:
        mean = round_(mean)
    return minimum(maximum(as_type(mean, part.dtype), lowest(part, 0)), highest(part, 0))
