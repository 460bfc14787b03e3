"""What a task holds in memory: one bucket, within 1 GB, however wide its rows are."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from helpers import blobs

from spark_smote.core.block import Block
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.interpolation import Interpolation, Segment, Simplex
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets import worker
from spark_smote.engine.buckets.capacity import MAX_BUCKET_BYTES, capacity_for
from spark_smote.engine.buckets.fitting import fit_cells
from spark_smote.engine.buckets.layout import BucketLayout, ClassBuckets
from spark_smote.engine.table.names import BUCKET, CLASS, KEY, PACKED_BLOCK, values_name
from spark_smote.exceptions import ResamplingError

WIDTH = 20_000
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


def layout_of(interpolation: Interpolation, rows: int, new_rows: int) -> BucketLayout:
    task = ClassTask(Quota(new_rows, rows), 5, "standard", interpolation=interpolation)
    return BucketLayout.of((ClassBuckets(task, None, (1,)),))


def run_a_task(name: str, rows: int, new_rows: int, width: int) -> None:
    """Assign rows to a bucket and make new ones, as two tasks do; print what this took."""
    layout = layout_of(INTERPOLATIONS[name], rows, new_rows)
    assigned = worker.assign(batches(rows, width), layout=layout, arrays=[values_name(0)])
    frames = (batch.to_pandas() for batch in assigned)
    made = sum(len(frame) for frame in worker.interpolate_buckets(frames, layout, row_id=None))
    print(json.dumps([made, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_a_task_of_wide_rows_stays_within_1_gb(interpolation):
    rows = 2000
    assert capacity_for(WIDTH, None, 5).rows >= rows
    command = [sys.executable, __file__, interpolation, str(rows), "50", str(WIDTH)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    task = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=env)
    made, peak = json.loads(task.stdout)
    assert made == 50
    assert peak < 2**30


if __name__ == "__main__":
    run_a_task(sys.argv[1], *map(int, sys.argv[2:]))
