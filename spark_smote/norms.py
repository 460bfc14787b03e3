"""Norms: how the differences of two rows' coordinates add up to a distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EUCLIDEAN", "Norm"]

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Norm:
    """The square root of a sum of squares, each of a sum of absolute differences.

    Attributes
    ----------
    group : int, default 1
        Coordinates that stand side by side and whose differences are added before they are
        squared; 1 is the euclidean norm.
    """

    group: int = 1

    def lengths(self, ways: Points) -> Points:
        """Measure differences of shape (…, d), where d is a multiple of `group`.

        Examples
        --------
        >>> import numpy as np
        >>> Norm(2).lengths(np.array([[1.0, -2.0, 4.0, 0.0]]))
        array([5.])
        """
        sums = np.abs(ways).reshape(*ways.shape[:-1], -1, self.group).sum(axis=-1)
        return np.asarray(np.sqrt((sums**2).sum(axis=-1)))


EUCLIDEAN = Norm()
