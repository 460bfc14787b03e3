"""Blocks of rows, merged and as bytes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
from helpers import a_block, blobs

from spark_smote.core.block import Block


class TestBlocks:
    def test_identical_rows_travel_as_one(self):
        block = Block(
            keys=np.array([9, 1, 9, 9]),
            counts=np.array([1, 1, 2, 1]),
            home=np.ones(4, bool),
            values=[np.array([[1.0], [2.0], [1.0], [3.0]])],
            extras=None,
        ).merged()
        # the last 9 is a collision of the hash: another row, kept apart
        assert block.keys.tolist() == [1, 9, 9]
        assert block.counts.tolist() == [1, 3, 1]
        assert block.values[0].ravel().tolist() == [2.0, 1.0, 3.0]

    def test_bytes_and_back(self):
        extras = pa.array([{"note": None if i % 3 else f"row {i}"} for i in range(20)])
        block = dataclasses.replace(a_block(blobs(20, 3, 0)), extras=extras)
        first = np.arange(20) < 5
        parts = [block.take(first).to_bytes(), block.take(np.flatnonzero(~first)).to_bytes()]
        again = Block.merge([Block.from_bytes(part) for part in parts])
        assert (again.keys == block.keys).all()
        assert (again.values[0] == block.values[0]).all()
        assert again.extras.equals(extras)
