"""K-means of a sample; to import scikit-learn's takes longer than most plans."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from spark_smote.core.arrays import Array, Counts, Indices, Points
from spark_smote.core.distance.magnitude import without_outliers

__all__ = ["fit_kmeans", "move_centers", "nearest_centers", "score_columns", "score_rows"]

BLOCK = 2**19
"""Number of distances held at once: few enough to stay in a core's cache."""


def fit_kmeans(
    points: Points, clusters: int, counts: Counts | None = None, iterations: int = 25
) -> tuple[Points, Indices]:
    """Fit k-means; the centers do not depend on the number of threads.

    Parameters
    ----------
    points : float64 array of shape (n, d)
        In an order that does not depend on partitions.
    clusters : int
        Clusters wanted; some share a center if there are fewer distinct points.
    counts : int64 array of shape (n,), optional
        How often each point occurs, by default once.
    iterations : int, default 25
        Maximal number of iterations.

    Returns
    -------
    centers : float64 array of shape (min(clusters, n), d)
    labels : int64 array of shape (n,)
        The nearest center of each point.

    References
    ----------
    Arthur, Vassilvitskii: "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> import numpy as np
    >>> centers, labels = fit_kmeans(np.array([[0.0], [2.0], [9.0]]), 2)
    >>> sorted(centers.ravel().tolist()), bool(labels[0] == labels[1] != labels[2])
    ([1.0, 9.0], True)
    """
    counts = np.ones(len(points), np.int64) if counts is None else counts
    # A few rows far from all others must not take the digits of their differences.
    usual = without_outliers(points)
    mean = np.average(usual, axis=0, weights=counts)
    centered = usual - mean
    # Sums of several threads would depend on their number.
    with threadpool_limits(limits=1):
        centers = _distant_rows(centered, min(clusters, len(points)), counts)
        centers = move_centers(centered, centers, iterations, counts)
        labels, _ = nearest_centers(score_rows(centered), score_columns(centers))
    return centers + mean, labels


def _distant_rows(points: Points, number: int, counts: Counts) -> Points:
    """Select rows far from each other: k-means++, by the best of a few draws for each center."""
    random = np.random.default_rng(0)
    draws = 2 + int(np.log(number))
    squares, rows = np.einsum("ij,ij->i", points, points), score_rows(points)
    distances = np.full(len(points), np.inf)
    weights = counts.astype(np.float64)
    selected: list[np.intp] = []
    for _ in range(number):
        totals = np.cumsum(weights)
        drawn = np.searchsorted(totals, random.random(draws) * totals[-1])
        drawn = np.minimum(drawn, len(points) - 1)
        products = score_columns(points[drawn]).T @ rows.T
        nearest = np.clip(products + squares, 0.0, distances)
        best = (nearest @ counts).argmin()
        selected.append(drawn[best])
        distances = nearest[best]
        weights = distances * counts
    return points[selected]


def move_centers(
    points: Array, centers: Array, iterations: int, counts: Counts | None = None
) -> Array:
    """Move each center to the mean of the points nearest to it, until none moves or so often.

    Parameters
    ----------
    points : float array of shape (n, d)
    centers : float array of shape (c, d)
        Where they begin; one without points stays.
    iterations : int
    counts : int64 array of shape (n,), optional
        How often each point occurs, by default once.
    """
    rows, centers, before = score_rows(points), centers.copy(), None
    weighted = points if counts is None else points * counts[:, None]
    for _ in range(iterations):
        home, _ = nearest_centers(rows, score_columns(centers))
        if before is not None and np.array_equal(home, before):
            break
        order = np.argsort(home, kind="stable")
        present, starts, sizes = np.unique(home[order], return_index=True, return_counts=True)
        total = sizes if counts is None else np.add.reduceat(counts[order], starts)
        centers[present] = np.add.reduceat(weighted[order], starts) / total[:, None]
        before = home
    return centers


def score_rows(points: Array) -> Array:
    """Build the left factor of a product with `score_columns`: the scores of centers.

    A score is the squared distance to the center, less the point's own square.
    """
    return np.column_stack([points, np.ones(len(points), points.dtype)])


def score_columns(centers: Array) -> Array:
    """Build the right factor of a product with `score_rows`."""
    return np.vstack([-2 * centers.T, np.einsum("ij,ij->i", centers, centers)])


def nearest_centers(rows: Array, columns: Array) -> tuple[Indices, npt.NDArray[np.floating]]:
    """Find each row's nearest center, and its score."""
    home, scores = np.empty(len(rows), np.int64), np.empty(len(rows), rows.dtype)
    step = max(1, BLOCK // columns.shape[1])
    for start in range(0, len(rows), step):
        block = rows[start : start + step] @ columns
        nearest = block.argmin(axis=1)
        home[start : start + step] = nearest
        scores[start : start + step] = block[np.arange(len(block)), nearest]
    return home, scores
