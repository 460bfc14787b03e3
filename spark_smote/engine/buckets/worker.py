"""The Spark side of the buckets: assign rows, bring those of a bucket together, make new ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from spark_smote.core.block import Block
from spark_smote.core.hashing.broadcast_queries import CandidateFilter
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.synthesis.bucket import make_rows
from spark_smote.engine.buckets.arrow import ArrowColumn, matrix_of
from spark_smote.engine.buckets.layout import Bucket, BucketLayout
from spark_smote.engine.table.names import (
    BUCKET,
    CLASS,
    EXTRA,
    GAP,
    KEY,
    NEIGHBOR,
    OWN_CLASS,
    PACKED_BLOCK,
    ROUTE,
    category_name,
    values_name,
)

__all__ = ["blocks_of", "buckets_of", "read_block"]


def assign(
    batches: Iterator[pa.RecordBatch], layout: BucketLayout, arrays: list[str]
) -> Iterator[pa.RecordBatch]:
    """Send each row to the bucket of its cell, and to those where it is a guest."""
    filters = [CandidateFilter(each.queries) if each.queries else None for each in layout.classes]
    with threadpool_limits(limits=1):
        for batch in batches:
            for number, rows in blocks_of(batch, arrays):
                if blocks := list(_blocks(rows, number, layout, filters[number])):
                    yield _routed(blocks, layout)


def blocks_of(batch: pa.RecordBatch, arrays: list[str]) -> Iterator[tuple[int, Block]]:
    """Read the rows of each class in a batch, identical ones as one."""
    if not len(batch):
        return
    numbers = batch[CLASS].to_numpy()
    rows = read_block(batch, arrays)
    for number in np.unique(numbers):
        mine = numbers == number
        yield int(number), (rows if mine.all() else rows.take(mine)).merged()


def read_block(batch: pa.RecordBatch, arrays: list[str]) -> Block:
    """Read the rows of a batch, in their order."""
    names = batch.schema.names
    return Block(
        keys=batch[KEY].to_numpy(),
        counts=np.ones(len(batch), np.int64),
        home=np.ones(len(batch), np.bool_),
        values=[matrix_of(batch[name]) for name in arrays],
        extras=batch[EXTRA] if EXTRA in names else None,
        labels=batch[OWN_CLASS].to_numpy() if OWN_CLASS in names else None,
    )


def _blocks(
    rows: Block, number: int, layout: BucketLayout, candidate_filter: CandidateFilter | None
) -> Iterator[tuple[int, bytes]]:
    """Split rows of one class by bucket."""
    members = layout.classes[number]
    space = members.task.space
    points = None if space is None else space.transform(rows.values)
    if members.region is not None and points is not None and rows.labels is not None:
        near = members.region.contains(points, rows.labels)
        rows, points = rows.take(near), points[near]
    if not len(rows):
        return
    if points is None or (members.hash is None and candidate_filter is None):
        cells = [(0, rows)]
    else:
        home, guests, guest_cells = _assigned(rows, points, members.hash, candidate_filter)
        at_home = np.flatnonzero(home >= 0)
        position = np.concatenate([at_home, guests])
        cell = np.concatenate([home[at_home], guest_cells])
        order = np.argsort(cell, kind="stable")
        present, starts = np.unique(cell[order], return_index=True)
        cells = []
        for name, places in zip(present, np.split(order, starts[1:]), strict=True):
            block = rows.take(position[places])
            block.home[:] = places < len(at_home)
            cells.append((int(name), block))
    for name, block in cells:
        packed = block.to_bytes()
        for piece in range(members.slices[name]):
            yield int(layout.firsts[number][name]) + piece, packed


def _assigned(
    rows: Block,
    points: npt.NDArray[np.float64],
    cells: CellHash | None,
    candidate_filter: CandidateFilter | None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Find home cells, below 0 for none, and the (row, cell) pairs of the guests."""
    if candidate_filter is not None:
        assert rows.labels is not None
        return candidate_filter.assign(points, rows.keys, rows.labels)
    assert cells is not None
    return cells.assign(points)


def _routed(blocks: Sequence[tuple[int, bytes]], layout: BucketLayout) -> pa.RecordBatch:
    numbers, packed = zip(*blocks, strict=True)
    buckets = np.array(numbers, np.int32)
    columns = {
        ROUTE: layout.routes[buckets],
        BUCKET: buckets,
        PACKED_BLOCK: pa.array(packed, pa.binary()),
    }
    return pa.RecordBatch.from_pydict(columns)


def buckets_of(
    frames: Iterator[pd.DataFrame], layout: BucketLayout
) -> Iterator[tuple[Bucket, Block]]:
    """Put each bucket's blocks together, one bucket at a time."""
    pieces = (
        piece for frame in frames for piece in zip(frame[BUCKET], frame[PACKED_BLOCK], strict=True)
    )
    for number, parts in groupby(pieces, key=lambda piece: piece[0]):
        bucket = layout.buckets[number]
        members = layout.classes[bucket.class_number]
        rows = Block.from_bytes([packed for _, packed in parts]).merged()
        if members.queries is not None and members.task.space is not None:
            points = members.task.space.transform(rows.values)
            rows = rows.take(members.queries.keep_candidates(points, rows.home))
        yield bucket, rows


def interpolate_buckets(
    frames: Iterator[pd.DataFrame], layout: BucketLayout, row_id: str | None
) -> Iterator[pd.DataFrame]:
    """Make the synthetic rows of each bucket."""
    with threadpool_limits(limits=1):
        for bucket, rows in buckets_of(frames, layout):
            task = layout.classes[bucket.class_number].task
            number = rows.labels
            if number is None:
                number = np.full(len(rows), bucket.class_number, np.int32)
            for made in make_rows(rows, task, bucket.slice_number, bucket.slices):
                columns: dict[str, Any] = {CLASS: number[made.base]}
                for place, values in enumerate(made.values):
                    columns[values_name(place)] = ArrowColumn.of_rows(values)
                for place, category in enumerate(task.categories):
                    columns[category_name(place)] = category.decoded(made.codes[:, place])
                if rows.extras is not None:
                    columns[EXTRA] = ArrowColumn(rows.extras.take(pa.array(made.base)))
                    if row_id:
                        ids = rows.extras.field(row_id).take(pa.array(made.neighbor))
                        named = pa.StructArray.from_arrays([ids], [row_id])
                        columns[NEIGHBOR] = ArrowColumn(named)
                        columns[GAP] = made.gap
                yield pd.DataFrame(columns)
