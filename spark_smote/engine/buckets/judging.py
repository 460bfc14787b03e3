"""What is computed from the rows of one bucket, other than new rows: worker functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from spark_smote.core.arrays import Indices
from spark_smote.core.block import Block
from spark_smote.core.cleaning import disagreeing, misclassified, nearest
from spark_smote.core.neighbors.exact import exact_search
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.core.weights import NeighborWeighting, count_other_class
from spark_smote.engine.buckets.layout import BucketLayout
from spark_smote.engine.buckets.worker import buckets_of
from spark_smote.engine.table.names import KEY, OTHER, OTHER_CLASS, OWN_CLASS, ROW_COUNT, WEIGHT
from spark_smote.engine.threads import single_threaded

__all__ = [
    "BucketFn",
    "Columns",
    "JudgeFn",
    "QueryClasses",
    "apply_to_buckets",
    "edited_rows",
    "judge_bucket",
    "misleading_rows",
    "nearest_to_others",
    "pairs_of_two_classes",
    "search_bucket",
    "weigh_rows",
]

QueryClasses = Mapping[int, int]
"""Classes whose rows query, by number, and the least key of the rows that do."""

Columns = dict[str, npt.NDArray[Any]]

JudgeFn = Callable[[Block, Neighborhood], Columns]
"""Turns the neighbors of the rows that query, in one bucket, into the columns of a result."""

BucketFn = Callable[[Block, ClassTask], Columns | None]
"""Turns the rows of a bucket into the columns of a result, if any."""


@single_threaded
def apply_to_buckets(
    frames: Iterator[pd.DataFrame], layout: BucketLayout, function: BucketFn
) -> Iterator[pd.DataFrame]:
    """Apply a function to each bucket."""
    for bucket, block in buckets_of(frames, layout):
        task = layout.classes[bucket.class_number].task
        if (columns := function(block, task)) is not None:
            yield pd.DataFrame(columns)
        del block  # before the next is read


def judge_bucket(
    block: Block, task: ClassTask, query_classes: QueryClasses, judge: JudgeFn
) -> Columns | None:
    """Search for the rows at home in a bucket, and judge them."""
    neighborhood = search_bucket(block, task, query_classes)
    return None if neighborhood is None else judge(block, neighborhood)


def search_bucket(
    block: Block, task: ClassTask, query_classes: QueryClasses, keys: Indices | None = None
) -> Neighborhood | None:
    """Find the neighbors of the rows at home in a bucket that query; None if none do.

    Parameters
    ----------
    block : Block
        Rows of all classes.
    task : ClassTask
    query_classes : mapping of int to int
    keys : int64 array, optional
        Keys of the only rows to search for.
    """
    base = np.flatnonzero(block.home & _is_query(block, query_classes))
    queries = np.arange(len(base))
    if keys is not None:
        queries = np.flatnonzero(np.isin(block.keys[base], keys))
    if not len(queries):
        return None
    # Rows of other classes would be missed first, and too few of them counted.
    return task.search(block, task.space_for(block), base, queries, high_recall=True)


def _is_query(block: Block, query_classes: QueryClasses) -> npt.NDArray[np.bool_]:
    is_query = np.zeros(len(block), np.bool_)
    for number in np.unique(block.own_class).tolist():
        if number in query_classes:
            is_query |= (block.own_class == number) & (block.keys >= query_classes[number])
    return is_query


def weigh_rows(block: Block, neighborhood: Neighborhood, weighting: NeighborWeighting) -> Columns:
    """Weigh the rows that query by their neighbors of other classes."""
    other_class = count_other_class(neighborhood, block.own_class)
    weights = weighting.weights(other_class) * block.counts[neighborhood.base]
    weighs = weights > 0
    base = neighborhood.base[weighs]
    return {
        OWN_CLASS: block.own_class[base],
        KEY: block.keys[base],
        WEIGHT: weights[weighs],
        OTHER_CLASS: other_class[weighs],
    }


def nearest_to_others(
    block: Block, task: ClassTask, keys: Mapping[int, Indices], k: int
) -> Columns:
    """Select the rows of classes among the k nearest to any row of another class.

    Parameters
    ----------
    block : Block
    task : ClassTask
    keys : mapping of int to int64 array
        By number of the class: the keys of its rows to select from.
    k : int
    """
    present = [n for n in np.unique(block.own_class).tolist() if n in keys]
    found = [_nearest_of_class(block, task, n, keys[n], k) for n in present]
    rows = np.concatenate([np.empty(0, np.int64), *found])
    return {OWN_CLASS: block.own_class[rows], KEY: block.keys[rows]}


def _nearest_of_class(block: Block, task: ClassTask, number: int, keys: Indices, k: int) -> Indices:
    is_own = block.own_class == number
    members = np.flatnonzero(is_own & np.isin(block.keys, keys))
    others = np.flatnonzero(block.home & ~is_own)
    if len(members) <= k or not len(others):
        return members if len(others) else others
    space = task.space_for(block)
    search = exact_search(space.transform(block.values), k, space.norm)
    counts = np.where(is_own, block.counts, 1)
    neighborhood = Neighborhood(others, search.nearest(others, members), counts, k)
    choices, votes = neighborhood.votes(np.arange(len(others)))
    return np.unique(choices[votes > 0])


def edited_rows(block: Block, neighborhood: Neighborhood, kind_sel: str) -> Columns:
    """Select the rows that their neighbors take for another class (ENN)."""
    wrong = disagreeing(neighborhood, block.own_class, kind_sel)
    return _named(block, neighborhood.base[np.flatnonzero(wrong)])


def misleading_rows(
    block: Block,
    neighborhood: Neighborhood,
    edited: Sequence[int],
    minority: Sequence[int],
    large: Sequence[int],
) -> Columns:
    """Select the rows that the neighborhood cleaning rule removes.

    Parameters
    ----------
    block : Block
    neighborhood : Neighborhood
    edited : sequence of int
        Numbers of the classes whose rows go if most neighbors are of another.
    minority : sequence of int
        Numbers of the classes whose misclassified rows' neighbors go.
    large : sequence of int
        Numbers of the classes that these neighbors may be of.
    """
    labels = block.own_class
    own = labels[neighborhood.base]
    wrong = disagreeing(neighborhood, labels, "mode") & np.isin(own, edited)
    misled = np.flatnonzero(misclassified(neighborhood, labels) & np.isin(own, minority))
    choices, votes = neighborhood.votes(misled)
    neighbors = choices[votes > 0]
    neighbors = neighbors[np.isin(labels[neighbors], large)]
    return _named(block, np.unique(np.concatenate([neighborhood.base[wrong], neighbors])))


def pairs_of_two_classes(block: Block, neighborhood: Neighborhood) -> Columns:
    """Select the rows whose nearest row is of another class, with the key of that row."""
    closest = nearest(neighborhood)
    unlike = block.own_class[closest] != block.own_class[neighborhood.base]
    named = _named(block, neighborhood.base[unlike])
    return named | {OTHER: block.keys[closest[unlike]]}


def _named(block: Block, positions: Indices) -> Columns:
    """Return the columns that name some rows of a bucket."""
    return {
        OWN_CLASS: block.own_class[positions],
        KEY: block.keys[positions],
        ROW_COUNT: block.counts[positions],
    }
