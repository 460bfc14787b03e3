"""Data sets of the benchmark: generated tables of any size, and real ones in the same form."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import dataset, parquet

from spark_smote.exceptions import ResamplingError

__all__ = [
    "ROW_GROUP",
    "SHAPES",
    "BenchmarkTable",
    "Labels",
    "Matrix",
    "as_arrow",
    "category_slots",
    "make_table",
    "pack_table",
    "pieces",
]

SEED = 2002
"""Seed of all generated tables."""

CENTERS = 32
"""Gaussians of a mixture."""

LATENT = 8
"""Dimensions of a manifold."""

NOISE = 0.01
"""Standard deviation of rows around a manifold."""

MAX_PIECE_ROWS = 250_000
"""Rows of a file; one file is in memory at a time."""

MAX_PIECE_VALUES = 8_000_000
"""Feature values of a file."""

MIN_PIECES = 4
"""Files of a table."""

ROW_GROUP = 65_536
"""Rows of a Parquet row group."""

Matrix = npt.NDArray[np.float32]
"""Features, of shape (rows, features)."""

Labels = npt.NDArray[np.int32]
"""A label for each row."""


@dataclass(frozen=True)
class BenchmarkTable:
    """A folder of Parquet files with `features` array<float> and `label` int, 1 the rarer class.

    Attributes
    ----------
    name : str
        Of its shape or file.
    path : str
    features : int
    majority, minority : int
        Rows of label 0 and 1.
    """

    name: str
    path: str
    features: int
    majority: int
    minority: int

    def target(self, times: float) -> int:
        """Compute the minority rows to reach: a multiple of them, at most the majority."""
        return min(round(times * self.minority), self.majority)


def mixture(random: np.random.Generator, fixed: np.random.Generator, n: int, d: int) -> Matrix:
    """Draw from Gaussians of standard deviation 1 around uniform centers in [-5, 5]^d."""
    centers = fixed.uniform(-5, 5, (CENTERS, d)).astype(np.float32)
    noise = random.standard_normal((n, d), dtype=np.float32)
    return centers[random.integers(0, CENTERS, n)] + noise


def manifold(random: np.random.Generator, fixed: np.random.Generator, n: int, d: int) -> Matrix:
    """Draw from a smooth map of `LATENT` normals into d dimensions, with a little noise."""
    bend, wave = (fixed.standard_normal((2, LATENT, d)) / LATENT**0.5).astype(np.float32)
    phase = fixed.uniform(0, 2 * np.pi, d).astype(np.float32)
    latent = random.standard_normal((n, LATENT), dtype=np.float32)
    noise = NOISE * random.standard_normal((n, d), dtype=np.float32)
    values: Matrix = np.tanh(latent @ bend) + np.sin(latent @ wave + phase) + noise
    return values


def census(random: np.random.Generator, fixed: np.random.Generator, n: int, d: int) -> Matrix:
    """Draw skewed numbers, and skewed categories of 2 to 32 values each."""
    slots = category_slots(d)
    numbers = random.gamma(2.0, 1.0, (n, slots.start)) * fixed.uniform(1, 100, slots.start)
    categories = random.zipf(1.6, (n, len(slots))) % fixed.integers(2, 33, len(slots))
    return np.hstack([numbers, categories]).astype(np.float32)


def category_slots(features: int) -> range:
    """Return the slots that hold categories in a census: the last four fifths."""
    return range(features // 5, features)


@dataclass(frozen=True)
class Shape:
    """Distribution of a generated table.

    Attributes
    ----------
    draw : callable
        Draws minority rows: from a generator of each piece and one that is the same for all
        pieces, the rows and features.
    majority_reach : float or None
        The majority is uniform in the cube [-reach, reach]^d; None if it has the minority's shape.
    overlap : float
        Fraction of the majority that lies around minority rows instead.
    """

    draw: Callable[[np.random.Generator, np.random.Generator, int, int], Matrix]
    majority_reach: float | None
    overlap: float = 0.0


SHAPES = {
    "mixture": Shape(mixture, 8.0),
    "manifold": Shape(manifold, 2.0),
    "overlap": Shape(mixture, 8.0, overlap=0.05),
    "census": Shape(census, None),
}
"""Shapes of generated tables, by name."""

OVERLAP_STD = 0.7
"""Standard deviation of majority rows around minority rows."""


def pieces(
    name: str, minority: int, majority: int, features: int
) -> Iterator[tuple[Matrix, Labels]]:
    """Generate a table of a shape piece by piece, with mixed classes; the same one each time."""
    shape = SHAPES[name]
    total = minority + majority
    max_rows = min(MAX_PIECE_ROWS, max(1, MAX_PIECE_VALUES // features))
    count = max(MIN_PIECES, -(-total // max_rows))
    for piece in range(count):
        n_minority, n_majority = (
            rows * (piece + 1) // count - rows * piece // count for rows in (minority, majority)
        )
        random, fixed = np.random.default_rng([SEED, piece]), np.random.default_rng(SEED)
        rare = shape.draw(random, fixed, n_minority, features)
        if shape.majority_reach is None:
            rest = shape.draw(random, fixed, n_majority, features)
        else:
            cube = 2 * random.random((n_majority, features), dtype=np.float32) - 1
            rest = shape.majority_reach * cube
        n_close = int(shape.overlap * n_majority)
        noise = random.standard_normal((n_close, features), dtype=np.float32)
        rest[:n_close] = rare[random.integers(0, n_minority, n_close)] + OVERLAP_STD * noise
        order = random.permutation(n_minority + n_majority)
        labels = (order < n_minority).astype(np.int32)
        yield np.concatenate([rare, rest])[order], labels


def make_table(
    shape: str, minority: int, majority: int, features: int, folder: Path
) -> BenchmarkTable:
    """Write a generated table, unless it exists already."""
    path = folder / f"{shape}-{minority}-{majority}x{features}"
    if not path.exists():
        # Renamed when whole: another run must not read half a table.
        part = folder / f".{path.name}.part"
        _write(pieces(shape, minority, majority, features), part)
        part.rename(path)
    return BenchmarkTable(shape, str(path.absolute()), features, majority, minority)


def pack_table(path: Path, folder: Path) -> BenchmarkTable:
    """Copy a real table, with its numeric columns in one array.

    Raises
    ------
    ResamplingError
        If there is no such table, or it has no numeric columns, a null in one, or no integer
        column `label` with the values 0 and 1, 1 the rarer.
    """
    if not path.exists():
        raise ResamplingError(
            f"Data {str(path)!r} does not exist: name a Parquet file or folder, or one of "
            f"{', '.join(SHAPES)}."
        )
    source = dataset.dataset(str(path), format="parquet")
    names = _numeric_columns(path, source.schema)
    packed = folder / path.stem
    rows = _write(_packed(path, source, names), packed)
    if not 0 < rows[1] < rows[0]:
        raise ResamplingError(
            f"Data {str(path)!r} has {rows[1]:,} rows of label 1 and {rows[0]:,} of label 0; "
            "label 1 must be the rarer one."
        )
    return BenchmarkTable(path.stem, str(packed.absolute()), len(names), *rows)


def _numeric_columns(path: Path, schema: Any) -> list[str]:
    """List the numeric columns beside the label, and check that both are there."""
    types = {field.name: field.type for field in schema}
    if "label" not in types or not pa.types.is_integer(types["label"]):
        raise ResamplingError(
            f"Data {str(path)!r} needs an integer column 'label', 1 for the rarer class; its "
            f"columns: {', '.join(f'{name} {type_}' for name, type_ in types.items())}."
        )
    names = [
        name
        for name, type_ in types.items()
        if name != "label" and (pa.types.is_integer(type_) or pa.types.is_floating(type_))
    ]
    if not names:
        raise ResamplingError(
            f"Data {str(path)!r} has no integer or float column beside its label; its columns: "
            f"{', '.join(types)}."
        )
    return names


def _packed(path: Path, source: Any, names: list[str]) -> Iterator[tuple[Matrix, Labels]]:
    """Read the numeric columns and the label of a table piece by piece, and check them."""
    for batch in source.to_batches(columns=[*names, "label"], batch_size=ROW_GROUP):
        if any(column.null_count for column in batch.columns):
            raise ResamplingError(
                f"Data {str(path)!r} has nulls in a numeric column or the label, which no "
                "contender takes: fill them, or leave these rows out."
            )
        labels = batch["label"].to_numpy()
        if wrong := set(np.unique(labels).tolist()) - {0, 1}:
            raise ResamplingError(
                f"Data {str(path)!r} has labels {sorted(wrong)}; they must be 0 and 1, 1 for the "
                "rarer class."
            )
        values = [batch[name].to_numpy().astype(np.float32) for name in names]
        yield np.column_stack(values), labels.astype(np.int32)


def _write(parts: Iterator[tuple[Matrix, Labels]], folder: Path) -> tuple[int, int]:
    """Write one file for each piece, so that several tasks can read; count labels 0 and 1."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = np.zeros(2, np.int64)
    for number, (values, labels) in enumerate(parts):
        rows += np.bincount(labels, minlength=2)
        file = folder / f"part-{number:05}.parquet"
        # Floats hardly repeat: a dictionary would cost time and save nothing.
        parquet.write_table(
            as_arrow(values, labels), file, row_group_size=ROW_GROUP, use_dictionary=False
        )
    return int(rows[0]), int(rows[1])


def as_arrow(values: Matrix, labels: Labels) -> Any:
    """Convert rows to an Arrow table of `features` and `label`."""
    rows, n_features = values.shape
    offsets = pa.array(np.arange(0, rows * n_features + 1, n_features, dtype=np.int32))
    features = pa.ListArray.from_arrays(offsets, pa.array(np.ravel(values)))
    return pa.table({"features": features, "label": pa.array(labels.astype(np.int32))})
