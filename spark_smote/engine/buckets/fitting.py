"""The hashes of large classes, fitted on a sample that depends on nothing but the rows."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.arrays import Array, Counts, Floats, Points
from spark_smote.core.distance.metric import Metric
from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.distance.space import fit_space
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.fitting import fit_hash, recall_in_bucket
from spark_smote.core.hashing.key_hash import KeyHash, even_parts
from spark_smote.core.neighbors.approximate import NEIGHBOR_RECALL
from spark_smote.core.strategy.quotas import Quota, bin_shift, cutoff_bin
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.capacity import Capacity, capacity_for, refuse_size
from spark_smote.engine.buckets.layout import ClassBuckets
from spark_smote.engine.scan.checking import Checked
from spark_smote.engine.scan.sampling import MORE_SAMPLE, SampleSpec, likely_cutoff_bins
from spark_smote.exceptions import ResamplingError

__all__ = ["SearchSettings", "fit_cells", "fit_classes", "initial_sample_spec", "sample_rows"]

logger = logging.getLogger(__name__)

CELL_SAMPLE = 128
"""Sample rows for each cell."""

SAMPLE_BYTES = 64 * 2**20
"""Most memory of all sample rows on the driver."""

INITIAL_SAMPLE_ROWS = 8192
"""Sample rows of a class that are read before it is known how many features they have."""

MIN_CELL_SAMPLE = 16
"""Sample rows that a cell must hold, where k does not need more."""

FEW_CELLS = 32
"""Cells of one class before its buckets grow: each boundary needs guests."""

MAX_CELLS = 2048
"""Most cells of one class."""

MAX_OVERFLOW = 2
"""How many times its capacity a bucket may hold by growing, guests included."""

COUNTED_PART = 0.8
"""Part of what a task can hold that wide cells may hold by a sample, which is small."""

MIN_COUNTED = 100
"""Sample rows by which wide cells are counted, at least."""


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """Parameters of a search for neighbors; see `SMOTE` for their meaning.

    `units` are those of the table that is searched, as `fit_space` has them.
    """

    k: int
    distance_scaling: str
    metric: Metric
    recall: float
    replication: float | None
    bucket_size: int | None
    seed: int
    units: Floats | None = None

    def capacity(self, n_coordinates: int) -> Capacity:
        """Return how many rows a bucket may hold, if these have so many coordinates."""
        return capacity_for(n_coordinates, self.bucket_size, self.k, self.recall == 1)


def initial_sample_spec(quotas: Sequence[Quota], settings: SearchSettings) -> SampleSpec:
    """Select what the check also reads, before the number of features is known."""
    capacity = settings.capacity(1).rows
    large = {n: quota for n, quota in enumerate(quotas) if quota.size > capacity}
    fractions = {
        n: min(INITIAL_SAMPLE_ROWS, sample_rows(quota.size, capacity, 1)) / quota.size
        for n, quota in large.items()
    }
    shift = bin_shift(sum(quota.extra > 0 for quota in quotas))
    likely = {n: likely_cutoff_bins(quota, shift) for n, quota in large.items()}
    return SampleSpec(fractions, {n: bins for n, bins in likely.items() if bins}, shift)


def fit_classes(
    rows: DataFrame,
    tasks: Mapping[int, ClassTask],
    checked: Checked,
    n_coordinates: int,
    capacity: Capacity,
    replication: float | None,
) -> dict[int, tuple[ClassBuckets, tuple[int, ...]]]:
    """Fit the hashes of the classes numbered in `tasks`, in one Spark job at most.

    Parameters
    ----------
    rows : DataFrame
        Rows of the classes, as `FeatureTable.rows_of` selects them.
    tasks : mapping of int to ClassTask
        The classes that do not fit one bucket, by number.
    checked : Checked
        What is known of them; what else is needed is read.
    n_coordinates : int
        Coordinates of a row where distances are measured.
    capacity : Capacity
    replication : float or None
        Buckets that a row is sent to on average; None for as many as neighbors need.

    Returns
    -------
    dict of int to (ClassBuckets, tuple of int)
        The buckets, and the rows expected in each.
    """
    cutoffs = {
        number: cutoff_bin(checked.bins[number], task.quota.extra)[0]
        for number, task in tasks.items()
        if task.needs_cutoff
    }
    fractions = {
        number: min(
            1.0, sample_rows(task.quota.size, capacity.rows, n_coordinates) / task.quota.size
        )
        for number, task in tasks.items()
    }
    shift = checked.sample.spec.shift
    needed = SampleSpec(fractions, {n: (bin_, bin_) for n, bin_ in cutoffs.items()}, shift)
    known, missing = checked.sample, needed.minus(checked.sample.spec)
    read = missing.collect(rows, known.arrays) if missing else known
    fitted = {}
    for number, task in tasks.items():
        cutoff = None
        if number in cutoffs:
            source = read if number in missing.bins else known
            cutoff = source.cutoff(number, checked.bins[number], task.quota.extra)
        source = read if number in missing.fractions else known
        fraction = fractions[number]
        while fraction < 1 and not source.holds(number, fraction):
            fraction = min(1.0, MORE_SAMPLE * fraction)
            source = SampleSpec({number: fraction}, {}).collect(rows, known.arrays)
        sample = source.features(number, fraction)
        fitted[number] = _fit_class(*sample, replace(task, cutoff=cutoff), capacity, replication)
    return fitted


def _fit_class(
    values: Sequence[Array],
    counts: Counts,
    task: ClassTask,
    capacity: Capacity,
    replication: float | None,
) -> tuple[ClassBuckets, tuple[int, ...]]:
    """Fit the space, the interpolation and the hash of one class to a sample of it."""
    quota = task.quota
    scaling, units = task.distance_scaling, task.units
    space = fit_space(values, counts, scaling, task.categories, task.metric, units)
    points = space.transform(values)
    interpolation = task.interpolation.fit(space.numeric(values), counts)
    fraction = float(counts.sum()) / quota.size
    # If no row searches, none is a guest.
    sent = replication if task.k else 1.0
    cells, expected = fit_cells(
        points, fraction, quota.size, capacity, task.k, sent, space.norm, task.recall
    )
    if isinstance(cells, KeyHash):
        at_home = np.full(cells.parts, 1 / cells.parts)
        recall = task.recall
    else:
        rows_at_home = np.bincount(cells.home(points), weights=counts, minlength=len(expected))
        at_home = rows_at_home / counts.sum()
        recall = recall_in_bucket(cells, task.recall)
    n_features = sum(part.shape[1] for part in values)
    slices = [quota.slices(n_features, part) for part in at_home]
    bucket_rows = [rows for rows, n in zip(expected, slices, strict=True) for _ in range(n)]
    fitted = replace(task, space=space, interpolation=interpolation, recall=recall)
    buckets = ClassBuckets(fitted, cells, tuple(slices), most_rows=capacity.most)
    return buckets, tuple(bucket_rows)


def fit_cells(
    sample: Points,
    fraction: float,
    size: int,
    capacity: Capacity,
    k: int,
    replication: float | None,
    norm: Norm = EUCLIDEAN_NORM,
    recall: float = NEIGHBOR_RECALL,
) -> tuple[CellHash | KeyHash, list[int]]:
    """Fit few, large cells, as each boundary needs guests; smaller ones if they overflow.

    Parameters
    ----------
    sample, fraction, k, replication, norm, recall
        As in `hashing.fit_hash`.
    size : int
        Rows of the class.
    capacity : Capacity

    Returns
    -------
    CellHash or KeyHash, list of int
        The hash, and the rows expected in each cell, guests included.

    Raises
    ------
    ResamplingError
        If all rows have to be compared, which one bucket cannot hold.
    """
    if recall == 1:
        raise ResamplingError(
            f"neighborRecall=1.0 compares all rows in one bucket, but there are {size:,}, and a "
            f"bucket holds {capacity.rows:,} of so many features: lower neighborRecall, to 0.99 or "
            "less, or raise bucketSize if it is set."
        )
    if capacity.most:
        return _fit_wide_cells(sample, fraction, size, capacity.most, k, replication, norm, recall)
    fewest = max(k + 1, MIN_CELL_SAMPLE)
    rows = max(capacity.rows, min(capacity.large, size // FEW_CELLS))
    while True:
        n_cells = max(1, min(_cells_for(size, rows), len(sample) // fewest))
        cells = fit_hash(sample, fraction, n_cells, k, replication, fewest, norm, recall)
        expected = _expected_rows(cells, sample, size)
        if rows == capacity.rows or max(expected) <= MAX_OVERFLOW * capacity.large:
            return cells, expected
        rows = max(capacity.rows, rows // 2)


def _fit_wide_cells(
    sample: Points,
    fraction: float,
    size: int,
    most: int,
    k: int,
    replication: float | None,
    norm: Norm,
    recall: float,
) -> tuple[CellHash | KeyHash, list[int]]:
    """Fit cells of at most so many rows, with fewer guests if need be, or split by key.

    In many dimensions the rows that cells are fitted to say little of others, so half of the
    sample is left to count.
    """
    fitted, others = sample[::2], sample[1::2]
    fewest = max(k + 1, MIN_CELL_SAMPLE)
    most_cells = len(fitted) // fewest if len(others) >= MIN_COUNTED else 0
    for sent in [replication] if replication else [None, 1.0]:
        n_cells = math.ceil(size / most)
        while n_cells <= most_cells:
            cells = fit_hash(fitted, fraction / 2, n_cells, k, sent, fewest, norm, recall)
            expected = _expected_rows(cells, others, size)
            if max(expected) <= COUNTED_PART * most:
                return cells, expected
            n_cells *= 2
    parts = even_parts(size, most, k + 1)
    if parts is None:
        refuse_size(size, sample.shape[1])
    logger.warning(
        "%d rows of %d coordinates are searched in %d parts, chosen by key, as a task of 1 GB "
        "holds %d: fewer features would find nearer neighbors",
        size, sample.shape[1], parts, most,
    )  # fmt: skip
    return KeyHash(parts), [size // parts] * parts


def _expected_rows(cells: CellHash, sample: Points, size: int) -> list[int]:
    """Estimate the rows of each cell, guests included."""
    home, _, guest_cells = cells.assign(sample)
    sampled = np.bincount(np.concatenate([home, guest_cells]), minlength=len(cells.centers))
    return [int(part * size) for part in sampled / len(sample)]


def sample_rows(size: int, capacity: int, n_coordinates: int) -> int:
    """Count the sample rows that the cells of a class are fitted to."""
    wanted = CELL_SAMPLE * max(16, _cells_for(size, capacity))
    return min(wanted, SAMPLE_BYTES // (8 * n_coordinates))


def _cells_for(size: int, capacity: int) -> int:
    return min(-(-size // capacity), MAX_CELLS)
