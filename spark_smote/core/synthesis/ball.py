"""New rows in a ball around a base, as far as one of its neighbors (Geometric SMOTE)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_smote.core.distance.metric import length
from spark_smote.core.randomness import normal, uniform

__all__ = ["Ball"]


@dataclass(frozen=True)
class Ball:
    """The part of a ball that rows are drawn from.

    Attributes
    ----------
    truncation : float
        From 1, the half towards the neighbor, over 0, all of it, to −1, the half away from it.
    deformation : float
        From 0, the ball, to 1, where all that is left of it is its axis.

    References
    ----------
    Douzas, Bacao: "Geometric SMOTE: a geometrically enhanced drop-in replacement for SMOTE",
    Information Sciences 501, 2019.
    """

    truncation: float = 1.0
    deformation: float = 0.0

    def draw(
        self,
        keys: npt.NDArray[np.int64],
        draws: npt.NDArray[np.int64],
        way: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.float64]:
        """Draw steps from bases, uniformly but for the truncation and deformation.

        Parameters
        ----------
        keys, draws : int64 arrays of shape (n,)
            Key of each base, and the number of the draw.
        way : float64 array of shape (n, d)
            From each base to its neighbor, in the space of the distance: the ball's radius, and
            the axis that its truncation and deformation are about.

        Returns
        -------
        float64 array of shape (n, d)
            Steps in the same space; none where the neighbor is where the base is.

        Examples
        --------
        >>> import numpy as np
        >>> step = Ball(deformation=1.0).draw(np.array([7]), np.array([0]), np.array([[0.0, 2.0]]))
        >>> bool(step[0, 0] == 0), bool(0 <= step[0, 1] <= 2)
        (True, True)
        """
        radius = length(way)
        axis = way / np.where(radius > 0, radius, 1.0)
        point = _in_unit_ball(keys, draws, way.shape[1])
        along = (point * axis).sum(axis=1, keepdims=True)
        across = point - along * axis
        if self.truncation > 0:
            along = np.where(along < self.truncation - 1, -along, along)
        elif self.truncation < 0:
            along = np.where(along > self.truncation + 1, -along, along)
        return np.asarray(radius * (along * axis + (1 - self.deformation) * across))


def _in_unit_ball(
    keys: npt.NDArray[np.int64], draws: npt.NDArray[np.int64], width: int
) -> npt.NDArray[np.float64]:
    """Draw uniformly: a direction as likely as any other, and a radius as its volume is."""
    numbers = draws[:, None] * width + np.arange(width)
    drawn = normal("direction", np.repeat(keys, width), numbers.ravel()).reshape(numbers.shape)
    away = np.maximum(length(drawn), np.finfo(float).tiny)
    return np.asarray(drawn / away * uniform("radius", keys, draws)[:, None] ** (1 / width))
