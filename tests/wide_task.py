"""A task that reads wide rows and makes new ones, as a Python worker of Spark runs it."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyspark.worker  # noqa: F401 (a worker holds it as well)

from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.interpolation import Interpolation, Segment, Simplex
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets import worker
from spark_smote.engine.buckets.layout import BucketLayout, ClassBuckets
from spark_smote.engine.table.names import BUCKET, CLASS, KEY, values_name

__all__ = ["INTERPOLATIONS", "batches"]

SPARK_BATCH_BYTES = 64 * 2**20
INTERPOLATIONS = {"segment": Segment(), "simplex": Simplex(), "ball": Ball()}


def batches(rows: int, width: int) -> Iterator[pa.RecordBatch]:
    """Rows of one class, as Spark sends them to a task."""
    random = np.random.default_rng(0)
    step = SPARK_BATCH_BYTES // (8 * width)
    for start in range(0, rows, step):
        size = min(step, rows - start)
        ends = np.arange(size + 1, dtype=np.int32) * np.int32(width)
        values = pa.ListArray.from_arrays(pa.array(ends), pa.array(random.normal(size=ends[-1])))
        keys = random.integers(-(2**63), 2**63 - 1, size)
        classes = np.zeros(size, np.int32)
        yield pa.RecordBatch.from_pydict({CLASS: classes, KEY: keys, values_name(0): values})


def layout_of(interpolation: Interpolation, buckets: int, rows: int, new_rows: int) -> BucketLayout:
    task = ClassTask(Quota(new_rows, rows), 5, "standard", interpolation=interpolation)
    return BucketLayout.of((ClassBuckets(task, None, (buckets,)),))


def run_a_task(name: str, buckets: int, rows: int, new_rows: int, width: int) -> None:
    """Assign all rows to each bucket and make new ones, as a task does; print what this took."""
    layout = layout_of(INTERPOLATIONS[name], buckets, rows, new_rows)
    frames = (
        frame[frame[BUCKET] == bucket]
        for bucket in range(buckets)
        for batch in worker.assign(batches(rows, width), layout, [values_name(0)])
        if len(frame := batch.to_pandas())
    )
    made = sum(
        len(frame) for frame in worker.interpolate_buckets(frames, layout, [pa.float64()], None)
    )
    print(json.dumps([made, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))  # noqa: T201


if __name__ == "__main__":
    run_a_task(sys.argv[1], *map(int, sys.argv[2:]))
