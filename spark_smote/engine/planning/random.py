"""Plan random copies of rows, and random removal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from spark_smote.core.strategy.quotas import Quota
from spark_smote.engine.copies.copies import draw_copies
from spark_smote.engine.copies.smoothing import Smoothing
from spark_smote.engine.planning.plan import Plan, timed
from spark_smote.engine.table.labeled_table import LabeledTable

__all__ = ["plan_copies"]


def plan_copies(
    table: LabeledTable,
    counts: dict[Any, int],
    unlabeled: int,
    made: dict[Any, int],
    quotas: Mapping[Any, Quota],
    seed: int,
    smooth: Callable[[], Smoothing | None] | None = None,
) -> Plan:
    """Plan how often the rows of some classes are to stand in the result, and with what noise."""
    plan = Plan(counts, unlabeled, made)
    if not made:
        return plan
    smoothing = None
    if smooth:
        with timed("fit noise", plan.seconds):
            smoothing = smooth()
    with timed("draw rows", plan.seconds):
        return replace(plan, copies=draw_copies(table, quotas, seed, smoothing))
