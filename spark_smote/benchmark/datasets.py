"""The benchmark's inputs: made-up tables of any size, and real ones in the same form."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import dataset, parquet

__all__ = [
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

CENTERS = 32

LATENT = 8

NOISE = 0.01

PIECE_ROWS, PIECE_CELLS = 250_000, 8_000_000
"""Most rows and most values of a file, which is what is in memory at once."""

LEAST_PIECES = 4

ROW_GROUP = 65_536

Matrix = npt.NDArray[np.float32]

Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class BenchmarkTable:
    """A folder of Parquet: `features` array<float>, and `label` int, 1 the rarer class."""

    name: str
    path: str
    features: int
    majority: int
    minority: int

    def target(self, times: float) -> int:
        """Minority rows after: so many times, or as many as the majority where that is fewer."""
        return min(round(times * self.minority), self.majority)


def mixture(random: np.random.Generator, fixed: np.random.Generator, n: int, d: int) -> Matrix:
    """Draw from Gaussians of standard deviation 1 around centers uniform in [-5, 5]^d."""
    centers = fixed.uniform(-5, 5, (CENTERS, d)).astype(np.float32)
    noise = random.standard_normal((n, d), dtype=np.float32)
    return centers[random.integers(0, CENTERS, n)] + noise


def manifold(random: np.random.Generator, fixed: np.random.Generator, n: int, d: int) -> Matrix:
    """Map a few latent normals smoothly into d dimensions, with a little noise."""
    bend, wave = (fixed.standard_normal((2, LATENT, d)) / LATENT**0.5).astype(np.float32)
    phase = fixed.uniform(0, 2 * np.pi, d).astype(np.float32)
    latent = random.standard_normal((n, LATENT), dtype=np.float32)
    noise = NOISE * random.standard_normal((n, d), dtype=np.float32)
    made: Matrix = np.tanh(latent @ bend) + np.sin(latent @ wave + phase) + noise
    return made


def census(random: np.random.Generator, fixed: np.random.Generator, n: int, d: int) -> Matrix:
    """Draw skewed numbers, and beside them skewed categories of 2 to 32 values each."""
    slots = category_slots(d)
    numbers = random.gamma(2.0, 1.0, (n, slots.start)) * fixed.uniform(1, 100, slots.start)
    categories = random.zipf(1.6, (n, len(slots))) % fixed.integers(2, 33, len(slots))
    return np.hstack([numbers, categories]).astype(np.float32)


def category_slots(features: int) -> range:
    """Give the slots that hold categories in a census: the last four fifths."""
    return range(features // 5, features)


SHAPES = {
    "mixture": (mixture, 8.0, 0.0),
    "manifold": (manifold, 2.0, 0.0),
    "overlap": (mixture, 8.0, 0.05),
    "census": (census, None, 0.0),
}
"""The minority's shape; half the side of the cube that the majority fills evenly, None where it is
of the same shape; and the share of the majority that lies around rows of the minority instead."""

AROUND = 0.7
"""Standard deviation of rows that lie around others."""


def pieces(
    shape: str, minority: int, majority: int, features: int
) -> Iterator[tuple[Matrix, Labels]]:
    """Make a table piece by piece, the classes mixed; the same one each time."""
    make, reach, share = SHAPES[shape]
    total = minority + majority
    most = min(PIECE_ROWS, max(1, PIECE_CELLS // features))
    parts = max(LEAST_PIECES, -(-total // most))
    for part in range(parts):
        few, many = (
            rows * (part + 1) // parts - rows * part // parts for rows in (minority, majority)
        )
        random, fixed = np.random.default_rng([SEED, part]), np.random.default_rng(SEED)
        rare = make(random, fixed, few, features)
        if reach is None:
            rest = make(random, fixed, many, features)
        else:
            rest = reach * (2 * random.random((many, features), dtype=np.float32) - 1)
        close = int(share * many)
        noise = random.standard_normal((close, features), dtype=np.float32)
        rest[:close] = rare[random.integers(0, few, close)] + AROUND * noise
        order = random.permutation(few + many)
        labels = (order < few).astype(np.int32)
        yield np.concatenate([rare, rest])[order], labels


def make_table(
    shape: str, minority: int, majority: int, features: int, folder: Path
) -> BenchmarkTable:
    """Write a made-up table, unless it is there already."""
    place = folder / f"{shape}-{minority}-{majority}x{features}"
    if not place.exists():
        # Another run must not take half a table for a whole one.
        part = folder / f".{place.name}.part"
        _write(pieces(shape, minority, majority, features), part)
        part.rename(place)
    return BenchmarkTable(shape, str(place.absolute()), features, majority, minority)


def pack_table(path: Path, folder: Path) -> BenchmarkTable:
    """Copy a real table with its numeric columns in one array.

    Raises
    ------
    ValueError
        Where there is no such table, or it has no numeric columns, a null in one, or no
        integer column `label` of values 0 and 1, 1 the rarer.
    """
    if not path.exists():
        raise ValueError(
            f"Data {str(path)!r} does not exist: name a Parquet file or folder, or one of "
            f"{', '.join(SHAPES)}."
        )
    source = dataset.dataset(str(path), format="parquet")
    names = _numeric_columns(path, source.schema)
    place = folder / path.stem
    rows = _write(_packed(path, source, names), place)
    if not 0 < rows[1] < rows[0]:
        raise ValueError(
            f"Data {str(path)!r} has {rows[1]:,} rows of label 1 and {rows[0]:,} of label 0; "
            "label 1 must be the rarer one."
        )
    return BenchmarkTable(path.stem, str(place.absolute()), len(names), *rows)


def _numeric_columns(path: Path, schema: Any) -> list[str]:
    types = {field.name: field.type for field in schema}
    if "label" not in types or not pa.types.is_integer(types["label"]):
        raise ValueError(
            f"Data {str(path)!r} needs an integer column 'label', 1 for the rarer class; its "
            f"columns: {', '.join(f'{name} {kind}' for name, kind in types.items())}."
        )
    names = [
        name
        for name, kind in types.items()
        if name != "label" and (pa.types.is_integer(kind) or pa.types.is_floating(kind))
    ]
    if not names:
        raise ValueError(
            f"Data {str(path)!r} has no integer or float column beside its label; its columns: "
            f"{', '.join(types)}."
        )
    return names


def _packed(path: Path, source: Any, names: list[str]) -> Iterator[tuple[Matrix, Labels]]:
    for batch in source.to_batches(columns=[*names, "label"], batch_size=ROW_GROUP):
        if any(column.null_count for column in batch.columns):
            raise ValueError(
                f"Data {str(path)!r} has nulls in a numeric column or the label, which no "
                "contender takes: fill them, or leave these rows out."
            )
        labels = batch["label"].to_numpy()
        if wrong := set(np.unique(labels).tolist()) - {0, 1}:
            raise ValueError(
                f"Data {str(path)!r} has labels {sorted(wrong)}; they must be 0 and 1, 1 for the "
                "rarer class."
            )
        values = [batch[name].to_numpy().astype(np.float32) for name in names]
        yield np.column_stack(values), labels.astype(np.int32)


def _write(made: Iterator[tuple[Matrix, Labels]], place: Path) -> tuple[int, int]:
    """Write a file a piece, which several tasks can read at once; count labels 0 and 1."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    rows = np.zeros(2, np.int64)
    for number, (values, labels) in enumerate(made):
        rows += np.bincount(labels, minlength=2)
        name = place / f"part-{number:05}.parquet"
        # Floats hardly repeat: a dictionary would cost time and save nothing.
        parquet.write_table(
            as_arrow(values, labels), name, row_group_size=ROW_GROUP, use_dictionary=False
        )
    return int(rows[0]), int(rows[1])


def as_arrow(values: Matrix, labels: Labels) -> Any:
    """Give rows as an Arrow table of `features` and `label`."""
    rows, width = values.shape
    offsets = pa.array(np.arange(0, rows * width + 1, width, dtype=np.int32))
    features = pa.ListArray.from_arrays(offsets, pa.array(np.ravel(values)))
    return pa.table({"features": features, "label": pa.array(labels.astype(np.int32))})
