"""Plan a search among the rows of all classes, for a sampler that removes some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spark_smote.core.digest import RowDigest
from spark_smote.core.strategy.labels import by_label
from spark_smote.engine.buckets.all_classes import MIN_KEY, plan_all_class_search
from spark_smote.engine.buckets.fitting import SearchSettings
from spark_smote.engine.planning.plan import CleaningPlan, Plan, timed
from spark_smote.engine.scan.checking import check_all_features
from spark_smote.engine.table.feature_table import FeatureTable

__all__ = ["plan_cleaning"]


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
    if not searching:
        return Plan(ordered, counted.passed_through, seconds=seconds)
    with timed("check features", seconds):
        known = check_all_features(checked, list(ordered), settings.seed)
        digest = RowDigest(sum(ordered.values()), None)  # of rows that are not made yet
        if checked is table:
            known.check_counts(ordered)
            digest = known.total
    settings = replace(settings, units=table.features.units)
    query_classes = {n: MIN_KEY for n, label in enumerate(ordered) if label in searching}
    with timed("fit hash", seconds):
        search = plan_all_class_search(
            table, ordered, query_classes, settings, known.n_features, digest
        )
    return CleaningPlan(ordered, counted.passed_through, seconds=seconds, search=search)
