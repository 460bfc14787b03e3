"""Clusters of a table's rows, and what they are worth to a class that makes new ones in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from spark_smote.core.distance.space import FeatureSpace, fit_space
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.grid import grid_unit, to_grid
from spark_smote.core.hashing.kmeans import fit_kmeans

__all__ = ["Clustering", "Clusters", "cluster_weights", "fit_clusters", "mean_distance"]

WEIGHT_BITS = 50
"""Bits of the largest weight."""

ITERATIONS = 300
"""Most iterations of k-means: here clusters are what is asked for, not a means."""

Floats = npt.NDArray[np.float64]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Clustering:
    """In which clusters a class makes new rows, and how many.

    Attributes
    ----------
    clusters : int
    threshold : float or None
        Least share of a cluster that is of the class; None for half of the share that the class
        has in the rows to make.
    exponent : float or None
        Power of the mean distance that counts; None for one that grows with the rows.

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
    """Cells of the space of all rows."""

    space: FeatureSpace
    cells: CellHash

    def __len__(self) -> int:
        return len(self.cells.centers)

    def of(self, values: Sequence[npt.NDArray[Any]]) -> Indices:
        """Give the cluster of rows, by their features."""
        return self.cells.home(self.space.transform(values))


def fit_clusters(
    values: Sequence[npt.NDArray[Any]], counts: Indices, kind: str, clusters: int
) -> Clusters:
    """Fit k-means to a sample of all rows.

    Parameters
    ----------
    values : sequence of arrays of shape (n, d₁), (n, d₂), …
        Features of distinct rows, in an order that does not depend on where they came from.
    counts : int64 array of shape (n,)
        How often each stands there.
    kind : str
        One of `scaling.SCALINGS`.
    clusters : int
        Clusters wanted; there are fewer where the sample has no more distinct rows.
    """
    space = fit_space(values, counts, kind)
    points = space.transform(values)
    unit = grid_unit(points)
    centers, _ = fit_kmeans(points, clusters, counts, ITERATIONS)
    return Clusters(space, CellHash(unit, np.unique(to_grid(centers, unit), axis=0), 0.0))


def mean_distance(points: Floats, counts: Indices) -> float:
    """Average the distances between all rows, of which each point stands for some.

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
        apart = pairwise_distances(points)
    np.fill_diagonal(apart, 0.0)  # where rounding leaves something
    return float(counts @ apart @ counts / (rows**2 - rows))


def cluster_weights(means: Floats, sizes: Indices, exponent: float | None) -> Indices:
    """Weigh clusters by how sparse a class is in them: meanᵉ / size.

    Parameters
    ----------
    means : float64 array of shape (c,)
        Mean distance of the class's rows in each cluster.
    sizes : int64 array of shape (c,)
        Their number.
    exponent : float or None
        None for 0.16 · log₁.₆(size)^1.8, as imbalanced-learn has it.

    Returns
    -------
    int64 array of shape (c,)
        In proportion, the largest 2⁵⁰.

    Examples
    --------
    >>> import numpy as np
    >>> cluster_weights(np.array([1.0, 2.0]), np.array([10, 20]), 1.0) / 2**50
    array([1., 1.])
    """
    powers = np.log(sizes) ** 1.8 / np.log(1.6) ** 1.8 * 0.16
    if exponent is not None:
        powers = np.full(len(sizes), exponent)
    with np.errstate(divide="ignore", invalid="ignore"):  # logarithms, as powers could overflow
        logs = np.where(powers > 0, powers * np.log(means), 0.0)
    if np.isneginf(logs).all():  # nothing but twins
        logs = np.zeros(len(sizes))
    logs = logs - np.log(sizes)
    return cast(Indices, np.rint(np.exp(logs - logs.max()) * 2**WEIGHT_BITS).astype(np.int64))
