"""What a task holds in memory: one bucket, within 1 GB, however wide its rows are."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import wide_task
from helpers import blobs
from wide_task import INTERPOLATIONS, batches

from spark_smote.core.block import Block
from spark_smote.core.distance.space import fit_space
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.key_hash import KeyHash
from spark_smote.core.strategy.quotas import Quota, find_cutoff
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets import worker
from spark_smote.engine.buckets.capacity import MAX_BUCKET_BYTES, Capacity, capacity_for
from spark_smote.engine.buckets.fitting import fit_cells
from spark_smote.engine.buckets.layout import BucketLayout, ClassBuckets
from spark_smote.engine.table.names import BUCKET, KEY, PACKED_BLOCK, values_name
from spark_smote.exceptions import ResamplingError

WIDTH = 20_000


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_a_task_of_wide_rows_stays_within_1_gb(interpolation):
    """With one bucket after the other, too, which is alike whatever is made of them."""
    rows, buckets = 2000, 2 if interpolation == "segment" else 1
    assert capacity_for(WIDTH, None, 5).rows >= rows
    sizes = map(str, (buckets, rows, 50, WIDTH))
    command = [sys.executable, wide_task.__file__, interpolation, *sizes]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    task = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=env)
    made, peak = json.loads(task.stdout)
    assert made == 50
    assert peak < 2**30


def test_rows_leave_in_batches_of_bounded_size():
    """A bucket of many slices is sent to each: not at once."""
    (batch,) = batches(100, 1000)
    task = ClassTask(Quota(10**6, 100), 5, "standard")
    layout = BucketLayout.of((ClassBuckets(task, None, (300,)),))
    sent = list(worker.assign(iter([batch]), layout=layout, arrays=[values_name(0)]))
    assert sum(len(each) for each in sent) == 300
    packed = len(sent[0][PACKED_BLOCK][0].as_py())
    assert max(each.nbytes for each in sent) <= worker.BATCH_BYTES + 2 * packed


class TestParts:
    """Wide rows that no cells divide evenly are split by key."""

    MOST = 300

    def fit(self, sample, size=1000, k=5):
        return fit_cells(sample, len(sample) / size, size, Capacity(200, 200, self.MOST), k, None)

    def test_blobs_are_found(self):
        random = np.random.default_rng(0)
        centers = np.repeat(np.arange(16), 100)[random.permutation(1600)]
        rows = 20 * np.eye(50)[centers] + random.normal(size=(1600, 50))
        cells, expected = self.fit(rows[:800], size=1600)
        assert isinstance(cells, CellHash)
        assert max(expected) <= self.MOST
        home, _, guest_cells = cells.assign(rows)
        assert np.bincount(np.concatenate([home, guest_cells])).max() <= self.MOST

    def test_noise_is_split_evenly_where_cells_would_not_be(self):
        noise = np.random.default_rng(0).normal(size=(1000, 5000))
        parts, expected = self.fit(noise[:250])
        assert isinstance(parts, KeyHash)
        keys = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 1000)
        sizes = np.bincount(parts.home(keys))
        assert len(sizes) == len(expected)
        assert 6 < sizes.min() <= sizes.max() <= self.MOST

    def test_parts_too_small_for_k_are_refused(self):
        with pytest.raises(ResamplingError, match=r"1000 rows of 40 coordinates.*set bucketSize"):
            self.fit(blobs(30, 40, 0), k=200)

    def test_every_row_is_made_once(self):
        batch, ones = next(batches(400, 30)), np.ones(400, np.int64)
        space = fit_space([np.zeros((1, 30))], ones[:1], "none")
        cutoff = find_cutoff(batch[KEY].to_numpy(), ones, 70)
        task = ClassTask(Quota(70, 400), 3, "none", space, cutoff)
        layout = BucketLayout.of((ClassBuckets(task, KeyHash(4), (1,) * 4, most_rows=200),))
        (sent,) = worker.assign(iter([batch]), layout=layout, arrays=[values_name(0)])
        frame = sent.to_pandas().sort_values(BUCKET)
        made = list(worker.interpolate_buckets(iter([frame]), layout, [pa.float64()], None))
        assert len(made) == 4
        assert sum(len(each) for each in made) == 70


class TestFullBuckets:
    def frame(self, keys: list[int]) -> pd.DataFrame:
        values = np.repeat(keys, 3).reshape(-1, 3) * 1.0
        ones = np.ones(len(keys), np.int64)
        block = Block(np.array(keys), ones, ones == 1, [values], None)
        parts = [block.take(np.array([row])).to_bytes() for row in range(len(keys))]
        return pd.DataFrame({BUCKET: np.zeros(len(keys), np.int32), PACKED_BLOCK: parts})

    def layout(self, most_rows: int) -> BucketLayout:
        task = ClassTask(Quota(4, 6), 1, "none")
        return BucketLayout.of((ClassBuckets(task, None, (1,), most_rows=most_rows),))

    def test_one_that_grows_beyond_a_task_is_refused(self):
        frames = iter([self.frame([1, 2, 3, 4, 5, 6])])
        with pytest.raises(ResamplingError, match="would hold 5 rows of 3 coordinates"):
            list(worker.buckets_of(frames, self.layout(4)))

    def test_identical_rows_count_once(self):
        frames = iter([self.frame([1, 2, 1, 1, 2, 1, 2])])
        ((_, rows),) = worker.buckets_of(frames, self.layout(2))
        assert rows.counts.tolist() == [4, 3]


@pytest.mark.parametrize("width", [1, 30, 4096, 4097, 10**5, 2**18, 10**6])
def test_no_automatic_bucket_is_larger_than_a_task_holds(width):
    capacity = capacity_for(width, None, 5)
    assert 5 < capacity.rows <= capacity.large
    assert 8 * width * (capacity.most or capacity.large) <= MAX_BUCKET_BYTES


def test_a_row_and_its_neighbors_that_fill_a_task_are_refused():
    with pytest.raises(ResamplingError, match=r"hold 6 rows of 10000000 coord.*458 MB.*or 4 rows"):
        capacity_for(10**7, None, 5)
    assert capacity_for(10**7, 64, 5).rows == 64
