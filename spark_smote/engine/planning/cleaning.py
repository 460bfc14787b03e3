"""Plan a search among the rows of all classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spark_smote.core.strategy.targets import by_label
from spark_smote.engine.buckets.all_classes import LEAST_KEY, make_pool
from spark_smote.engine.buckets.fitting import Search
from spark_smote.engine.planning.plan import Plan, timed
from spark_smote.engine.scan.checking import check_all_features
from spark_smote.engine.table.feature_table import Source

__all__ = ["search_pool"]


def search_pool(
    source: Source, counted: Plan, searching: Sequence[Any], search: Search, checked: Source
) -> Plan:
    """Plan a search among the rows of all classes.

    Parameters
    ----------
    source : Source
    counted : Plan
        That leaves so many rows as `source` holds.
    searching : sequence
        Labels of the classes whose rows search.
    search : Search
    checked : Source
        Where flaws of features would stand: `source`, or what its rows were made from.
    """
    ordered, seconds = by_label(counted.after), dict(counted.seconds)
    plan = Plan(dict(ordered), counted.unlabelled, {}, seconds=seconds)
    if not searching:
        return plan
    with timed("check features", seconds):
        width = check_all_features(checked, list(ordered), search.seed).width
    numbers = {number: LEAST_KEY for number, label in enumerate(ordered) if label in searching}
    with timed("fit hash", seconds):
        pool = make_pool(source, ordered, numbers, search, width)
    return replace(plan, surroundings=pool, width=width)
