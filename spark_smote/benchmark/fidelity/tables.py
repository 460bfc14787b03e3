"""Tables of two classes: scikit-learn's, made ones, and those of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_wine,
    make_blobs,
    make_classification,
    make_moons,
)

from spark_smote.benchmark.datasets import pieces
from spark_smote.exceptions import ResamplingError

__all__ = ["MAX_ROWS", "Table", "known_tables", "read_tables"]

MAX_ROWS = 12_000
"""Rows of a table; of a larger one, a sample is compared."""

KEPT_RARE = 1_000
"""Rows of the rarer class that a sample keeps, if there are as many, even if that is more than
its share."""

LEAST_CLASS = 500
"""Rows that the rarer class has at least, if there are more than two: the others are the rest."""

SEED = 2002

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """Rows of two classes; 1 is the rarer one."""

    name: str
    values: Matrix
    labels: Labels

    @property
    def minority(self) -> int:
        """Rows of the rarer class."""
        return int(self.labels.sum())


def known_tables() -> Iterator[Table]:
    """Load scikit-learn's tables, and make others of several dimensions, ratios and noises."""
    values, classes = load_breast_cancer(return_X_y=True)
    yield Table("breast cancer", values, _is(classes == 0))
    values, classes = load_digits(return_X_y=True)
    yield Table("digits, 8", values, _is(classes == 8))
    values, classes = load_wine(return_X_y=True)
    yield Table("wine, 2", values, _is(classes == 2))
    for rows, rare, dimension, noise in (
        (4_000, 0.05, 10, 0.01),
        (8_000, 0.02, 30, 0.0),
        (6_000, 0.1, 20, 0.05),
    ):
        values, classes = make_classification(
            rows,
            dimension,
            n_informative=dimension // 2,
            n_redundant=dimension // 4,
            n_clusters_per_class=4,
            weights=[1 - rare],
            flip_y=noise,
            random_state=SEED,
        )
        yield Table(f"classification, {dimension}", values, _is(classes))
    values, centers = make_blobs(6_000, 8, centers=40, cluster_std=5.0, random_state=SEED)
    yield Table("blobs", values, _is(centers < 3))
    values, classes = make_moons((5_000, 250), noise=0.3, random_state=SEED)
    yield Table("moons", values, _is(classes))
    random = np.random.default_rng(SEED)
    values, classes = make_moons((4_000, 400), noise=0.2, random_state=SEED)
    bent = np.sin(values @ random.standard_normal((2, 16)) + random.uniform(0, 6, 16))
    yield Table("bent moons", bent + random.normal(0, 0.1, bent.shape), _is(classes))
    parts = zip(*pieces("overlap", 1_000, 8_000, 32), strict=True)
    values, classes = (np.concatenate(part) for part in parts)
    yield Table("overlap", values.astype(np.float64), _is(classes))


def _is(classes: npt.ArrayLike) -> Labels:
    return np.asarray(classes, np.int64)


def read_tables(folder: Path) -> Iterator[Table]:
    """Read the numbers of every Parquet file of a folder that has a column `label`.

    Rows with a null number are left out; of a table of more than `MAX_ROWS` rows, a sample is.

    Raises
    ------
    ResamplingError
        If no file there has such a column.
    """
    files = sorted(folder.glob("*.parquet"))
    frames = ((path.stem, pd.read_parquet(path)) for path in files)
    found = False
    for name, frame in frames:
        if "label" in frame:
            found = True
            yield _sampled(_numbers(name, frame))
    if not found:
        raise ResamplingError(
            f"Folder {str(folder)!r} holds {len(files)} Parquet files, none with a column 'label': "
            "choose another --data, or leave it out."
        )


def _numbers(name: str, frame: pd.DataFrame) -> Table:
    """Select the numeric columns, and the rarest class that is large enough against the rest."""
    numbers = frame.drop(columns="label").select_dtypes("number")
    whole = numbers.notna().all(axis=1) & frame["label"].notna()
    labels = frame["label"][whole]
    sizes = labels.value_counts()
    large = sizes[sizes >= LEAST_CLASS] if len(sizes) > 2 else sizes
    rarest = large.index[-1]
    title = name if len(sizes) <= 2 else f"{name}, {rarest}"
    return Table(title, numbers[whole].to_numpy(np.float64), _is(labels == rarest))


def _sampled(table: Table) -> Table:
    """Draw `MAX_ROWS` rows, by the classes' shares, but for a small rarer class, which stays."""
    rows, rare = len(table.labels), table.minority
    if rows <= MAX_ROWS:
        return table
    kept = max(min(rare, KEPT_RARE), rare * MAX_ROWS // rows)
    random = np.random.default_rng(SEED)
    chosen = [
        random.choice(np.flatnonzero(table.labels == label), size, replace=False)
        for label, size in ((0, MAX_ROWS - kept), (1, kept))
    ]
    places = np.sort(np.concatenate(chosen))
    return Table(table.name, table.values[places], table.labels[places])
