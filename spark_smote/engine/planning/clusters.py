"""Classes split by clusters of all rows: each part is over-sampled as a class of its own."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.arrays import Counts, Floats, Indices
from spark_smote.core.clustering import (
    Clustering,
    Clusters,
    cluster_weights,
    fit_clusters,
    mean_distance,
)
from spark_smote.core.digest import RowDigest
from spark_smote.core.randomness import key_quantile
from spark_smote.core.strategy.apportionment import apportion
from spark_smote.core.strategy.labels import by_label
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.fitting import SAMPLE_BYTES, SearchSettings
from spark_smote.engine.buckets.worker import split_by_cluster
from spark_smote.engine.planning.no_bases import is_skipped, warn_of_no_bases
from spark_smote.engine.scan.checking import Bins
from spark_smote.engine.scan.sampling import MORE_SAMPLE, sample_all_classes
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import CLASS, EXTRA, KEY
from spark_smote.engine.table.sql import is_among, key_bin
from spark_smote.exceptions import shown

__all__ = ["ClusteredRows", "plan_clusters"]

logger = logging.getLogger(__name__)

CLUSTER_ROWS = 16_384
"""Sample rows of the table to fit the clusters, and of each class to average distances."""

PAIR_ROWS = 2048
"""Sample rows of a class in a cluster whose distances are averaged."""


@dataclass(frozen=True)
class ClusteredRows:
    """The rows that make new ones, by class and cluster.

    Attributes
    ----------
    classes : list
        Labels of the classes.
    clusters : Clusters
    numbers : int64 array of shape (classes, clusters)
        Number of the part that a class's rows in a cluster are; -1 if they make none.
    labels : list
        Label of each part.
    seed : int
    """

    classes: list[Any]
    clusters: Clusters
    numbers: npt.NDArray[np.int64]
    labels: list[Any]
    seed: int

    def rows(self, table: FeatureTable) -> DataFrame:
        """Select the rows, each with the number of its part as that of its class."""
        rows = table.rows_of(self.classes, self.seed)
        names = [CLASS, KEY, *table.arrays, *([EXTRA] if EXTRA in rows.columns else [])]
        rows = rows.select(*names)
        worker = partial(
            split_by_cluster,
            clusters=self.clusters,
            numbers=self.numbers,
            arrays=table.arrays,
            names=names,
        )
        return rows.mapInArrow(worker, rows.schema)


def plan_clusters(
    table: FeatureTable,
    counts: Mapping[Any, int],
    tasks: Mapping[Any, ClassTask],
    settings: SearchSettings,
    clustering: Clustering,
    n_features: int,
    handle_no_bases: str,
) -> tuple[ClusteredRows, list[ClassTask], Bins, list[RowDigest]]:
    """Fit clusters, and divide each class's new rows among its own, in two Spark jobs.

    Parameters
    ----------
    table : FeatureTable
    counts : mapping of label to int
        Rows of each class.
    tasks : mapping of label to ClassTask
        The classes to over-sample.
    settings : SearchSettings
    clustering : Clustering
    n_features : int
    handle_no_bases : {"error", "skip", "uniform"}
        What to do with a class that has no cluster to make rows in.

    Returns
    -------
    ClusteredRows
    list of ClassTask
        By number of the part.
    Bins
        Rows by part and bin of the key, if a part is too large for one bucket.
    list of RowDigest
        By number of the part.

    Raises
    ------
    ResamplingError
        If a class has no cluster to make rows in, and that is an error.
    """
    labels = list(by_label(counts))
    clusters, means = _fit(table, counts, labels, list(tasks), settings, clustering, n_features)
    capacity = settings.capacity(n_features).rows
    large = [number for number, label in enumerate(labels) if counts[label] > capacity]
    known, bins = _count(table, labels, clusters, settings.seed, large)
    sizes = np.array([[each.rows for each in of_class] for of_class in known])
    total = sum(task.quota.rows for task in tasks.values())
    numbers = np.full((len(tasks), len(clusters)), -1)
    parts: list[ClassTask] = []
    digests: list[RowDigest] = []
    part_labels: list[Any] = []
    reasons: list[str] = []
    part_bins: dict[int, Mapping[int, int]] = {}
    for i, (label, task) in enumerate(tasks.items()):
        own = labels.index(label)
        threshold = clustering.threshold
        if threshold is None:
            threshold = task.quota.rows / total / 2
        usable = _usable(sizes, own, task.k, threshold)
        if not len(usable):
            reason, advice = _describe_lack(label, sizes, own, task.k, threshold)
            reasons.append(reason)
            if not is_skipped(handle_no_bases, reason, advice):
                numbers[i] = len(parts)
                part_bins[len(parts)] = _total(bins, own, len(clusters))
                digests.append(sum(known[own], start=RowDigest()))
                parts.append(task)
                part_labels.append(label)
            continue
        weights = cluster_weights(means[own, usable], sizes[own, usable], clustering.exponent)
        shares = apportion(task.quota.rows, usable, weights)
        logger.info("class %r: new rows in %d of %d clusters", label, len(usable), len(clusters))
        for cluster, rows in zip(shares.keys, shares.values, strict=True):
            if rows:
                number = numbers[i, cluster] = len(parts)
                parts.append(replace(task, quota=Quota(int(rows), int(sizes[own, cluster]))))
                part_bins[number] = bins.get(own * len(clusters) + int(cluster), {})
                part_labels.append(label)
                digests.append(known[own][cluster])
    warn_of_no_bases(handle_no_bases, reasons)
    rows_of_parts = ClusteredRows(list(tasks), clusters, numbers, part_labels, settings.seed)
    return rows_of_parts, parts, part_bins, digests


def _fit(
    table: FeatureTable,
    counts: Mapping[Any, int],
    labels: Sequence[Any],
    raised: Sequence[Any],
    settings: SearchSettings,
    clustering: Clustering,
    n_features: int,
    sample_factor: int = 1,
) -> tuple[Clusters, Floats]:
    """Fit the clusters, and average the distances of each class to over-sample in each."""
    usual = min(CLUSTER_ROWS, SAMPLE_BYTES // (8 * n_features * (len(raised) + 1)))
    wanted = sample_factor * usual
    fraction = min(1.0, wanted / sum(counts.values()))
    fractions = {labels.index(label): min(1.0, wanted / counts[label]) for label in raised}
    rows = table.rows_of_all_classes(labels, settings.seed)
    every = {number: max(fraction, fractions.get(number, 0)) for number in range(len(labels))}
    sample = sample_all_classes(rows, table.arrays, every)
    is_even = sample.keys <= key_quantile(fraction)
    if fraction < 1 and not (is_even.any() and np.isin(list(fractions), sample.own_class).all()):
        more = MORE_SAMPLE * sample_factor
        return _fit(table, counts, labels, raised, settings, clustering, n_features, more)
    values = [part[is_even] for part in sample.values]
    scaling, n_clusters = settings.distance_scaling, clustering.clusters
    counted = sample.counts[is_even]
    clusters = fit_clusters(values, counted, scaling, n_clusters, settings.units)
    points, cluster = clusters.space.transform(sample.values), clusters.of(sample.values)
    means = np.zeros((len(labels), len(clusters)))
    for number in fractions:
        for cell in range(len(clusters)):
            inside = np.flatnonzero((sample.own_class == number) & (cluster == cell))[:PAIR_ROWS]
            means[number, cell] = mean_distance(points[inside], sample.counts[inside])
    return clusters, means


def _count(
    table: FeatureTable, labels: list[Any], clusters: Clusters, seed: int, large: Sequence[int]
) -> tuple[list[list[RowDigest]], Bins]:
    """Count the rows of every class in every cluster, those of large classes by bin, too."""
    arrays = table.arrays
    pairs = np.arange(len(labels) * len(clusters)).reshape(-1, len(clusters))
    worker = partial(
        split_by_cluster, clusters=clusters, numbers=pairs, arrays=arrays, names=[CLASS, KEY]
    )
    rows = table.rows_of(labels, seed).select(CLASS, KEY, *arrays)
    numbered = rows.mapInArrow(worker, f"{CLASS} int, {KEY} bigint")
    is_binned = is_among(CLASS, pairs[large].ravel().tolist())
    counted = numbered.groupBy(CLASS, F.when(is_binned, key_bin(KEY)).alias("bin")).agg(
        F.count("*").alias("rows"), F.bit_xor(KEY).alias("keys")
    )
    bins: dict[int, dict[int, int]] = {}
    digests = [RowDigest()] * pairs.size
    for row in counted.collect():
        bins.setdefault(row[CLASS], {})[row["bin"]] = row["rows"]
        digests[row[CLASS]] += RowDigest(row["rows"], row["keys"])
    return [[digests[pair] for pair in of_class] for of_class in pairs.tolist()], bins


def _usable(sizes: Counts, number: int, k: int, threshold: float) -> Indices:
    """Return the clusters with at least `threshold` of the class and more than k of its rows."""
    own = sizes[number]
    # A single cluster is the table, whose classes are as unbalanced as they are.
    is_own = (_shares(sizes, number) >= threshold) | (len(own) == 1)
    return np.flatnonzero(is_own & (own > k))


def _shares(sizes: Counts, number: int) -> Floats:
    """Return the share of each cluster that is of a class."""
    return np.asarray(sizes[number] / np.maximum(sizes.sum(axis=0), 1))


def _describe_lack(
    label: Any, sizes: Counts, number: int, k: int, threshold: float
) -> tuple[str, str]:
    """Return why a class has no usable cluster, and what would help."""
    own, largest_share = sizes[number], _shares(sizes, number).max()
    reason = (
        f"Class {shown(label)} has no cluster of which {threshold:.3g} or more is its own, and "
        f"which holds {k + 1} of its rows, at least; of {len(own)} clusters one is its own by "
        f"{largest_share:.3g}, and one holds {own.max()}"
    )
    return reason, "lower clusterBalanceThreshold or k, change clusters"


def _total(bins: Bins, number: int, n_clusters: int) -> dict[int, int]:
    """Count the rows of a class by bin, in all clusters."""
    total: Counter[int] = Counter()
    for cluster in range(n_clusters):
        total.update(bins.get(number * n_clusters + cluster, {}))
    return total
