"""New rows between a row and the mean of its class: the star of polynom-fit-SMOTE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spark_smote.core.synthesis.interpolation import move

__all__ = ["Star", "fit_star", "star_gaps"]

LARGEST_BELOW = 2.0**63 - 1024
"""The largest double that an int64 holds."""


@dataclass(frozen=True)
class Star:
    """The middle of a star, by storage type of the features.

    Attributes
    ----------
    middle : tuple of float64 arrays of shape (d₁,), (d₂,), …
    below, above : tuple of arrays, of the types of the rows
        The values that these types have on either side of it.
    """

    middle: tuple[npt.NDArray[np.float64], ...]
    below: tuple[npt.NDArray[Any], ...]
    above: tuple[npt.NDArray[Any], ...]

    def draw(
        self, base: Sequence[npt.NDArray[Any]], gap: npt.NDArray[np.float64]
    ) -> list[npt.NDArray[Any]]:
        """Compute base + gap · (middle − base) in the rows' own types.

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
        >>> star = fit_star([np.array([[0], [4], [5]])], np.array([1, 1, 1]))
        >>> star.draw([np.array([[0], [5]])], np.array([0.5, 0.5]))[0].ravel().tolist()
        [2, 4]
        """
        return [
            # Halved, as a way can be longer than the largest double.
            move(
                part,
                gap[:, None] * (0.5 * middle - 0.5 * part),
                np.minimum(part, below),
                np.maximum(part, above),
            )
            for part, middle, below, above in zip(
                base, self.middle, self.below, self.above, strict=True
            )
        ]


def fit_star(numbers: Sequence[npt.NDArray[Any]], counts: npt.NDArray[np.int64]) -> Star:
    """Find the mean of a class.

    Parameters
    ----------
    numbers : sequence of arrays of shape (n, d₁), (n, d₂), …
        Features of distinct rows, those of one type together, in an order that does not depend
        on where they came from.
    counts : int64 array of shape (n,)
        How often each row stands in the class.

    References
    ----------
    Gazzah, Essoukri Ben Amara: "New oversampling approaches based on polynomial fitting for
    imbalanced data sets", Document Analysis Systems 2008.
    """
    share = (counts / counts.sum())[:, None]
    middle = tuple((share * part).sum(axis=0) for part in numbers)
    return Star(
        middle,
        tuple(_own(np.floor, mean, part) for mean, part in zip(middle, numbers, strict=True)),
        tuple(_own(np.ceil, mean, part) for mean, part in zip(middle, numbers, strict=True)),
    )


def star_gaps(
    draws: npt.NDArray[np.int64], shares: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Spread the rows that each base makes evenly over its way to the middle.

    Parameters
    ----------
    draws : int64 array of shape (n,)
        Number of the draw, from 0.
    shares : int64 array of shape (n,)
        Rows that its base makes.

    Examples
    --------
    >>> import numpy as np
    >>> star_gaps(np.array([0, 0, 1, 2]), np.array([1, 3, 3, 3]))
    array([0.5 , 0.25, 0.5 , 0.75])
    """
    return (draws + 1) / (shares + 1)


def _own(round_: np.ufunc, mean: npt.NDArray[np.float64], part: npt.NDArray[Any]) -> Any:
    """Give the values of a part's own type next to its mean, and of its range."""
    if part.dtype.kind == "i":
        mean = np.clip(round_(mean), -(2.0**63), LARGEST_BELOW)
    return np.clip(mean.astype(part.dtype), part.min(axis=0), part.max(axis=0))
