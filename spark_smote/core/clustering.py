"""Clusters of all rows for k-means SMOTE, and the weights of a class's clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from threadpoolctl import threadpool_limits

from spark_smote.core.arrays import Array, Counts, Floats, Indices, Points
from spark_smote.core.distance.space import FeatureSpace, fit_space
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.grid import grid_unit, to_grid
from spark_smote.core.kmeans import fit_kmeans

__all__ = ["Clustering", "Clusters", "cluster_weights", "fit_clusters", "mean_distance"]

WEIGHT_BITS = 50
"""Binary logarithm of the largest weight."""

MAX_ITERATIONS = 300
"""Maximal number of k-means iterations: more than for the hash, as the clusters matter here."""


@dataclass(frozen=True)
class Clustering:
    """The parameters of k-means SMOTE.

    Attributes
    ----------
    clusters : int
        Number of clusters of all rows.
    threshold : float or None
        Minimal fraction of a cluster's rows that are of the class, for it to make new rows there;
        None for half of the class's fraction of the rows to make.
    exponent : float or None
        Exponent of the mean distance in the weight of a cluster; None for one that grows with
        the number of rows.

    References
    ----------
    Douzas, Bacao, Last: "Improving imbalanced learning through a heuristic oversampling method
    based on k-means and SMOTE", Information Sciences 465, 2018.
    """

    clusters: int
    threshold: float | None
    exponent: float | None


@dataclass(frozen=True)
class Clusters:
    """The clusters of all rows: cells of a hash of their feature space."""

    space: FeatureSpace
    cells: CellHash

    def __len__(self) -> int:
        return len(self.cells.centers)

    def of(self, values: Sequence[Array]) -> Indices:
        """Find the cluster of each row."""
        return self.cells.home(self.space.transform(values))


def fit_clusters(
    values: Sequence[Array],
    counts: Counts,
    kind: str,
    clusters: int,
    units: Floats | None = None,
) -> Clusters:
    """Fit k-means to a sample of all rows.

    Parameters
    ----------
    values : sequence of arrays of shape (n, d₁), (n, d₂), …
        Features of distinct rows, in an order that does not depend on partitions.
    counts : int64 array of shape (n,)
        How often each row occurs.
    kind : str
        One of `scaling.SCALINGS`.
    clusters : int
        Clusters wanted; there are fewer if the sample has fewer distinct rows.
    units : float64 array of shape (d,), optional
        As `fit_space` has them.
    """
    space = fit_space(values, counts, kind, units=units)
    points = space.transform(values)
    unit = grid_unit(points)
    centers, _ = fit_kmeans(points, clusters, counts, MAX_ITERATIONS)
    return Clusters(space, CellHash(unit, np.unique(to_grid(centers, unit), axis=0), 0.0))


def mean_distance(points: Points, counts: Counts) -> float:
    """Compute the mean distance between all pairs of rows; each point stands for `counts` rows.

    Examples
    --------
    >>> import numpy as np
    >>> mean_distance(np.array([[0.0], [3.0]]), np.array([1, 2]))
    2.0
    """
    from sklearn.metrics import pairwise_distances

    rows = int(counts.sum())
    if rows < 2:
        return 0.0
    with threadpool_limits(limits=1):
        distances = pairwise_distances(points)
    np.fill_diagonal(distances, 0.0)  # they may differ from 0 by rounding
    return float(counts @ distances @ counts / (rows**2 - rows))


def cluster_weights(means: Floats, sizes: Counts, exponent: float | None) -> Counts:
    """Compute the weights of clusters by the sparsity of a class in them: meanᵉ / size.

    Parameters
    ----------
    means : float64 array of shape (c,)
        Mean distance of the class's rows in each cluster.
    sizes : int64 array of shape (c,)
        Number of the class's rows in each cluster.
    exponent : float or None
        The exponent e; None for 0.16 · log₁.₆(size)^1.8, as in imbalanced-learn.

    Returns
    -------
    int64 array of shape (c,)
        Whole numbers in proportion to the weights; the largest is 2⁵⁰.

    Examples
    --------
    >>> import numpy as np
    >>> cluster_weights(np.array([1.0, 2.0]), np.array([10, 20]), 1.0) / 2**50
    array([1., 1.])
    """
    exponents = np.log(sizes) ** 1.8 / np.log(1.6) ** 1.8 * 0.16
    if exponent is not None:
        exponents = np.full(len(sizes), exponent)
    with np.errstate(divide="ignore", invalid="ignore"):  # logarithms, as powers could overflow
        logs = np.where(exponents > 0, exponents * np.log(means), 0.0)
    if np.isneginf(logs).all():  # all rows of each cluster are identical
        logs = np.zeros(len(sizes))
    logs = logs - np.log(sizes)
    return cast(Counts, np.rint(np.exp(logs - logs.max()) * 2**WEIGHT_BITS).astype(np.int64))
