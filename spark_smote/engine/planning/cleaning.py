"""Plan a search among the rows of all classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spark_smote.core.strategy.targets import by_label
from spark_smote.engine.buckets.all_classes import MIN_KEY, plan_all_class_search
from spark_smote.engine.buckets.fitting import SearchSettings
from spark_smote.engine.planning.plan import Plan, timed
from spark_smote.engine.scan.checking import check_all_features
from spark_smote.engine.table.feature_table import FeatureTable

__all__ = ["plan_cleaning"]


def plan_cleaning(
    source: FeatureTable,
    counted: Plan,
    searching: Sequence[Any],
    search: SearchSettings,
    checked: FeatureTable,
) -> Plan:
    """Plan a search among the rows of all classes.

    Parameters
    ----------
    source : FeatureTable
    counted : Plan
        That leaves so many rows as `source` holds.
    searching : sequence
        Labels of the classes whose rows search.
    search : SearchSettings
    checked : FeatureTable
        Where flaws of features would stand: `source`, or what its rows were made from.
    """
    ordered, seconds = by_label(counted.after), dict(counted.seconds)
    plan = Plan(dict(ordered), counted.unlabeled, {}, seconds=seconds)
    if not searching:
        return plan
    with timed("check features", seconds):
        width = check_all_features(checked, list(ordered), search.seed).n_features
    numbers = {number: MIN_KEY for number, label in enumerate(ordered) if label in searching}
    with timed("fit hash", seconds):
        pool = plan_all_class_search(source, ordered, numbers, search, width)
    return replace(plan, surroundings=pool, n_features=width)
