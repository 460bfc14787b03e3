"""What Python workers run: rows assigned to buckets, and new rows made from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from spark_smote.core.block import Block
from spark_smote.core.clustering import Clusters
from spark_smote.core.digest import RowDigest
from spark_smote.core.hashing.broadcast_queries import CandidateFilter
from spark_smote.core.hashing.key_hash import KeyHash
from spark_smote.core.synthesis.bucket import make_rows
from spark_smote.engine.arrow import ArrowColumn, matrix_of
from spark_smote.engine.buckets.capacity import refuse_size
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
from spark_smote.engine.threads import single_threaded

__all__ = [
    "assign",
    "blocks_of",
    "buckets_of",
    "interpolate_buckets",
    "read_block",
    "split_by_cluster",
]

BATCH_BYTES = 4 * 2**20
"""Memory of the rows that are hashed at once, and of a batch of packed ones."""

MERGED_BYTES = 64 * 2**20
"""Memory of packed rows that are merged before more are read."""


@single_threaded
def assign(
    batches: Iterator[pa.RecordBatch], layout: BucketLayout, arrays: list[str]
) -> Iterator[pa.RecordBatch]:
    """Send each row to the bucket of its cell, and to those where it is a guest.

    The first buckets of a class get the digest of its rows, too, before any row: so its tasks
    know whether these are the rows that were planned for.
    """
    digests = [RowDigest()] * len(layout.classes)
    filters = [CandidateFilter(each.queries) if each.queries else None for each in layout.classes]
    for batch in batches:
        for part in _split_by_bytes(batch, arrays):
            yield from _in_batches(_pieces(part, layout, arrays, filters, digests), layout)
    known = [
        (-1 - bucket, digest.to_bytes())
        for number, digest in enumerate(digests)
        if digest.rows and layout.classes[number].digest
        for bucket in layout.first_buckets(number)
    ]
    if known:
        yield _routed(known, layout)


def _split_by_bytes(batch: pa.RecordBatch, arrays: list[str]) -> Iterator[pa.RecordBatch]:
    """Split a batch, as the hash of its rows takes several copies of them."""
    n_bytes = sum(batch[name].nbytes for name in arrays)
    step = max(1, math.ceil(len(batch) / math.ceil(max(n_bytes, 1) / BATCH_BYTES)))
    for start in range(0, len(batch), step):
        yield batch.slice(start, step)


def _pieces(
    batch: pa.RecordBatch,
    layout: BucketLayout,
    arrays: list[str],
    filters: Sequence[CandidateFilter | None],
    digests: list[RowDigest],
) -> Iterator[tuple[int, bytes]]:
    """Pack the rows of a batch for each bucket that they are sent to, and add to the digests."""
    for number, block in blocks_of(batch, arrays):
        members = layout.classes[number]
        digests[number] += RowDigest.of(block.keys, block.counts)
        for cell, rows in _split_by_cell(block, members, filters[number]):
            first, packed = int(layout.firsts[number][cell]), rows.to_bytes()
            for piece in range(members.slices[cell]):
                yield first + piece, packed


def _in_batches(
    pieces: Iterator[tuple[int, bytes]], layout: BucketLayout
) -> Iterator[pa.RecordBatch]:
    """Collect packed rows to batches of bounded size."""
    waiting: list[tuple[int, bytes]] = []
    n_bytes = 0
    for piece in pieces:
        waiting.append(piece)
        n_bytes += len(piece[1])
        if n_bytes >= BATCH_BYTES:
            yield _routed(waiting, layout)
            waiting, n_bytes = [], 0
    if waiting:
        yield _routed(waiting, layout)


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
    none = np.empty(0, np.int64)
    if candidate_filter is not None:
        home, guests, guest_cells = candidate_filter.assign(points, block.keys, block.own_class)
    elif isinstance(members.hash, KeyHash):
        home, guests, guest_cells = members.hash.home(block.keys), none, none
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
        ROUTE: layout.routes[np.maximum(buckets, -1 - buckets)],
        BUCKET: buckets,
        PACKED_BLOCK: pa.array(packed, pa.binary()),
    }
    return pa.RecordBatch.from_pydict(columns)


def buckets_of(
    frames: Iterator[pd.DataFrame], layout: BucketLayout
) -> Iterator[tuple[Bucket, Block]]:
    """Read each bucket's blocks as one, a bucket at a time; check the digests that come first."""
    pieces = (
        piece for frame in frames for piece in zip(frame[BUCKET], frame[PACKED_BLOCK], strict=True)
    )
    for number, parts in groupby(pieces, key=lambda piece: piece[0]):
        bucket = layout.buckets[max(number, -1 - number)]
        members = layout.classes[bucket.class_number]
        packed = (part for _, part in parts)
        if number < 0:
            found = sum(map(RowDigest.from_bytes, packed), start=RowDigest())
            if members.digest is not None:
                members.digest.check(found)
            continue
        rows = _read_bucket(packed, members.most_rows)
        if members.queries is not None and members.task.space is not None:
            points = members.task.space.transform(rows.values)
            rows = rows.take(members.queries.keep_candidates(points, rows.home))
        yield bucket, rows
        del rows  # before the next are read


def _read_bucket(parts: Iterator[bytes], most_rows: int | None) -> Block:
    """Read the rows of a bucket, identical ones as one."""
    blocks: list[Block] = []
    waiting: list[Block] = []
    n_bytes = 0
    for packed in parts:
        waiting.append(Block.from_bytes(packed))
        n_bytes += len(packed)
        if n_bytes >= MERGED_BYTES:
            # The allocator returns large arrays at once, and keeps the memory of small ones.
            blocks.append(Block.merge(waiting))
            n_bytes = 0
        if most_rows and sum(map(len, (*blocks, *waiting))) > most_rows:
            blocks, waiting, n_bytes = [Block.merge(blocks + waiting)], [], 0
            if len(blocks[0]) > most_rows:
                refuse_size(len(blocks[0]), sum(part.shape[1] for part in blocks[0].values))
    blocks += waiting
    waiting.clear()
    return Block.merge(blocks)


@single_threaded
def interpolate_buckets(
    frames: Iterator[pd.DataFrame],
    layout: BucketLayout,
    types: Sequence[pa.DataType],
    row_id: str | None,
) -> Iterator[pd.DataFrame]:
    """Make the synthetic rows of each bucket, with features of some types."""
    for bucket, rows in buckets_of(frames, layout):
        task = layout.classes[bucket.class_number].task
        number = rows.labels
        if number is None:
            number = np.full(len(rows), bucket.class_number, np.int32)
        for made in make_rows(rows, task, bucket.slice_number, bucket.slices):
            columns: dict[str, Any] = {CLASS: number[made.base]}
            for i, (values, element) in enumerate(zip(made.values, types, strict=True)):
                columns[values_name(i)] = ArrowColumn.of_rows(values, element)
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
        del rows  # before the next are read


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
