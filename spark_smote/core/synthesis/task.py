"""What every bucket of one class has to do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spark_smote.core.block import Block
from spark_smote.core.distance.categories import Category
from spark_smote.core.distance.metric import EUCLIDEAN, Metric
from spark_smote.core.distance.space import Space, fit_space
from spark_smote.core.neighbors.approximate import near_neighbors
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighbourhood
from spark_smote.core.strategy.apportionment import ByKey
from spark_smote.core.strategy.quotas import Cutoff, Quota
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.star import Star

__all__ = ["ClassTask", "neighbourhood", "space_of"]


@dataclass(frozen=True)
class ClassTask:
    """What every bucket of one class has to do.

    Attributes
    ----------
    quota : Quota
        Rows that the class makes.
    k : int
        Neighbours; 0 makes copies.
    distance_scaling : str
        One of `scaling.SCALINGS`.
    space : Space or None
        Where distances are taken, where the class is hashed; None where one bucket holds it.
    cutoff : Cutoff or None
        Who makes one row more, where the class is hashed.
    drawing : str
        One of `interpolation.DRAWINGS`.
    categories : tuple of Category
        By categorical column.
    ball : Ball
        What is drawn from, where `drawing` is "ball".
    shares : ByKey or None
        Who makes how many rows, where that is not the same for all.
    safe : ByKey or None
        Safe levels, where new rows lie nearer to the safer end.
    metric : Metric
        What neighbours are nearest by.
    star : Star or None
        What is drawn towards, where `drawing` is "star" and the class is hashed.
    """

    quota: Quota
    k: int
    distance_scaling: str
    space: Space | None = None
    cutoff: Cutoff | None = None
    drawing: str = "segment"
    categories: tuple[Category, ...] = ()
    ball: Ball = field(default_factory=Ball)
    metric: Metric = EUCLIDEAN
    shares: ByKey | None = None
    safe: ByKey | None = None

    @property
    def needs_cutoff(self) -> bool:
        """Whether a remainder falls to the rows with the highest keys."""
        return self.shares is None and self.quota.extra > 0

    def made_by(self, rows: Block) -> npt.NDArray[np.int64]:
        """Give the number of rows that each row of a block makes; a guest makes none."""
        if self.shares is not None:
            made = self.shares.of(rows.keys)
        else:
            made = self.quota.share(rows.keys, rows.counts, self.cutoff)
        return np.where(rows.home, made, 0)

    star: Star | None = None


def space_of(rows: Block, task: ClassTask) -> Space:
    """Give the space of the class, all of which one bucket holds where none is given."""
    if task.space:
        return task.space
    return fit_space(rows.values, rows.counts, task.distance_scaling, task.categories, task.metric)


def neighbourhood(
    rows: Block,
    task: ClassTask,
    space: Space,
    base: npt.NDArray[np.int64],
    asked: npt.NDArray[np.int64] | None = None,
    thorough: bool = False,
) -> Neighbourhood:
    """Find the neighbours of the rows at positions `base`, or those asked for, in the bucket."""
    of = base if asked is None else base[asked]
    if not task.k:
        return Neighbourhood(of, np.empty((len(of), 0), np.int64), rows.counts, 0)
    points = space.place(rows.values)
    if task.space is None:
        index = nearest_neighbors(points, of, task.k, space.norm)
    else:
        index = near_neighbors(points, base, task.k, asked, space.norm, thorough)
    return Neighbourhood(of, index, rows.counts, task.k)
