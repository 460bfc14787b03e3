"""K-means of a sample with scikit-learn, on the driver."""

from __future__ import annotations

import warnings

import numpy as np
from threadpoolctl import threadpool_limits

from spark_smote.core.arrays import Counts, Indices, Points
from spark_smote.core.distance.magnitude import without_outliers

__all__ = ["fit_kmeans"]


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

    Examples
    --------
    >>> import numpy as np
    >>> centers, labels = fit_kmeans(np.array([[0.0], [2.0], [9.0]]), 2)
    >>> sorted(centers.ravel().tolist()), bool(labels[0] == labels[1] != labels[2])
    ([1.0, 9.0], True)
    """
    # Here, as workers assign rows without it.
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    clusters = min(clusters, len(points))
    model = KMeans(clusters, n_init=1, max_iter=iterations, random_state=0)
    # Sums of several threads would depend on their number.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        # Fewer distinct points than clusters are no fault.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # It shifts all rows by their mean, of which a few must not take their differences.
        model.fit(without_outliers(points), sample_weight=counts)
    return model.cluster_centers_, model.labels_.astype(np.int64)
