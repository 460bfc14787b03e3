"""Tables, oracles and checks that several test modules share."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyspark
import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from spark_smote.core.block import Block
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.io.output.row_counter import Counts, WrongRowsError
from spark_smote.io.output.writer import OutputWriter
from spark_smote.io.spec import Output

SESSION_KIND = os.environ.get("SPARK_SMOTE_TEST_SESSION", "classic")
"""The switch: "classic", "connect" for the portable tests on Spark Connect, or "lake"."""

PORTABLE_VECTORS = (
    [] if SESSION_KIND == "connect" and pyspark.__version__ < "4" else [pytest.mark.portable]
)
"""Marks of tests with ML vectors: Spark Connect has no `vector_to_array` before 4.0."""


def blobs(rows: int, width: int, seed: int, centers: int = 4) -> np.ndarray:
    """Gaussian blobs: continuous values, so that no two distances tie."""
    random = np.random.default_rng(seed)
    middle = random.uniform(-5, 5, (centers, width))
    return middle[random.integers(0, centers, rows)] + random.standard_normal((rows, width))


def a_block(points: np.ndarray, counts: np.ndarray | None = None, seed: int = 0) -> Block:
    """Distinct rows at home, with keys in order."""
    random = np.random.default_rng(seed)
    return Block(
        keys=np.sort(random.integers(-(2**63), 2**63 - 1, len(points))),
        counts=np.ones(len(points), np.int64) if counts is None else counts,
        home=np.ones(len(points), np.bool_),
        values=[points],
        extras=None,
    )


NAMES = ["x0", "x1", "x2"]
ROWS, FEW = 3000, 600


def overlapping() -> tuple[np.ndarray, np.ndarray]:
    """Three classes that overlap: 600 rows of 1, 1,000 of 0 and 1,400 of 2; as `overlap` has."""
    random = np.random.default_rng(7)
    label = np.repeat([1, 0, 2], [FEW, 1000, 1400])
    points = random.standard_normal((ROWS, 3)) + np.array([[0, 1, 0], [1, 0, 0], [-1, 0, 0]])[label]
    return points, label


def exact_neighborhood(points: np.ndarray, k: int) -> Neighborhood:
    every = np.arange(len(points))
    return Neighborhood(every, nearest_neighbors(points, every, k), np.ones_like(every), k)


def two_classes(
    spark: SparkSession, few: int = 60, many: int = 200, width: int = 3, seed: int = 0
) -> DataFrame:
    """Columns x0, x1, … (double), label (int; 1 is the smaller class), id, note."""
    values = blobs(few + many, width, seed)
    names = [f"x{i}" for i in range(width)]
    rows = [(*map(float, point), int(i < few), i, f"note {i}") for i, point in enumerate(values)]
    fields = ", ".join(f"{name} double" for name in names)
    return spark.createDataFrame(rows, f"{fields}, label int, id bigint, note string")


def write_and_read(df: DataFrame, factory: pytest.TempPathFactory) -> DataFrame:
    """The same rows from Parquet: what each job reads again is made once."""
    path = str(factory.mktemp("stored") / "table.parquet")
    df.write.parquet(path)
    return df.sparkSession.read.parquet(path)


def split_synthetic(df: DataFrame, mark: str = "made") -> tuple[list[Row], list[Row]]:
    """Originals and synthetic rows, without the mark, from one evaluation."""
    names = [name for name in df.columns if name != mark]
    parts: tuple[list[Row], list[Row]] = ([], [])
    for row in df.collect():
        parts[row[mark]].append(Row(*names)(*[row[name] for name in names]))
    return parts


def class_counts(rows: DataFrame | Iterable[Row], label: str = "label") -> dict[Any, int]:
    found = rows.select(label).collect() if hasattr(rows, "select") else rows
    return dict(Counter(row[label] for row in found))


def union_all(frames: Iterable[DataFrame]) -> DataFrame:
    """One frame, so that one query evaluates several of one schema."""
    return reduce(lambda one, other: one.unionAll(other), frames)


def multiset(rows: DataFrame | Iterable[Row]) -> Counter[str]:
    return Counter(map(str, rows.collect() if hasattr(rows, "collect") else rows))


def matrix(df: DataFrame, names: list[str]) -> np.ndarray:
    rows = df.select(*[F.col(name).cast("double") for name in names]).collect()
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))


def feature_names(df: DataFrame) -> list[str]:
    return [name for name in df.columns if name.startswith("x")]


def assert_on_segments(
    originals: np.ndarray, ids: list[int], made: np.ndarray, lineage: list[Any], k: int
) -> None:
    """Check made rows against their lineage and scikit-learn's exact neighbors."""
    from sklearn.neighbors import NearestNeighbors

    place = {row_id: i for i, row_id in enumerate(ids)}
    base = np.array([place[entry["base"]] for entry in lineage])
    neighbor = np.array([place[entry["neighbor"]] for entry in lineage])
    gap = np.array([entry["gap"] for entry in lineage])
    assert ((gap >= 0) & (gap < 1)).all()
    expected = originals[base] + gap[:, None] * (originals[neighbor] - originals[base])
    np.testing.assert_allclose(made, expected, rtol=1e-9, atol=1e-9)
    scaled = (originals - originals.mean(axis=0)) / originals.std(axis=0)
    nearest = (
        NearestNeighbors(n_neighbors=k + 1).fit(scaled).kneighbors(scaled, return_distance=False)
    )
    assert (nearest[:, 0] == np.arange(len(ids))).all(), "the oracle itself has ties"
    assert (nearest[base, 1:] == neighbor[:, None]).any(axis=1).all()


@contextmanager
def spark_conf(spark: SparkSession, key: str, value: str) -> Iterator[None]:
    """Set a Spark configuration for a while."""
    before = spark.conf.get(key)
    spark.conf.set(key, value)
    try:
        yield
    finally:
        spark.conf.set(key, before)


class Uncounted:
    """Stand-in for a RowCounter; calls `between` when the rows are written and not yet in place."""

    rows = 1

    def __init__(self, between: Callable[[], Any] = lambda: None) -> None:
        self._between = between

    def observe(self, frame: DataFrame) -> DataFrame:
        return frame

    def observed(self) -> Counts:
        return Counts(self.rows, {})

    def added(self, counts: Counts) -> dict[Any, int]:
        self._between()
        return {}


def write_output(
    spark: SparkSession,
    frame: DataFrame,
    output: Output,
    between: Callable[[], Any] = lambda: None,
) -> None:
    """Write as a run does, cleaning up after a failure too."""
    output_writer = OutputWriter(spark, output)
    try:
        output_writer.write(frame, Uncounted(between))
    finally:
        output_writer.clean()


def wrong_counts() -> NoReturn:
    raise WrongRowsError("Not as planned.")


def tree(folder: Path) -> dict[str, bytes | None]:
    """What a folder holds, to compare before and after."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
