"""Contenders that hold the table in memory: imbalanced-learn, with several neighbor indexes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from imblearn.over_sampling import SMOTE, SMOTENC
from pyarrow import parquet
from sklearn.neighbors import NearestNeighbors

from spark_smote.benchmark.contenders.indexes import INDEXES, recall_at_k
from spark_smote.benchmark.contenders.registry import CONTENDERS, QUERIES, Clock, K, Task
from spark_smote.benchmark.datasets import (
    ROW_GROUP,
    SHAPES,
    Labels,
    Matrix,
    as_arrow,
    category_slots,
)

__all__ = ["run"]

WARM_UP_ROWS = 2000
"""Minority rows of the warm-up."""


def run(task: Task, clock: Clock) -> dict[str, Any]:
    """Read the table, resample it and write the result."""
    _warm_up(task)
    with clock():
        begin = time.monotonic()
        values, labels = read(task.source)
        loaded = time.monotonic()
        sampler = _sampler(task, task.target)
        new_values, new_labels = sampler.fit_resample(values, labels)
        resampled = time.monotonic()
        write(new_values, new_labels, task.result)
        written = time.monotonic()
    recall = None
    if task.recall and task.contender in INDEXES:
        points = values[labels == 1]
        queries = np.random.default_rng(0).choice(
            len(points), min(QUERIES, len(points)), replace=False
        )
        # imbalanced-learn assumes that the first neighbor is the row itself.
        used = sampler.nn_k_.neighbors_[queries, 1:]
        recall = recall_at_k(points, queries, used, K)
    return {
        "recall": recall,
        "steps": {
            "read": loaded - begin,
            "resample": resampled - loaded,
            "write": written - resampled,
        },
    }


def _sampler(task: Task, target: int) -> Any:
    """Build imbalanced-learn's sampler, with the contender's index."""
    if task.contender == "imbalanced-learn-nc":
        return SMOTENC(
            list(category_slots(task.features)),
            sampling_strategy={1: target},
            k_neighbors=NearestNeighbors(n_neighbors=K + 1, n_jobs=task.cores),
            random_state=0,
        )
    index = INDEXES[task.contender](K + 1, task.cores)
    return SMOTE(sampling_strategy={1: target}, k_neighbors=index, random_state=0)


def _warm_up(task: Task) -> None:
    """Resample few rows, to load the index's library and let numba compile."""
    random = np.random.default_rng(0)
    shape = SHAPES[CONTENDERS[task.contender].data]
    values = shape.draw(random, random, 2 * WARM_UP_ROWS, task.features)
    labels = (np.arange(2 * WARM_UP_ROWS) < WARM_UP_ROWS - 1).astype(np.int32)
    _sampler(task, WARM_UP_ROWS).fit_resample(values, labels)


def read(path: str) -> tuple[Matrix, Labels]:
    """Read the features as one matrix, and the labels."""
    table = parquet.read_table(path)
    values = np.concatenate([chunk.flatten().to_numpy() for chunk in table["features"].chunks])
    return values.reshape(len(table), -1), table["label"].to_numpy()


def write(values: Matrix, labels: Labels, path: str) -> None:
    """Write a table in pieces, so that offsets fit 32 bits and copies are small."""
    folder = Path(path)
    folder.mkdir()
    schema = pa.schema({"features": pa.list_(pa.float32()), "label": pa.int32()})
    with parquet.ParquetWriter(folder / "part-0.parquet", schema, use_dictionary=False) as writer:
        for first in range(0, len(labels), ROW_GROUP):
            rows = slice(first, first + ROW_GROUP)
            writer.write_table(as_arrow(values[rows], labels[rows]).cast(schema))
