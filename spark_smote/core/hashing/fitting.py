"""The locality-sensitive hash: k-means cells fitted on a sample, and guests near boundaries."""

from __future__ import annotations

import math

import numpy as np
from threadpoolctl import threadpool_limits

from spark_smote.core.arrays import Points
from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.grid import grid_unit, to_grid
from spark_smote.core.hashing.kmeans import fit_kmeans
from spark_smote.core.neighbors.exact import nearest_neighbors

__all__ = ["fit_hash"]

THRESHOLD_ROWS = 16_384
"""Sample rows that set the boundary margin."""

HELD, MOST_REPLICATION = 0.9995, 3.0
"""Share of neighbors to meet in a bucket, and the buckets a row may be sent to for it."""


def fit_hash(
    sample: Points,
    share: float,
    cells: int,
    k: int,
    replication: float | None,
    fewest: int,
    norm: Norm = EUCLIDEAN_NORM,
) -> CellHash:
    """Fit the hash of one class.

    Parameters
    ----------
    sample : float64 array of shape (s, d)
        Distinct rows, scaled, in an order that does not depend on where they came from.
    share : float
        Share of the class that the sample is, in (0, 1].
    cells : int
        Cells wanted; each holds about as many rows.
    k : int
        Neighbors that are to meet their base in a bucket.
    replication : float or None
        Buckets that a row is sent to on average, at least 1; None for as many as it takes.
    fewest : int
        Sample rows that a cell must hold, k + 1 at least: being rows of the class, they are
        there when the cell is searched.
    norm : Norm, optional
        What neighbors are nearest by; cells are euclidean.

    References
    ----------
    Paulevé, Jégou, Amsaleg: "Locality sensitive hashing: a comparison of hash function types
    and querying mechanisms", Pattern Recognition Letters 31, 2010.
    """
    unit = grid_unit(sample)
    with threadpool_limits(limits=1):  # sums of several threads would depend on their number
        centers = np.unique(to_grid(_balanced_centers(sample, cells), unit), axis=0)
        fitted = CellHash(unit, _drop_small(sample, centers, unit, fewest), 0.0)
        margin = _boundary_margin(fitted, sample, replication or MOST_REPLICATION)
        if margin and replication is None:
            margin = min(margin, _neighbor_margin(fitted, sample, share, k, norm) if k else 0.0)
    return CellHash(unit, fitted.centers, margin)


def _balanced_centers(sample: Points, cells: int) -> Points:
    """K-means, then k-means again inside every cell of more than twice its share."""
    share = len(sample) / cells
    pending, centers = [(sample, cells)], []
    while pending:
        rows, wanted = pending.pop()
        found, labels = fit_kmeans(rows, wanted)
        for cell, center in enumerate(found):
            members = rows[labels == cell]
            too_many = len(members) > 2 * share and len(members) < len(rows)
            if too_many and np.ptp(members, axis=0).any():
                pending.append((members, math.ceil(len(members) / share)))
            else:
                centers.append(center)
    return np.array(centers)


def _drop_small(sample: Points, centers: Points, unit: float, fewest: int) -> Points:
    """Drop the emptiest cell, whose rows go to the cells around it, until all hold enough."""
    while len(centers) > 1:
        sizes = np.bincount(CellHash(unit, centers, 0.0).home(sample), minlength=len(centers))
        if sizes.min() >= fewest:
            break
        centers = np.delete(centers, sizes.argmin(), axis=0)
    return centers


def _boundary_margin(cells: CellHash, sample: Points, replication: float) -> float:
    """Find the margin at which the sample is sent `replication` times on average."""
    guests = round((replication - 1) * min(len(sample), THRESHOLD_ROWS))
    if not guests or len(cells.centers) == 1:
        return 0.0
    scores = cells._scores(sample[:THRESHOLD_ROWS])
    margins = cells._margins(scores, scores.argmin(axis=1)).ravel()
    guests = min(guests, int(np.isfinite(margins).sum()) - 1)
    return float(np.partition(margins, guests)[guests])


def _neighbor_margin(cells: CellHash, sample: Points, share: float, k: int, norm: Norm) -> float:
    """Find the margin at which enough rows would meet their k nearest in the whole class.

    A sample row's neighbors in the class lie as those in the sample do, but nearer: in m
    dimensions, distances shrink by the m-th root of the sample's share.
    """
    k = min(k, len(sample) - 2)
    base = np.arange(min(len(sample), max(1, THRESHOLD_ROWS // k)))
    near = nearest_neighbors(sample, base, 2 * k, norm)
    away = sample[near] - sample[base][:, None]
    shrunk = sample[base][:, None] + share ** (1 / _dimension(away, norm)) * away[:, :k]
    scores = cells._scores(shrunk.reshape(len(base) * k, -1))
    margins = cells._margins(scores, scores.argmin(axis=1))
    to_base = margins[np.arange(len(margins)), cells.home(sample[base]).repeat(k)]
    to_base[np.isinf(to_base)] = 0.0
    return float(np.quantile(to_base, HELD))


def _dimension(away: Points, norm: Norm) -> float:
    """Estimate the intrinsic dimension from the ways to nearest neighbors.

    References
    ----------
    Levina, Bickel: "Maximum likelihood estimation of intrinsic dimension", NIPS 2004.
    """
    apart = np.maximum(norm.lengths(away), np.finfo(float).tiny)
    logs = np.log(apart[:, -1:] / apart[:, :-1])
    inverse = logs.sum(axis=1).mean() / max(logs.shape[1] - 1, 1)
    return float(1 / max(inverse, 1e-3))
