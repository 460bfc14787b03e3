"""Classes split by clusters of all rows: each part is then raised as a class of its own is."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.clustering import (
    Clustering,
    Clusters,
    cluster_weights,
    fit_clusters,
    mean_distance,
)
from spark_smote.core.randomness import key_quantile
from spark_smote.core.strategy.apportionment import apportion
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.strategy.targets import by_label
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.fitting import SAMPLE_BYTES, SearchSettings
from spark_smote.engine.buckets.worker import split_by_cluster
from spark_smote.engine.scan.checking import Bins
from spark_smote.engine.scan.sampling import sample_all_classes
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import CLASS, EXTRA, KEY
from spark_smote.engine.table.sql import key_bin
from spark_smote.exceptions import ResamplingError

__all__ = ["ClusteredRows", "plan_clusters"]

logger = logging.getLogger(__name__)

CLUSTER_ROWS = 16_384
"""Sample rows of the table, to fit the clusters, and of each class, to tell how far apart."""

PAIR_ROWS = 2048
"""Sample rows of a class in a cluster of which all distances are averaged."""


@dataclass(frozen=True)
class ClusteredRows:
    """The rows that make new ones, by class and cluster.

    Attributes
    ----------
    classes : list
        Labels of the classes.
    clusters : Clusters
    numbers : int64 array of shape (classes, clusters)
        The number of the part that a class's rows in a cluster are; -1 where they make none.
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
    search: SearchSettings,
    clustering: Clustering,
    width: int,
) -> tuple[ClusteredRows, dict[int, ClassTask], Bins]:
    """Fit clusters, and share out each class's rows to make among its own, in two Spark jobs.

    Parameters
    ----------
    table : FeatureTable
    counts : mapping of label to int
        Rows of each class.
    tasks : mapping of label to ClassTask
        The classes to raise.
    search : SearchSettings
    clustering : Clustering
    width : int
        Number of features.

    Returns
    -------
    ClusteredRows
    dict of int to ClassTask
        By number of the part.
    Bins
        Rows by part and bin of the key, where a part is too large for one bucket.

    Raises
    ------
    ResamplingError
        Where no cluster is of use to a class.
    """
    labels = list(by_label(counts))
    clusters, means = _fit(table, counts, labels, list(tasks), search, clustering.clusters, width)
    capacity, _ = search.capacity(width)
    large = [number for number, label in enumerate(labels) if counts[label] > capacity]
    sizes, bins = _count(table, labels, clusters, search.seed, large)
    total = sum(task.quota.rows for task in tasks.values())
    numbers = np.full((len(tasks), len(clusters)), -1)
    parts: dict[int, ClassTask] = {}
    part_labels, part_bins = [], {}
    for place, (label, task) in enumerate(tasks.items()):
        mine = labels.index(label)
        threshold = clustering.threshold
        if threshold is None:
            threshold = task.quota.rows / total / 2
        usable = _usable(label, sizes, mine, task.k, threshold)
        weights = cluster_weights(means[mine, usable], sizes[mine, usable], clustering.exponent)
        shares = apportion(task.quota.rows, usable, weights)
        logger.info("class %r: new rows in %d of %d clusters", label, len(usable), len(clusters))
        for cluster, rows in zip(shares.keys, shares.values, strict=True):
            if rows:
                number = numbers[place, cluster] = len(parts)
                parts[number] = replace(task, quota=Quota(int(rows), int(sizes[mine, cluster])))
                part_bins[number] = bins.get(mine * len(clusters) + int(cluster), {})
                part_labels.append(label)
    found = ClusteredRows(list(tasks), clusters, numbers, part_labels, search.seed)
    return found, parts, part_bins


def _fit(
    table: FeatureTable,
    counts: Mapping[Any, int],
    labels: Sequence[Any],
    raised: Sequence[Any],
    search: SearchSettings,
    number: int,
    width: int,
) -> tuple[Clusters, npt.NDArray[np.float64]]:
    """Fit the clusters, and average the distances in each of the classes to raise."""
    wanted = min(CLUSTER_ROWS, SAMPLE_BYTES // (8 * width * (len(raised) + 1)))
    even = min(1.0, wanted / sum(counts.values()))
    more = {labels.index(label): min(1.0, wanted / counts[label]) for label in raised}
    rows = table.rows_of_all_classes(labels, search.seed)
    found = sample_all_classes(rows, table.arrays, even, more)
    evenly = found.keys <= key_quantile(even)
    values = [part[evenly] for part in found.values]
    clusters = fit_clusters(values, found.counts[evenly], search.distance_scaling, number)
    points, cluster = clusters.space.transform(found.values), clusters.of(found.values)
    means = np.zeros((len(labels), len(clusters)))
    for mine in more:
        for cell in range(len(clusters)):
            inside = np.flatnonzero((found.labels == mine) & (cluster == cell))[:PAIR_ROWS]
            means[mine, cell] = mean_distance(points[inside], found.counts[inside])
    return clusters, means


def _count(
    table: FeatureTable, labels: list[Any], clusters: Clusters, seed: int, large: Sequence[int]
) -> tuple[npt.NDArray[np.int64], Bins]:
    """Count the rows of every class in every cluster, those of large classes by bin."""
    arrays, number = table.arrays, len(clusters)
    every = np.arange(len(labels) * number).reshape(-1, number)
    worker = partial(
        split_by_cluster, clusters=clusters, numbers=every, arrays=arrays, names=[CLASS, KEY]
    )
    rows = table.rows_of(labels, seed).select(CLASS, KEY, *arrays)
    pairs = rows.mapInArrow(worker, f"{CLASS} int, {KEY} bigint")
    binned = F.col(CLASS).isin(every[large].ravel().tolist())
    top_bits = key_bin(KEY)
    counted = pairs.groupBy(CLASS, F.when(binned, top_bits).alias("bin")).count()
    bins: dict[int, dict[int, int]] = {}
    for row in counted.collect():
        bins.setdefault(row[CLASS], {})[row["bin"]] = row["count"]
    sizes = [sum(bins.get(pair, {}).values()) for pair in every.ravel().tolist()]
    return np.array(sizes).reshape(every.shape), bins


def _usable(
    label: Any, sizes: npt.NDArray[np.int64], mine: int, k: int, threshold: float
) -> npt.NDArray[np.int64]:
    """Return the clusters with at least `threshold` of the class and more than k of its rows."""
    own = sizes[mine]
    shares = own / np.maximum(sizes.sum(axis=0), 1)
    # A single cluster is the table, whose classes are as unbalanced as they are.
    enough = (shares >= threshold) | (len(own) == 1)
    usable = np.flatnonzero(enough & (own > k))
    if not len(usable):
        raise ResamplingError(
            f"Class {label!r} has no cluster of which {threshold:.3g} or more is its own, and "
            f"which holds {k + 1} of its rows, at least; of {len(own)} clusters one is its own by "
            f"{shares.max():.3g}, and one holds {own.max()}: lower clusterBalanceThreshold or k, "
            "or change clusters."
        )
    return usable
