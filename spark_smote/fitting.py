"""The hashes of large classes, fitted on a sample that depends on nothing but the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.buckets import ClassBuckets
from spark_smote.checks import Bins
from spark_smote.cutoffs import BIN_SHIFT, cutoff_bin, cutoff_in_bin
from spark_smote.hashing import CellHash, fit_hash
from spark_smote.metrics import Metric
from spark_smote.norms import EUCLIDEAN, Norm
from spark_smote.randomness import key_quantile
from spark_smote.source import CLASS, KEY, values_name
from spark_smote.space import fit_space
from spark_smote.stars import fit_star
from spark_smote.synthesis import ClassTask

__all__ = ["Search", "fit_cells", "fit_classes", "sample_rows"]

BUCKET_BYTES = 32 * 2**20
"""Features of an automatic bucket, in double precision; a task holds a few times as much."""

BUCKET_ROWS = (1024, 32768)
"""Least and most rows of an automatic bucket."""

MOST_BUCKET_ROWS = 131_072
"""Rows of a bucket of a very large class."""

CELL_SAMPLE, SAMPLE_BYTES = 128, 64 * 2**20
"""Sample rows for each cell, and the most that all of them may weigh on the driver."""

LEAST_CELL_SAMPLE = 16
"""Sample rows that a cell must hold, where k does not need more."""

FEW_CELLS, MOST_CELLS = 32, 2048
"""Cells of one class, before its buckets grow and after: one that is cut needs more guests."""

CROWD = 2
"""Times the most rows that a bucket may come to hold by growing, guests included."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """How neighbours are searched for; see `SMOTE` for the meaning of the parameters."""

    k: int
    distance_scaling: str
    metric: Metric
    replication: float | None
    bucket_size: int | None
    seed: int

    def capacity(self, width: int) -> tuple[int, int]:
        """Give the rows wanted in a bucket, and in one of a class that has many."""
        if self.bucket_size:
            return self.bucket_size, self.bucket_size
        least, usual = BUCKET_ROWS
        held = max(least, BUCKET_BYTES // (8 * width))
        return min(usual, held), min(MOST_BUCKET_ROWS, held)


def fit_classes(
    rows: DataFrame,
    tasks: Mapping[int, ClassTask],
    bins: Bins,
    width: int,
    capacity: tuple[int, int],
    replication: float | None,
) -> dict[int, tuple[ClassBuckets, tuple[int, ...]]]:
    """Fit the hashes of the classes numbered in `tasks`, in one Spark job.

    Parameters
    ----------
    rows : DataFrame
        Rows of the classes, as `Source.rows_of` selects them.
    tasks : mapping of int to ClassTask
        The classes that do not fit one bucket, by number.
    bins : Bins
        Rows by class and bin of the key.
    width : int
        Coordinates of a row where distances are taken.
    capacity : tuple of int
        Rows wanted in a bucket, and in one of a class that has many.
    replication : float or None
        Buckets that a row is sent to on average; None for as many as neighbours need.

    Returns
    -------
    dict of int to (ClassBuckets, tuple of int)
        The buckets, and the rows expected in each.
    """
    if not tasks:
        return {}
    sampled: Column = F.lit(False)
    counted: Column = F.lit(False)
    for number, task in tasks.items():
        mine = F.col(CLASS) == number
        share = sample_rows(task.quota.size, capacity[0], width) / task.quota.size
        sampled = sampled | (mine & (F.col(KEY) <= key_quantile(min(share, 1.0))))
        if task.needs_cutoff:
            last, _ = cutoff_bin(bins[number], task.quota.extra)
            counted = counted | (mine & (F.shiftright(KEY, BIN_SHIFT) == last))
    arrays = [name for name in rows.columns if name.startswith(values_name(""))]
    found = (
        rows.filter(sampled | counted)
        .groupBy(CLASS, KEY)
        .agg(
            F.count("*").alias("rows"),
            # The keys around the cutoff come without their features.
            *[F.first(F.when(sampled, F.col(name))).alias(name) for name in arrays],
        )
        .toPandas()
        .sort_values(KEY)
    )
    return {
        number: _fit_class(
            found[found[CLASS] == number], task, bins.get(number, {}), arrays, capacity, replication
        )
        for number, task in tasks.items()
    }


def _fit_class(
    found: pd.DataFrame,
    task: ClassTask,
    bins: Mapping[int, int],
    arrays: list[str],
    capacity: tuple[int, int],
    replication: float | None,
) -> tuple[ClassBuckets, tuple[int, ...]]:
    quota = task.quota
    keys, rows_of_key = found[KEY].to_numpy(np.int64), found["rows"].to_numpy(np.int64)
    cutoff = cutoff_in_bin(keys, rows_of_key, bins, quota.extra) if task.needs_cutoff else None
    sample = found[found[arrays[0]].notna()]
    counts = sample["rows"].to_numpy(dtype=np.int64)
    values = [np.vstack(list(sample[name])) for name in arrays]
    space = fit_space(values, counts, task.distance_scaling, task.categories, task.metric)
    scaled = space.place(values)
    star = fit_star(space.numeric(values), counts) if task.drawing == "star" else None
    share = float(counts.sum()) / quota.size
    # Where nobody searches, nobody is a guest.
    sent = replication if task.k else 1.0
    fitted, expected = fit_cells(scaled, share, quota.size, capacity, task.k, sent, space.norm)
    home = fitted.home(scaled)
    mass = np.bincount(home, weights=counts, minlength=len(expected)) / counts.sum()
    slices = [quota.slices(sum(each.shape[1] for each in values), part) for part in mass]
    rows = [part for part, n in zip(expected, slices, strict=True) for _ in range(n)]
    ready = replace(task, space=space, cutoff=cutoff, star=star)
    return ClassBuckets(ready, fitted, tuple(slices)), tuple(rows)


def fit_cells(
    sample: npt.NDArray[np.float64],
    share: float,
    size: int,
    capacity: tuple[int, int],
    k: int,
    replication: float | None,
    norm: Norm = EUCLIDEAN,
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
        held = np.bincount(np.concatenate([home, guests]), minlength=len(fitted.centres))
        expected = [int(part * size) for part in held / len(sample)]
        if wanted == least or max(expected) <= CROWD * most:
            return fitted, expected
        wanted = max(least, wanted // 2)


def cells_for(size: int, capacity: int) -> int:
    """Count the cells that rows need."""
    return min(-(-size // capacity), MOST_CELLS)


def least_sample(k: int) -> int:
    """Count the sample rows that a cell must hold."""
    return max(k + 1, LEAST_CELL_SAMPLE)


def sample_rows(size: int, capacity: int, width: int) -> int:
    """Count the sample rows to fit the cells of so many rows on."""
    return min(CELL_SAMPLE * max(16, cells_for(size, capacity)), SAMPLE_BYTES // (8 * width))
