"""Rows counted while they are written."""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from spark_smote.base import Sampler
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.sql import quoted

__all__ = ["RowCounter"]

ROWS = "rows"


class RowCounter:
    """Counts rows per class while they are written, without a second pass."""

    def __init__(self, sampler: Sampler, plan: Plan) -> None:
        self._plan, self._synthetic = plan, not sampler.keeps_originals
        self._label, self._observation = sampler.getLabelCol(), Observation()

    def watch(self, frame: DataFrame) -> DataFrame:
        """Give the frame to write, which must be written exactly once."""
        label = quoted(self._label)
        counts: list[Column] = [
            F.count(F.when(label == F.lit(value), 1)).alias(f"class_{number}")
            for number, value in enumerate(self._plan.counts)
        ]
        return frame.observe(self._observation, F.count(F.lit(1)).alias(ROWS), *counts)

    def made(self) -> dict[Any, int]:
        """Give the synthetic rows written of each class.

        Raises
        ------
        RuntimeError
            Where what was written is not what was planned.
        """
        seen, plan = self._observation.get, self._plan
        before = {label: 0 if self._synthetic else rows for label, rows in plan.counts.items()}
        written = {label: seen[f"class_{number}"] for number, label in enumerate(plan.counts)}
        made = {label: written[label] - before[label] for label in plan.counts}
        asked = {label: plan.added.get(label, 0) for label in plan.counts}
        rest = seen[ROWS] - sum(written.values())
        if made != asked or rest != (0 if self._synthetic else plan.unlabeled):
            raise RuntimeError(
                f"The write holds {written} rows by class and {rest} without a label, where "
                f"{asked} were to be added to {before} and {plan.unlabeled} without a label: the "
                "input changed during the run, or is not the same each time it is read."
            )
        return made
