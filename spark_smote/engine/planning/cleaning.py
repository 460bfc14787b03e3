"""Plan a search among the rows of all classes, for a sampler that removes some."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from spark_smote.core.digest import RowDigest
from spark_smote.core.strategy.groups import by_group, group_of, in_groups_of
from spark_smote.core.strategy.labels import by_label
from spark_smote.engine.buckets.all_classes import MIN_KEY, plan_all_class_search
from spark_smote.engine.buckets.fitting import SearchSettings
from spark_smote.engine.planning.plan import CleaningPlan, Plan, timed
from spark_smote.engine.scan.checking import check_all_features
from spark_smote.engine.table.feature_table import FeatureTable

__all__ = ["plan_cleaning"]

logger = logging.getLogger(__name__)


def plan_cleaning(
    table: FeatureTable,
    counted: Plan,
    searching: Sequence[Any],
    settings: SearchSettings,
    checked: FeatureTable,
) -> Plan:
    """Plan a search among the rows of all classes; which rows go is not counted yet.

    Parameters
    ----------
    table : FeatureTable
    counted : Plan
        Its result has the rows of `table`.
    searching : sequence
        Labels of the classes whose rows search; none if there is nothing to do.
    settings : SearchSettings
    checked : FeatureTable
        Where to look for unusable features: `table`, or what its rows were made from.
    """
    ordered, seconds = by_label(counted.after), dict(counted.seconds)
    searching = _in_large_groups(searching, ordered, settings.k) if table.groups else searching
    if not searching:
        return Plan(ordered, counted.passed_through, seconds=seconds)
    counts = {label: ordered[label] for label in in_groups_of(searching, ordered)}
    with timed("check features", seconds):
        known = check_all_features(checked, list(counts), settings.seed)
        digests = {n: RowDigest(rows, None) for n, rows in counts.items()}  # of rows not made yet
        if checked is table:
            known.check_counts(counts)
            digests = dict(known.digests)
    settings = replace(settings, units=table.features.units)
    queries = set(searching)
    query_classes = {n: MIN_KEY for n, label in enumerate(counts) if label in queries}
    with timed("fit hash", seconds):
        search = plan_all_class_search(
            table, counts, query_classes, settings, known.n_features, digests
        )
    return CleaningPlan(ordered, counted.passed_through, seconds=seconds, search=search)


def _in_large_groups(labels: Sequence[Any], counts: Mapping[Any, int], k: int) -> list[Any]:
    """Return the classes whose group has more than k rows; the others are left as they are."""
    groups = by_group(counts)
    small = {g for g, names in groups.items() if sum(counts[n] for n in names.values()) <= k}
    left = {group_of(label) for label in labels} & small
    if left:
        logger.warning(
            "%d of %d groups have too few rows to find %d nearest ones: left as they are",
            len(left), len(groups), k,
        )  # fmt: skip
    return [label for label in labels if group_of(label) not in small]
