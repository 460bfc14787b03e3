"""What Python workers run: rows assigned to buckets, and new rows made from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from spark_smote.core.block import Block
from spark_smote.core.clustering import Clusters
from spark_smote.core.hashing.broadcast_queries import CandidateFilter
from spark_smote.core.synthesis.bucket import make_rows
from spark_smote.core.threads import single_threaded
from spark_smote.engine.buckets.arrow import ArrowColumn, matrix_of
from spark_smote.engine.buckets.layout import Bucket, BucketLayout, ClassBuckets
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

__all__ = [
    "assign",
    "blocks_of",
    "buckets_of",
    "interpolate_buckets",
    "read_block",
    "split_by_cluster",
]


@single_threaded
def assign(
    batches: Iterator[pa.RecordBatch], layout: BucketLayout, arrays: list[str]
) -> Iterator[pa.RecordBatch]:
    """Send each row to the bucket of its cell, and to those where it is a guest."""
    filters = [CandidateFilter(each.queries) if each.queries else None for each in layout.classes]
    for batch in batches:
        for number, block in blocks_of(batch, arrays):
            members, packed = layout.classes[number], []
            for cell, rows in _split_by_cell(block, members, filters[number]):
                first, part = int(layout.firsts[number][cell]), rows.to_bytes()
                packed += [(first + piece, part) for piece in range(members.slices[cell])]
            if packed:
                yield _routed(packed, layout)


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


def _split_by_cell(
    block: Block, members: ClassBuckets, candidate_filter: CandidateFilter | None
) -> Iterator[tuple[int, Block]]:
    """Split rows of one class by cell, guests among them."""
    space = members.task.space
    points = None if space is None else space.transform(block.values)
    if members.region is not None and points is not None:
        near = members.region.contains(points, block.own_class)
        block, points = block.take(near), points[near]
    if not len(block):
        return
    if points is None or (members.hash is None and candidate_filter is None):
        yield 0, block
        return
    if candidate_filter is not None:
        home, guests, guest_cells = candidate_filter.assign(points, block.keys, block.own_class)
    elif members.hash is not None:
        home, guests, guest_cells = members.hash.assign(points)
    at_home = np.flatnonzero(home >= 0)  # below 0: a row that only others search for
    position = np.concatenate([at_home, guests])
    cell = np.concatenate([home[at_home], guest_cells])
    order = np.argsort(cell, kind="stable")
    cells, starts = np.unique(cell[order], return_index=True)
    for number, places in zip(cells, np.split(order, starts[1:]), strict=True):
        part = block.take(position[places])
        part.home[:] = places < len(at_home)
        yield int(number), part


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
    """Read each bucket's blocks as one, a bucket at a time."""
    pieces = (
        piece for frame in frames for piece in zip(frame[BUCKET], frame[PACKED_BLOCK], strict=True)
    )
    for number, parts in groupby(pieces, key=lambda piece: piece[0]):
        bucket = layout.buckets[number]
        members = layout.classes[bucket.class_number]
        rows = Block.concat([Block.from_bytes(packed) for _, packed in parts]).merged()
        if members.queries is not None and members.task.space is not None:
            points = members.task.space.transform(rows.values)
            rows = rows.take(members.queries.keep_candidates(points, rows.home))
        yield bucket, rows


@single_threaded
def interpolate_buckets(
    frames: Iterator[pd.DataFrame], layout: BucketLayout, row_id: str | None
) -> Iterator[pd.DataFrame]:
    """Make the synthetic rows of each bucket."""
    for bucket, rows in buckets_of(frames, layout):
        task = layout.classes[bucket.class_number].task
        number = rows.labels
        if number is None:
            number = np.full(len(rows), bucket.class_number, np.int32)
        for made in make_rows(rows, task, bucket.slice_number, bucket.slices):
            columns: dict[str, Any] = {CLASS: number[made.base]}
            for i, values in enumerate(made.values):
                columns[values_name(i)] = ArrowColumn.of_rows(values)
            for i, category in enumerate(task.categories):
                columns[category_name(i)] = category.decoded(made.codes[:, i])
            if rows.extras is not None:
                columns[EXTRA] = ArrowColumn(rows.extras.take(pa.array(made.base)))
                if row_id:
                    ids = rows.extras.field(row_id).take(pa.array(made.neighbor))
                    named = pa.StructArray.from_arrays([ids], [row_id])
                    columns[NEIGHBOR] = ArrowColumn(named)
                    columns[GAP] = made.gap
            yield pd.DataFrame(columns)


@single_threaded
def split_by_cluster(
    batches: Iterator[pa.RecordBatch],
    clusters: Clusters,
    numbers: npt.NDArray[np.int64],
    arrays: list[str],
    names: list[str],
) -> Iterator[pa.RecordBatch]:
    """Replace the number of each row's class by that of its part, and keep some columns.

    Parameters
    ----------
    batches : iterator of RecordBatch
    clusters : Clusters
    numbers : int64 array of shape (classes, clusters)
        Number of the part; -1 leaves the rows out.
    arrays, names : list of str
        Columns of the features, and those to keep.
    """
    for batch in batches:
        if len(batch):
            cluster = clusters.of(read_block(batch, arrays).values)
            number = numbers[batch[CLASS].to_numpy(), cluster].astype(np.int32)
            columns = {name: batch[name] for name in names} | {CLASS: pa.array(number)}
            yield pa.RecordBatch.from_pydict(columns).filter(pa.array(number >= 0))
