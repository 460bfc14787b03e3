"""K-means of a sample, on the driver."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

__all__ = ["fit_kmeans"]

Indices = npt.NDArray[np.int64]

Points = npt.NDArray[np.float64]


def fit_kmeans(
    points: Points, clusters: int, counts: Indices | None = None, iterations: int = 25
) -> tuple[Points, Indices]:
    """Fit k-means, to the same centers however many threads there are.

    Parameters
    ----------
    points : float64 array of shape (n, d)
        In an order that does not depend on where they came from.
    clusters : int
        Clusters wanted; some share a center where there are fewer distinct points.
    counts : int64 array of shape (n,), optional
        How often each point stands there, by default once.
    iterations : int, default 25
        Most iterations.

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
        # Few distinct points are no fault.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(points, sample_weight=counts)
    return model.cluster_centers_, model.labels_.astype(np.int64)
