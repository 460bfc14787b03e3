"""What every bucket of one class has to do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spark_smote.core.block import Block
from spark_smote.core.distance.categories import Category
from spark_smote.core.distance.metric import EUCLIDEAN, Metric
from spark_smote.core.distance.space import FeatureSpace, fit_space
from spark_smote.core.neighbors.approximate import approximate_neighbors
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.strategy.apportionment import CountsByKey
from spark_smote.core.strategy.quotas import Cutoff, Quota
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.star import Star

__all__ = ["ClassTask", "neighborhood", "space_of"]


@dataclass(frozen=True)
class ClassTask:
    """What every bucket of one class has to do.

    Attributes
    ----------
    quota : Quota
        Rows that the class makes.
    k : int
        Neighbors; 0 makes copies.
    distance_scaling : str
        One of `scaling.SCALINGS`.
    space : FeatureSpace or None
        Where distances are taken, where the class is hashed; None where one bucket holds it.
    cutoff : Cutoff or None
        Who makes one row more, where the class is hashed.
    interpolation : str
        One of `interpolation.INTERPOLATIONS`.
    categories : tuple of Category
        By categorical column.
    ball : Ball
        What is drawn from, where `interpolation` is "ball".
    shares : CountsByKey or None
        Who makes how many rows, where that is not the same for all.
    safe : CountsByKey or None
        Safe levels, where new rows lie nearer to the safer end.
    metric : Metric
        What neighbors are nearest by.
    star : Star or None
        What is drawn towards, where `interpolation` is "star" and the class is hashed.
    """

    quota: Quota
    k: int
    distance_scaling: str
    space: FeatureSpace | None = None
    cutoff: Cutoff | None = None
    interpolation: str = "segment"
    categories: tuple[Category, ...] = ()
    ball: Ball = field(default_factory=Ball)
    metric: Metric = EUCLIDEAN
    shares: CountsByKey | None = None
    safe: CountsByKey | None = None

    @property
    def needs_cutoff(self) -> bool:
        """Whether a remainder falls to the rows with the highest keys."""
        return self.shares is None and self.quota.extra > 0

    def made_by(self, rows: Block) -> npt.NDArray[np.int64]:
        """Give the number of rows that each row of a block makes; a guest makes none."""
        if self.shares is not None:
            made = self.shares.of(rows.keys)
        else:
            made = self.quota.rows_per_base(rows.keys, rows.counts, self.cutoff)
        return np.where(rows.home, made, 0)

    star: Star | None = None


def space_of(rows: Block, task: ClassTask) -> FeatureSpace:
    """Give the space of the class, all of which one bucket holds where none is given."""
    if task.space:
        return task.space
    return fit_space(rows.values, rows.counts, task.distance_scaling, task.categories, task.metric)


def neighborhood(
    rows: Block,
    task: ClassTask,
    space: FeatureSpace,
    base: npt.NDArray[np.int64],
    asked: npt.NDArray[np.int64] | None = None,
    high_recall: bool = False,
) -> Neighborhood:
    """Find the neighbors of the rows at positions `base`, or those asked for, in the bucket."""
    of = base if asked is None else base[asked]
    if not task.k:
        return Neighborhood(of, np.empty((len(of), 0), np.int64), rows.counts, 0)
    points = space.transform(rows.values)
    if task.space is None:
        index = nearest_neighbors(points, of, task.k, space.norm)
    else:
        index = approximate_neighbors(points, base, task.k, asked, space.norm, high_recall)
    return Neighborhood(of, index, rows.counts, task.k)
