"""Norms: how the differences of two rows' coordinates add up to a distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["EUCLIDEAN_NORM", "Norm"]


@dataclass(frozen=True)
class Norm:
    """A root of a sum of powers, each of a sum of absolute differences.

    Attributes
    ----------
    power : float, default 2.0
        From 1, the Manhattan norm.
    group : int, default 1
        Coordinates that stand side by side and whose differences are added before they are
        taken to the power.
    """

    power: float = 2.0
    group: int = 1

    def lengths(self, ways: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Measure differences of shape (…, d), where d is a multiple of `group`.

        Examples
        --------
        >>> import numpy as np
        >>> Norm(group=2).lengths(np.array([[1.0, -2.0, 4.0, 0.0]]))
        array([5.])
        """
        if self.group > 1:
            ways = np.abs(ways).reshape(*ways.shape[:-1], -1, self.group).sum(axis=-1)
        return np.asarray(np.linalg.norm(ways, ord=self.power, axis=-1))


EUCLIDEAN_NORM = Norm()
