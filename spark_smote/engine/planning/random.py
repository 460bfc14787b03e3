"""Plan random copies of rows, and random removal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from spark_smote.core.strategy.quotas import Quota
from spark_smote.engine.copies.copies import draw_copies
from spark_smote.engine.copies.smoothing import Smoothing
from spark_smote.engine.planning.plan import CopyPlan, Plan, timed
from spark_smote.engine.table.labeled_table import LabeledTable

__all__ = ["plan_copies"]


def plan_copies(
    table: LabeledTable,
    counted: Plan,
    added: Mapping[Any, int],
    quotas: Mapping[Any, Quota],
    seed: int,
    fit_noise: Callable[[], Smoothing | None] | None = None,
) -> Plan:
    """Plan how often the rows of some classes are to stand in the result, and with what noise.

    Parameters
    ----------
    table : LabeledTable
    counted : Plan
        The rows of each class.
    added : mapping of label to int
        Rows to add to each class that changes; below 0, rows to remove.
    quotas : mapping of label to Quota
        Rows to copy of these classes.
    seed : int
    fit_noise : callable, optional
        Returns the noise of the copies.
    """
    if not added:
        return counted
    plan = replace(counted, added=dict(added))
    smoothing = None
    if fit_noise:
        with timed("fit noise", plan.seconds):
            smoothing = fit_noise()
    with timed("draw rows", plan.seconds):
        copies = draw_copies(table, quotas, seed, smoothing)
    return CopyPlan(plan.counts, plan.passed_through, plan.added, plan.seconds, copies=copies)
