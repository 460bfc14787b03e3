"""Plan random copies of rows, and random removal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from spark_smote.core.strategy.quotas import Quota
from spark_smote.engine.copies.copies import find_repeats
from spark_smote.engine.copies.smoothing import Smoothing
from spark_smote.engine.planning.plan import Plan, timed
from spark_smote.engine.table.labeled_table import Table

__all__ = ["random_plan"]


def random_plan(
    table: Table,
    counts: dict[Any, int],
    unlabelled: int,
    made: dict[Any, int],
    quotas: Mapping[Any, Quota],
    seed: int,
    smooth: Callable[[], Smoothing | None] | None = None,
) -> Plan:
    """Plan how often the rows of some classes are to stand in the result, and with what noise."""
    plan = Plan(counts, unlabelled, made)
    if not made:
        return plan
    smoothing = None
    if smooth:
        with timed("fit noise", plan.seconds):
            smoothing = smooth()
    with timed("draw rows", plan.seconds):
        return replace(plan, repeats=find_repeats(table, quotas, seed, smoothing))
