"""The hashes of large classes, fitted on a sample that depends on nothing but the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame

from spark_smote.core.distance.metric import Metric
from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.distance.space import fit_space
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.strategy.quotas import Quota, cutoff_bin, cutoff_in_bin
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.layout import ClassBuckets
from spark_smote.engine.scan.checking import Checked
from spark_smote.engine.scan.sampling import SampleSpec, likely_cutoff_bins

__all__ = ["SearchSettings", "fit_cells", "fit_classes", "initial_sample_spec", "sample_rows"]

BUCKET_BYTES = 32 * 2**20
"""Features of an automatic bucket, in double precision; a task holds a few times as much."""

MIN_AUTO_ROWS = 1024
"""Fewest rows of an automatic bucket."""

MAX_AUTO_ROWS = 32_768
"""Most rows of an automatic bucket."""

MAX_BUCKET_ROWS = 131_072
"""Most rows of a bucket of a very large class."""

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


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """Parameters of a search for neighbors; see `SMOTE` for their meaning."""

    k: int
    distance_scaling: str
    metric: Metric
    replication: float | None
    bucket_size: int | None
    seed: int

    def capacity(self, n_coordinates: int) -> tuple[int, int]:
        """Return the rows wanted in a bucket, and in one of a class that has many."""
        if self.bucket_size:
            return self.bucket_size, self.bucket_size
        fitting = max(MIN_AUTO_ROWS, BUCKET_BYTES // (8 * n_coordinates))
        return min(MAX_AUTO_ROWS, fitting), min(MAX_BUCKET_ROWS, fitting)


def initial_sample_spec(quotas: Sequence[Quota], search: SearchSettings) -> SampleSpec:
    """Select what the check also reads, before the number of features is known."""
    capacity, _ = search.capacity(1)
    large = {n: quota for n, quota in enumerate(quotas) if quota.size > capacity}
    wanted = {
        n: min(INITIAL_SAMPLE_ROWS, sample_rows(quota.size, capacity, 1)) / quota.size
        for n, quota in large.items()
    }
    bins = {
        n: bins for n, quota in large.items() if (bins := likely_cutoff_bins(quota)) is not None
    }
    return SampleSpec(wanted, bins)


def fit_classes(
    rows: DataFrame,
    tasks: Mapping[int, ClassTask],
    checked: Checked,
    width: int,
    capacity: tuple[int, int],
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
    width : int
        Coordinates of a row where distances are taken.
    capacity : tuple of int
        Rows wanted in a bucket, and in one of a class that has many.
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
    shares = {
        number: min(1.0, sample_rows(task.quota.size, capacity[0], width) / task.quota.size)
        for number, task in tasks.items()
    }
    needed = SampleSpec(shares, {number: (place, place) for number, place in cutoffs.items()})
    seen, missing = checked.sample, needed.minus(checked.sample.spec)
    later = missing.collect(rows, seen.arrays) if missing else seen
    fitted = {}
    for number, task in tasks.items():
        cutoff = None
        if number in cutoffs:
            keys, times = (later if number in missing.bins else seen).keys(number)
            cutoff = cutoff_in_bin(keys, times, checked.bins[number], task.quota.extra)
        sample = (later if number in missing.fractions else seen).features(number, shares[number])
        fitted[number] = _fit_class(*sample, replace(task, cutoff=cutoff), capacity, replication)
    return fitted


def _fit_class(
    values: Sequence[npt.NDArray[Any]],
    counts: npt.NDArray[np.int64],
    task: ClassTask,
    capacity: tuple[int, int],
    replication: float | None,
) -> tuple[ClassBuckets, tuple[int, ...]]:
    quota = task.quota
    space = fit_space(values, counts, task.distance_scaling, task.categories, task.metric)
    scaled = space.transform(values)
    interpolation = task.interpolation.fit(space.numeric(values), counts)
    share = float(counts.sum()) / quota.size
    # Where nobody searches, nobody is a guest.
    sent = replication if task.k else 1.0
    fitted, expected = fit_cells(scaled, share, quota.size, capacity, task.k, sent, space.norm)
    home = fitted.home(scaled)
    mass = np.bincount(home, weights=counts, minlength=len(expected)) / counts.sum()
    slices = [quota.slices(sum(each.shape[1] for each in values), part) for part in mass]
    rows = [part for part, n in zip(expected, slices, strict=True) for _ in range(n)]
    ready = replace(task, space=space, interpolation=interpolation)
    return ClassBuckets(ready, fitted, tuple(slices)), tuple(rows)


def fit_cells(
    sample: npt.NDArray[np.float64],
    share: float,
    size: int,
    capacity: tuple[int, int],
    k: int,
    replication: float | None,
    norm: Norm = EUCLIDEAN_NORM,
) -> tuple[CellHash, list[int]]:
    """Fit cells as large as memory allows where there are many, as each boundary needs guests.

    Parameters
    ----------
    sample, share, k, replication, norm
        As in `hashing.fit_hash`.
    size : int
        Rows of the class.
    capacity : tuple of int
        Rows wanted in a bucket, and in one of a class that has many.

    Returns
    -------
    CellHash, list of int
        The hash, and the rows expected in each cell, guests included.
    """
    fewest = least_sample(k)
    least, most = capacity
    wanted = max(least, min(most, size // FEW_CELLS))
    while True:
        cells = max(1, min(cells_for(size, wanted), len(sample) // fewest))
        fitted = fit_hash(sample, share, cells, k, replication, fewest, norm)
        home, _, guests = fitted.assign(sample)
        held = np.bincount(np.concatenate([home, guests]), minlength=len(fitted.centers))
        expected = [int(part * size) for part in held / len(sample)]
        if wanted == least or max(expected) <= MAX_OVERFLOW * most:
            return fitted, expected
        wanted = max(least, wanted // 2)


def cells_for(size: int, capacity: int) -> int:
    """Count the cells that rows need."""
    return min(-(-size // capacity), MAX_CELLS)


def least_sample(k: int) -> int:
    """Count the sample rows that a cell must hold."""
    return max(k + 1, MIN_CELL_SAMPLE)


def sample_rows(size: int, capacity: int, width: int) -> int:
    """Count the sample rows that the cells of a class are fitted to."""
    return min(CELL_SAMPLE * max(16, cells_for(size, capacity)), SAMPLE_BYTES // (8 * width))
