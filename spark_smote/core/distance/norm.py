"""Norms: the distance of two rows, computed from the differences of their coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Array

__all__ = ["EUCLIDEAN_NORM", "Norm"]


@dataclass(frozen=True)
class Norm:
    """The p-norm of differences, or of sums of absolute differences over groups of coordinates.

    Attributes
    ----------
    power : float, default 2.0
        The exponent p, at least 1, which is the Manhattan norm.
    group : int, default 1
        Number of adjacent coordinates whose absolute differences are added first.
    """

    power: float = 2.0
    group: int = 1

    def lengths(self, differences: Array) -> Array:
        """Compute the norm of differences of shape (…, d), d a multiple of `group`.

        Examples
        --------
        >>> import numpy as np
        >>> Norm(group=2).lengths(np.array([[1.0, -2.0, 4.0, 0.0]]))
        array([5.])
        """
        if self.group > 1:
            shape = (*differences.shape[:-1], -1, self.group)
            differences = np.abs(differences).reshape(shape).sum(axis=-1)
        return np.asarray(np.linalg.norm(differences, ord=self.power, axis=-1))


EUCLIDEAN_NORM = Norm()
"""The default norm."""
