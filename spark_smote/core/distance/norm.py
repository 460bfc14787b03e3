"""Norms: the distance of two rows, computed from the differences of their coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_smote.core.arrays import Array, Indices

__all__ = ["EUCLIDEAN_NORM", "Norm"]

BLOCK = 2**21
"""Number of coordinate differences held at once."""


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

    def between(self, points: Array, base: Indices, index: Indices) -> Array:
        """Compute the distances of bases to some rows each.

        Parameters
        ----------
        points : float32 or float64 array of shape (n, d)
        base : int64 array of shape (b,)
        index : int64 array of shape (b, k)
            Positions of the rows.

        Returns
        -------
        array of shape (b, k), of the type of `points`
        """
        distances = np.empty(index.shape, points.dtype)
        step = max(1, BLOCK // max(1, index.shape[1] * points.shape[1]))
        for start in range(0, len(base), step):
            part = slice(start, start + step)
            distances[part] = self.lengths(points[index[part]] - points[base[part], None])
        return distances


EUCLIDEAN_NORM = Norm()
"""The default norm."""
