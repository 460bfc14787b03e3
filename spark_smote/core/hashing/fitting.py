"""Fit the hash on the driver: balanced k-means cells of a sample, and the margin for guests."""

from __future__ import annotations

import math

import numpy as np
from threadpoolctl import threadpool_limits

from spark_smote.core.arrays import Floats, Points
from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.grid import grid_unit, to_grid
from spark_smote.core.kmeans import fit_kmeans
from spark_smote.core.neighbors.approximate import NEIGHBOR_RECALL
from spark_smote.core.neighbors.exact import nearest_neighbors

__all__ = ["fit_hash", "recall_in_bucket"]

THRESHOLD_ROWS = 16_384
"""Number of sample rows from which the margin is estimated."""

THRESHOLD_VALUES = 2**24
"""Maximal number of coordinates of these rows' neighbors: a copy of them takes 128 MB."""

MISSED_BY_HASH = 1 / 2
"""Part of the neighbors that may be missed that need not meet their base in its home bucket."""

LARGE_CELL = 1.5
"""Rows of a cell, in those of a mean one, from which it is split: the last task would be its."""

DENSITY_ROWS = 256
"""Number of sample rows, of about one density, that share an estimate of their dimension."""

MIN_INVERSE_DIMENSION = 1e-3
"""Minimal inverse of a dimension: neighbors of one distance would not shrink at all."""

MAX_REPLICATION = 3.0
"""Maximal mean number of buckets that a row is sent to, if the user sets none."""


def fit_hash(
    sample: Points,
    fraction: float,
    cells: int,
    k: int,
    replication: float | None,
    fewest: int,
    norm: Norm = EUCLIDEAN_NORM,
    recall: float = NEIGHBOR_RECALL,
) -> CellHash:
    """Fit the hash of one class.

    Parameters
    ----------
    sample : float64 array of shape (s, d)
        Distinct rows, scaled, in an order that does not depend on partitions.
    fraction : float
        Fraction of the class that is in the sample, in (0, 1].
    cells : int
        Cells wanted, of about equal numbers of rows.
    k : int
        Neighbors that should meet their base in its home bucket.
    replication : float or None
        Mean number of buckets that a row is sent to, at least 1; None for as many as needed.
    fewest : int
        Minimal number of sample rows of a cell, at least k + 1. Sample rows are rows of the
        class, so they are in the bucket when it is searched.
    norm : Norm, optional
        Norm of the neighbors' distances; cells are euclidean.
    recall : float, optional
        Share of the neighbors to find.

    References
    ----------
    Paulevé, Jégou, Amsaleg: "Locality sensitive hashing: a comparison of hash function types
    and querying mechanisms", Pattern Recognition Letters 31, 2010.
    """
    unit = grid_unit(sample)
    with threadpool_limits(limits=1):  # sums of several threads would depend on their number
        centers = np.unique(to_grid(_balanced_centers(sample, cells), unit), axis=0)
        fitted = CellHash(unit, _without_small(sample, centers, unit, fewest), 0.0)
        most = replication or (MAX_REPLICATION if k else 1.0)
        margin, met = _boundary_margin(fitted, sample, most), 1.0
        if margin and replication is None:
            margins = _neighbor_margins(fitted, sample, fraction, k, norm)
            margin = min(margin, float(np.quantile(margins, _least_met(recall))))
            met = float(np.mean(margins <= margin))
    return CellHash(unit, fitted.centers, margin, met)


def recall_in_bucket(cells: CellHash, recall: float) -> float:
    """Compute the share to find of the neighbors that meet their base, for a share of all."""
    return recall / max(cells.met, _least_met(recall))


def _least_met(recall: float) -> float:
    """Compute the share of the neighbors that must meet their base for a share to be found."""
    return 1 - MISSED_BY_HASH * (1 - recall)


def _balanced_centers(sample: Points, cells: int) -> Points:
    """Fit k-means, and again within every cell that is large."""
    mean_rows = len(sample) / cells
    pending, centers = [(sample, cells)], []
    while pending:
        rows, wanted = pending.pop()
        local_centers, labels = fit_kmeans(rows, wanted)
        for cell, center in enumerate(local_centers):
            members = rows[labels == cell]
            is_large = len(members) > LARGE_CELL * mean_rows and len(members) < len(rows)
            if is_large and np.ptp(members, axis=0).any():
                pending.append((members, math.ceil(len(members) / mean_rows)))
            else:
                centers.append(center)
    return np.array(centers)


def _without_small(sample: Points, centers: Points, unit: float, fewest: int) -> Points:
    """Drop the smallest cell, whose rows go to cells nearby, until each has `fewest` rows.

    The largest comes first: Spark begins with it, and waits for the last one to end.
    """
    while True:
        sizes = np.bincount(CellHash(unit, centers, 0.0).home(sample), minlength=len(centers))
        if len(centers) == 1 or sizes.min() >= fewest:
            return centers[np.argsort(-sizes, kind="stable")]
        centers = np.delete(centers, sizes.argmin(), axis=0)


def _boundary_margin(cells: CellHash, sample: Points, replication: float) -> float:
    """Find the margin at which the sample's rows are sent to `replication` cells on average."""
    guests = round((replication - 1) * min(len(sample), THRESHOLD_ROWS))
    if not guests or len(cells.centers) == 1:
        return 0.0
    squares = cells.squares(sample[:THRESHOLD_ROWS])
    margins = cells.margins(squares, squares.argmin(axis=1)).ravel()
    guests = min(guests, int(np.isfinite(margins).sum()) - 1)
    return float(np.partition(margins, guests)[guests])


def _neighbor_margins(
    cells: CellHash, sample: Points, fraction: float, k: int, norm: Norm
) -> Floats:
    """Estimate the margins from which the k nearest rows of the whole class meet their base.

    A row's neighbors in the class are distributed as those in the sample, but nearer: in m
    dimensions, distances shrink by the m-th root of the sample's fraction. Where rows are sparse,
    m is often larger than where they are dense, and it is there that neighbors lie across a
    boundary.
    """
    k = min(k, len(sample) - 2)
    most = min(THRESHOLD_ROWS // k, THRESHOLD_VALUES // (2 * k * sample.shape[1]))
    rows = sample[: max(1, most)]
    index = nearest_neighbors(sample, np.arange(len(rows)), 2 * k, norm)
    differences = sample[index] - rows[:, None]
    shrinkage = fraction ** _inverse_dimensions(norm.lengths(differences))
    neighbors = rows[:, None] + shrinkage[:, None, None] * differences[:, :k]
    squares = cells.squares(neighbors.reshape(len(rows) * k, -1))
    margins = cells.margins(squares, squares.argmin(axis=1))
    home = cells.home(rows).repeat(k)
    to_base = margins[np.arange(len(margins)), home]
    to_base[np.isinf(to_base)] = 0.0
    return to_base


def _inverse_dimensions(distances: Floats) -> Floats:
    """Estimate one over the intrinsic dimension about each row, from its neighbors' distances.

    Rows that are as far from their neighbors share an estimate.

    References
    ----------
    Levina, Bickel: "Maximum likelihood estimation of intrinsic dimension", NIPS 2004, with the
    inverses averaged as MacKay and Ghahramani comment on it, 2005.
    """
    distances = np.maximum(distances, np.finfo(float).tiny)
    inverses: Floats = np.log(distances[:, -1:] / distances[:, :-1]).mean(axis=1)
    densest_first = np.argsort(distances[:, -1], kind="stable")
    for rows in np.array_split(densest_first, math.ceil(len(distances) / DENSITY_ROWS)):
        inverses[rows] = max(inverses[rows].mean(), MIN_INVERSE_DIMENSION)
    return inverses
