"""How many rows a bucket may hold, for a task to stay within 1 GB of Python memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from spark_smote.core.neighbors.wide import WIDE
from spark_smote.exceptions import ResamplingError

__all__ = ["Capacity", "capacity_for", "refuse_size"]

BUCKET_BYTES = 32 * 2**20
"""Coordinates of an automatic bucket, in double precision."""

MAX_BUCKET_BYTES = 320 * 2**20
"""Coordinates of the largest bucket of wide rows: a task holds them twice, as features too."""

MAX_EXACT_BYTES = 128 * 2**20
"""Coordinates of the largest bucket that is searched exactly: a task of it takes 0.8 GB."""

MIN_AUTO_ROWS = 2048
"""Rows of an automatic bucket that it holds even if they take more than `BUCKET_BYTES`."""

MAX_AUTO_ROWS = 32_768
"""Most rows of an automatic bucket."""

MAX_BUCKET_ROWS = 131_072
"""Most rows of a bucket of a very large class."""


@dataclass(frozen=True)
class Capacity:
    """Rows of a bucket.

    Attributes
    ----------
    rows : int
        Rows wanted; a class of no more is kept together.
    large : int
        Rows wanted in a bucket of a class that has many.
    most : int or None
        Rows that a task can hold, guests included; None if the rows are narrow, or if the user
        chose the size.
    """

    rows: int
    large: int
    most: int | None = None


def capacity_for(
    n_coordinates: int, bucket_size: int | None, k: int, is_exact: bool = False
) -> Capacity:
    """Compute the capacity for rows of a width, unless the user chose it.

    If the search has to be exact, a bucket holds as many rows as a task can.

    Raises
    ------
    ResamplingError
        If a row and its k neighbors alone do not fit.

    Examples
    --------
    >>> capacity_for(32, None, 5)
    Capacity(rows=32768, large=131072, most=None)
    >>> capacity_for(20_000, None, 5)
    Capacity(rows=2048, large=2048, most=2097)
    """
    if bucket_size:
        return Capacity(bucket_size, bucket_size)
    most = MAX_BUCKET_BYTES // (8 * n_coordinates)
    if most <= k:
        refuse_size(k + 1, n_coordinates)
    fitting = max(min(MIN_AUTO_ROWS, most), BUCKET_BYTES // (8 * n_coordinates))
    is_wide = n_coordinates > WIDE
    if is_exact and not is_wide:
        rows = MAX_EXACT_BYTES // (8 * n_coordinates)
        return Capacity(rows, rows)
    return Capacity(
        min(MAX_AUTO_ROWS, fitting), min(MAX_BUCKET_ROWS, fitting), most if is_wide else None
    )


def refuse_size(rows: int, n_coordinates: int) -> NoReturn:
    """Refuse a bucket that is too large for a task."""
    most = MAX_BUCKET_BYTES // (8 * n_coordinates)
    raise ResamplingError(
        f"A bucket would hold {rows} rows of {n_coordinates} coordinates, which are "
        f"{8 * rows * n_coordinates / 2**20:,.0f} MB in double precision, but a task of 1 GB holds "
        f"{MAX_BUCKET_BYTES // 2**20} MB of them, or {most} rows: reduce the features (PCA, "
        "fewer of HashingTF), or set bucketSize where tasks have more memory."
    )
