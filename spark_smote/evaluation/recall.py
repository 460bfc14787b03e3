"""Neighbor recall: the share of true nearest neighbors that a search finds, on sampled rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.base import NeighborSampler, Sampler
from spark_smote.core.neighbors.ties import ROUNDING
from spark_smote.core.randomness import min_key
from spark_smote.engine.buckets.all_classes import AllClassSearch
from spark_smote.engine.buckets.exchange import exchange
from spark_smote.engine.buckets.layout import BucketLayout
from spark_smote.engine.buckets.worker import blocks_of
from spark_smote.engine.planning.plan import CleaningPlan, CombinedPlan, NeighborPlan, Plan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import CLASS, DISTANCE, FOUND, KEY, OWN_CLASS, QUERY
from spark_smote.engine.table.sql import by_number
from spark_smote.evaluation.neighbor_pairs import (
    PAIRS,
    Queries,
    pairs_in_buckets,
    pairs_in_search,
    true_pairs,
)

__all__ = [
    "NOT_MEASURED",
    "Recall",
    "measure_all_class_recall",
    "measure_class_recall",
    "neighbor_recall",
    "neighbor_recall_all_classes",
]


@dataclass(frozen=True)
class Recall:
    """Share of the true neighbors that are found, if it is known, and how it is known."""

    value: float | None
    note: str

    def __str__(self) -> str:
        return self.note if self.value is None else f"{self.value:.3f}, {self.note}"


NOT_MEASURED = Recall(None, "not measured")

TOO_FEW = Recall(None, "not measured: too few rows are distinct")
"""Of few distinct rows, which stand for many each, none may be drawn, or have a neighbor."""

NOTHING_TO_SEARCH = Recall(None, "nothing to search")

EXACT = Recall(1.0, "exact")


def neighbor_recall(sampler: Sampler, dataset: DataFrame, plan: Plan, queries: int) -> Recall:
    """Measure the search for the neighbors that new rows are made with.

    Parameters
    ----------
    sampler : Sampler
    dataset : DataFrame
    plan : Plan
        The sampler's plan for this table.
    queries : int
        Rows of each hashed class to search for, about; 0 measures nothing.
    """
    if isinstance(plan, CombinedPlan):
        plan = plan.over_sampling
    if not isinstance(sampler, NeighborSampler) or not isinstance(plan, NeighborPlan):
        return NOTHING_TO_SEARCH
    classes = plan.layout.classes
    if not any(members.task.k for members in classes):
        return NOTHING_TO_SEARCH
    if isinstance(plan.selection, AllClassSearch):
        return NOT_MEASURED
    if all(members.hash is None for members in classes):
        return EXACT
    if not queries:
        return NOT_MEASURED
    value = measure_class_recall(sampler.feature_table(dataset), plan, queries)
    return TOO_FEW if value is None else Recall(value, f"by {queries:,} rows of each hashed class")


def neighbor_recall_all_classes(
    sampler: Sampler, dataset: DataFrame, plan: Plan, queries: int
) -> Recall | None:
    """Measure the search for the rows of any class that judge others; None if there is none.

    Parameters
    ----------
    sampler, dataset, plan, queries
        As in `neighbor_recall`.
    """
    if isinstance(plan, CombinedPlan):
        return NOT_MEASURED
    search = plan.search if isinstance(plan, NeighborPlan | CleaningPlan) else None
    if search is None or not isinstance(sampler, NeighborSampler):
        return None
    if search.is_exact:
        return EXACT
    if not queries:
        return NOT_MEASURED
    table = sampler.feature_table(dataset)
    value = measure_all_class_recall(search, table, plan.counts, queries)
    return TOO_FEW if value is None else Recall(value, f"by {queries:,} rows")


def measure_class_recall(
    table: FeatureTable, plan: NeighborPlan, queries: int = 1000
) -> float | None:
    """Measure recall@k of the neighbors used against exact search over the whole class.

    Parameters
    ----------
    table : FeatureTable
    plan : NeighborPlan
        A plan for this table.
    queries : int, default 1000
        Rows of each hashed class to search for, about; which ones depends on the seed only.

    Returns
    -------
    float or None
        Share of the k neighbors used, identical rows taken as one, that are as near as the k-th
        nearest of the class. 1.0 if every class fits one bucket, whose search is exact, or needs
        no neighbors; None if no row was drawn, or none has a neighbor.

    References
    ----------
    Aumüller, Bernhardsson, Faithfull: "ANN-Benchmarks: a benchmarking tool for approximate nearest
    neighbor algorithms", Information Systems 87, 2020, which counts rows that are as near, too.
    """
    layout, arrays = plan.layout, table.arrays
    if not any(members.hash and members.task.k for members in layout.classes):
        return 1.0
    rows = plan.selection.rows(table)
    least = {
        number: min_key(queries, members.task.quota.size)
        for number, members in enumerate(layout.classes)
        if members.hash is not None
    }
    sampled = _read(rows.filter(F.col(KEY) >= by_number(least, CLASS)), layout, arrays)
    used = exchange(rows, layout, table).mapInPandas(
        partial(pairs_in_buckets, queries=sampled, layout=layout), PAIRS
    )
    return _share_found(rows, sampled, layout, arrays, used)


def measure_all_class_recall(
    search: AllClassSearch, table: FeatureTable, counts: Mapping[Any, int], queries: int = 1000
) -> float | None:
    """Measure recall@k of a search among the rows of all classes, as `measure_class_recall` does.

    Parameters
    ----------
    search : AllClassSearch
    table : FeatureTable
    counts : mapping of label to int
        Rows of each class.
    queries : int, default 1000
        Rows to search for, about, of the classes whose rows query.
    """
    if search.is_exact:
        return 1.0
    querying = [n for n in search.inexact_classes if n in search.query_classes]
    total = sum(counts[search.labels[n]] for n in querying)
    least = {n: max(min_key(queries, total), search.query_classes[n]) for n in querying}
    rows, arrays = search.rows(table), table.arrays
    sampled = _read(rows.filter(F.col(KEY) >= by_number(least, OWN_CLASS)), search.layout, arrays)
    pairs = partial(
        pairs_in_search,
        queries=sampled,
        layout=search.layout,
        query_classes=search.query_classes,
    )
    used = search.exchange(table).mapInPandas(pairs, PAIRS)
    return _share_found(rows, sampled, search.layout, arrays, used)


def _share_found(
    rows: DataFrame, queries: Queries, layout: BucketLayout, arrays: list[str], used: DataFrame
) -> float | None:
    """Compare the neighbors used with those that an exact search among all rows finds."""
    hashed = rows.filter(F.col(CLASS).isin(list(queries)))
    exact = hashed.select(CLASS, KEY, *arrays).mapInArrow(
        partial(true_pairs, queries=queries, layout=layout, arrays=arrays), PAIRS
    )
    nearest = F.sort_array(F.collect_set(F.struct(DISTANCE, FOUND)))[DISTANCE]
    depths = {number: members.task.k for number, members in enumerate(layout.classes)}
    depth = by_number(depths, CLASS).cast("int")
    true = exact.groupBy(CLASS, QUERY).agg(F.slice(nearest, F.lit(1), depth).alias("true"))
    used = used.groupBy(CLASS, QUERY).agg(F.collect_list(DISTANCE).alias("used"))
    limit = F.array_max("true") * (1 + ROUNDING)
    hits = F.size(
        F.filter(F.coalesce("used", F.expr("array()")), lambda distance: distance <= limit)
    )
    total = true.join(used, [CLASS, QUERY], "left").agg(F.sum(hits), F.sum(F.size("true")))
    found, wanted = total.collect()[0]
    return float(found) / float(wanted) if wanted else None


def _read(rows: DataFrame, layout: BucketLayout, arrays: list[str]) -> Queries:
    """Read the rows to search for: with the highest keys, as the hash was fitted on the lowest."""
    sampled = rows.select(CLASS, KEY, *arrays).dropDuplicates([CLASS, KEY]).toPandas()
    queries = {}
    batch = pa.RecordBatch.from_pydict(dict(sampled.items()))
    for number, block in blocks_of(batch, arrays):
        space = layout.classes[number].task.space
        assert space is not None
        queries[number] = (block.keys, space.transform(block.values))
    return queries
