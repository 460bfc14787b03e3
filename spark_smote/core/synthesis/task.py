"""What every bucket of one class has to do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spark_smote.core.arrays import Floats, Indices
from spark_smote.core.block import Block
from spark_smote.core.distance.categories import Category
from spark_smote.core.distance.metric import EUCLIDEAN, Metric
from spark_smote.core.distance.space import FeatureSpace, fit_space
from spark_smote.core.neighbors.approximate import NEIGHBOR_RECALL, approximate_neighbors
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.neighbors.ties import search_with_ties
from spark_smote.core.randomness import uniform
from spark_smote.core.strategy.apportionment import CountsByKey
from spark_smote.core.strategy.quotas import Cutoff, Quota
from spark_smote.core.synthesis.gap import Gap
from spark_smote.core.synthesis.interpolation import Interpolation, Segment

__all__ = ["ClassTask"]


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
        Where distances are measured, if the class is hashed; None if one bucket holds it.
    cutoff : Cutoff or None
        Which rows make one row more, if the class is hashed.
    interpolation : Interpolation
        Where new rows lie.
    gap : Gap
        How far from their base.
    categories : tuple of Category
        By categorical column.
    metric : Metric
        What neighbors are nearest by.
    weights : CountsByKey or None
        How many rows each row makes, if that is not the same for all.
    units : float64 array or None
        As `fit_space` has them.
    recall : float, default `NEIGHBOR_RECALL`
        Share of the neighbors to find, about, if the class is hashed.
    """

    quota: Quota
    k: int
    distance_scaling: str
    space: FeatureSpace | None = None
    cutoff: Cutoff | None = None
    interpolation: Interpolation = field(default_factory=Segment)
    gap: Gap = field(default_factory=Gap)
    categories: tuple[Category, ...] = ()
    metric: Metric = EUCLIDEAN
    weights: CountsByKey | None = None
    units: Floats | None = None
    recall: float = NEIGHBOR_RECALL

    @property
    def needs_cutoff(self) -> bool:
        """Whether a remainder falls to the rows with the highest keys."""
        return self.weights is None and self.quota.extra > 0

    def rows_per_base(self, block: Block) -> Indices:
        """Count the rows that each row of a block makes; a guest makes none."""
        if self.weights is not None:
            rows = self.weights.of(block.keys)
        else:
            rows = self.quota.rows_per_base(block.keys, block.counts, self.cutoff)
        return np.where(block.home, rows, 0)

    def space_for(self, block: Block) -> FeatureSpace:
        """Return the space of the class, fitted to a block that holds all of it if need be."""
        if self.space:
            return self.space
        return fit_space(
            block.values,
            block.counts,
            self.distance_scaling,
            self.categories,
            self.metric,
            self.units,
        )

    def search(
        self,
        block: Block,
        space: FeatureSpace,
        base: Indices,
        queries: Indices | None = None,
        high_recall: bool = False,
    ) -> Neighborhood:
        """Find the neighbors of some rows in their bucket.

        Where rows of one place may differ, in class or category, ties are divided among them.

        Parameters
        ----------
        block : Block
            All rows of the bucket.
        space : FeatureSpace
        base : int64 array
            Positions of the rows that may search.
        queries : int64 array, optional
            Positions in `base` of those that do; all by default.
        high_recall : bool, default False
            Whether to search among more candidates, as rows of other classes lie far from a cell.
        """
        searching = base if queries is None else base[queries]
        if not self.k:
            none = np.empty((len(searching), 0), np.int64)
            return Neighborhood(searching, none, block.counts, 0)
        points = space.transform(block.values)

        def nearest(rows: Indices, k: int) -> Indices:
            if self.space is None:
                return nearest_neighbors(points, searching[rows], k, space.norm)
            asking = rows if queries is None else queries[rows]
            return approximate_neighbors(
                points, base, k, asking, space.norm, self.recall, high_recall
            )

        if block.labels is None and not self.categories:
            # Rows at one place are alike, and a tie is settled by keys.
            every = np.arange(len(searching))
            return Neighborhood(searching, nearest(every, self.k), block.counts, self.k)
        draws = uniform("tie", block.keys[searching], np.zeros(len(searching), np.int64))
        return search_with_ties(nearest, points, searching, self.k, block.counts, draws, space.norm)
