"""Pairs of a sampled row and a neighbor of it, with their distance: worker functions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from spark_smote.core.arrays import Indices, Points
from spark_smote.core.block import Block
from spark_smote.core.distance.space import FeatureSpace
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.engine.buckets.judging import Columns, QueryClasses, search_bucket
from spark_smote.engine.buckets.layout import BucketLayout
from spark_smote.engine.buckets.worker import blocks_of, buckets_of
from spark_smote.engine.table.names import CLASS, DISTANCE, FOUND, QUERY
from spark_smote.engine.threads import single_threaded

__all__ = ["PAIRS", "Queries", "pairs_in_buckets", "pairs_in_search", "true_pairs"]

PAIRS = f"{CLASS} int, {QUERY} bigint, {FOUND} bigint, {DISTANCE} double"
"""Schema of the pairs."""

Queries = dict[int, tuple[Indices, Points]]
"""Keys and scaled features of the sampled rows, by class number."""


@single_threaded
def true_pairs(
    batches: Iterator[pa.RecordBatch], queries: Queries, layout: BucketLayout, arrays: list[str]
) -> Iterator[pa.RecordBatch]:
    """Find the nearest rows of each batch to each query, exactly."""
    for batch in batches:
        for number, block in blocks_of(batch, arrays):
            keys, points = queries[number]
            task = layout.classes[number].task
            assert task.space is not None
            others = np.flatnonzero(~np.isin(block.keys, keys))
            candidates = np.vstack([points, task.space.transform(block.take(others).values)])
            candidate_keys = np.concatenate([keys, block.keys[others]])
            norm = task.space.norm
            index = nearest_neighbors(candidates, np.arange(len(keys)), task.k, norm)
            distances = norm.lengths(candidates[index] - points[:, None])
            pairs = _pairs(number, keys, candidate_keys[index], distances)
            yield pa.RecordBatch.from_pydict(pairs)


@single_threaded
def pairs_in_buckets(
    frames: Iterator[pd.DataFrame], queries: Queries, layout: BucketLayout
) -> Iterator[pd.DataFrame]:
    """Find the neighbors that each query gets in its bucket, of its own class."""
    for bucket, block in buckets_of(frames, layout):
        number = bucket.class_number
        if number not in queries or bucket.slice_number:
            continue
        base = np.flatnonzero(block.home)
        positions = np.flatnonzero(np.isin(block.keys[base], queries[number][0]))
        if len(positions):
            task = layout.classes[number].task
            space = task.space_for(block)
            neighborhood = task.search(block, space, base, positions)
            yield pd.DataFrame(_found(number, block, neighborhood, space))


@single_threaded
def pairs_in_search(
    frames: Iterator[pd.DataFrame],
    queries: Queries,
    layout: BucketLayout,
    query_classes: QueryClasses,
) -> Iterator[pd.DataFrame]:
    """Find the rows of any class that each query gets in its bucket."""
    for bucket, block in buckets_of(frames, layout):
        number = bucket.class_number
        if number not in queries:
            continue
        task = layout.classes[number].task
        neighborhood = search_bucket(block, task, query_classes, queries[number][0])
        if neighborhood is not None:
            yield pd.DataFrame(_found(number, block, neighborhood, task.space_for(block)))


def _found(number: int, block: Block, neighborhood: Neighborhood, space: FeatureSpace) -> Columns:
    """Pair the rows that searched in a bucket with what they have found there."""
    base, index = neighborhood.base, neighborhood.index
    ends = (block.take(positions.ravel()) for positions in (base, index))
    start, end = (space.transform(rows.values) for rows in ends)
    distances = space.norm.lengths(end.reshape(*index.shape, -1) - start[:, None])
    return _pairs(number, block.keys[base], block.keys[index], distances)


def _pairs(
    number: int, keys: Indices, neighbor_keys: Indices, distances: npt.NDArray[np.float64]
) -> Columns:
    return {
        CLASS: np.full(neighbor_keys.size, number, np.int32),
        QUERY: np.repeat(keys, neighbor_keys.shape[1]),
        FOUND: neighbor_keys.ravel(),
        DISTANCE: distances.ravel(),
    }
