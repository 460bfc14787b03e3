"""New rows in a ball around a base, through one of its neighbors (Geometric SMOTE)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.distance.metric import length
from spark_smote.core.int128 import highest, lowest
from spark_smote.core.randomness import normal, uniform
from spark_smote.core.synthesis.arithmetic import move
from spark_smote.core.synthesis.interpolation import Batch, Interpolation

__all__ = ["Ball"]


@dataclass(frozen=True)
class Ball(Interpolation):
    """In the ball around a base through one of its neighbors, by the scaled distance.

    Attributes
    ----------
    truncation : float, default 1.0
        From 1, the half towards the neighbor, over 0, all of it, to −1, the half away from it.
    deformation : float, default 0.0
        From 0, the ball, to 1, where only its axis is left.

    References
    ----------
    Douzas, Bacao: "Geometric SMOTE: a geometrically enhanced drop-in replacement for SMOTE",
    Information Sciences 501, 2019.
    """

    truncation: float = 1.0
    deformation: float = 0.0
    needs_length: ClassVar[bool] = True

    def draw(self, batch: Batch) -> list[npt.NDArray[Any]]:
        """Draw in the space of the distance, and return to the features' own units."""
        scaling, numeric = batch.space.scaling, batch.numeric
        start, end = (
            scaling.apply(batch.space.numbers([part[ends] for part in batch.block.values]))
            for ends in (batch.base, batch.neighbor)
        )
        # Half of the way, as all of it can be longer than the largest double.
        ways = 0.5 * end - 0.5 * start
        with np.errstate(over="ignore"):  # what is infinite is clipped
            half = self.steps(batch.keys, batch.draw, ways) * scaling.scale / scaling.factor
        ends = np.cumsum([part.shape[1] for part in numeric])[:-1]
        return [
            move(part[batch.base], step, *_limits(part))
            for part, step in zip(numeric, np.split(half, ends, axis=1), strict=True)
        ]

    def steps(self, keys: Indices, draws: Indices, ways: Points) -> Points:
        """Draw steps from bases, uniformly but for the truncation and deformation.

        Parameters
        ----------
        keys, draws : int64 arrays of shape (n,)
            Key of each base, and number of the draw.
        ways : float64 array of shape (n, d)
            From each base to its neighbor, in the space of the distance: the ball's radius, and
            the axis of its truncation and deformation.

        Returns
        -------
        float64 array of shape (n, d)
            Steps in the same space; zero if base and neighbor are at one place.

        Examples
        --------
        >>> import numpy as np
        >>> step = Ball(deformation=1.0).steps(np.array([7]), np.array([0]), np.array([[0.0, 2.0]]))
        >>> bool(step[0, 0] == 0), bool(0 <= step[0, 1] <= 2)
        (True, True)
        """
        radius = length(ways)
        axis = ways / np.where(radius > 0, radius, 1.0)
        point = _in_unit_ball(keys, draws, ways.shape[1])
        along = (point * axis).sum(axis=1, keepdims=True)
        across = point - along * axis
        if self.truncation > 0:
            along = np.where(along < self.truncation - 1, -along, along)
        elif self.truncation < 0:
            along = np.where(along > self.truncation + 1, -along, along)
        return np.asarray(radius * (along * axis + (1 - self.deformation) * across))


def _in_unit_ball(keys: Indices, draws: Indices, dimensions: int) -> Points:
    """Draw uniformly in the unit ball: a direction, and a radius in proportion to the volume."""
    numbers = draws[:, None] * dimensions + np.arange(dimensions)
    drawn = normal("direction", np.repeat(keys, dimensions), numbers.ravel()).reshape(numbers.shape)
    norms = np.maximum(length(drawn), np.finfo(float).tiny)
    return np.asarray(drawn / norms * uniform("radius", keys, draws)[:, None] ** (1 / dimensions))


def _limits(part: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the least and largest value of new rows: a ball reaches beyond the rows there are."""
    if part.dtype.kind != "f":  # it may stand for a narrower type, or a decimal
        return lowest(part, axis=0), highest(part, axis=0)
    largest = np.finfo(part.dtype).max
    return -largest, largest
