"""An evaluation as text: a table and the verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import mean, stdev
from typing import TYPE_CHECKING

from spark_smote.core.metrics.figures import LOWER_IS_BETTER
from spark_smote.runtime.console import format_table

if TYPE_CHECKING:
    from spark_smote.model_selection.results.evaluation import Evaluation, Run

__all__ = ["as_text", "spread"]

ABSENT = "-"


def as_text(evaluation: Evaluation) -> str:
    """Return a row for each learner and method, the best of a learner marked, and the verdict."""
    rank_by = evaluation.parameters["rankBy"]
    headings = [
        "learner", "method", rank_by, "recall at .5", "precision at .5", "threshold",
        "recall moved", "precision moved", "brier", "corrected", "rows", "s",
    ]  # fmt: skip
    best = best_methods(evaluation.runs, rank_by)
    rows = [_row(run, rank_by, best.get(run.learner) == run.method) for run in evaluation.runs]
    skipped = [
        f"{run.method} with {run.learner} was not run: {run.skipped}"
        for run in evaluation.runs
        if run.skipped
    ]
    data = evaluation.data
    classes = ", ".join(f"{label}: {rows:,}" for label, rows in data["classes"].items())
    head = f"{data['rows']:,} rows ({classes})"
    if data["positive"] is not None:
        head += f"; positive is {data['positive']}"
    return "\n".join(
        [head, "", format_table(headings, rows), "", *skipped, *data["notes"],
         *evaluation.verdict.sentences, *filter(None, [evaluation.verdict.code]),
         *filter(None, [evaluation.verdict.command])]
    )  # fmt: skip


def best_methods(runs: Sequence[Run], rank_by: str) -> dict[str, str]:
    """Return the method of each learner whose figure is best on average, the first of equals."""
    sign = -1 if rank_by in LOWER_IS_BETTER else 1
    best: dict[str, tuple[float, str]] = {}
    for run in runs:
        if values := run.values(rank_by):
            value = sign * mean(values)
            if run.learner not in best or value > best[run.learner][0]:
                best[run.learner] = value, run.method
    return {learner: method for learner, (_, method) in best.items()}


def _row(run: Run, rank_by: str, is_best: bool) -> list[str]:
    at_half = {name: [fold.at_half[name] for fold in run.folds] for name in ("recall", "precision")}
    tuned = {
        name: [fold.tuned[name] for fold in run.folds if fold.tuned]
        for name in ("recall", "precision")
    }
    brier = [fold.figures["brier"] for fold in run.folds if "brier" in fold.figures]
    corrected = [fold.corrected["brier"] for fold in run.folds if fold.corrected]
    return [
        run.learner,
        run.method + " *" * is_best,
        spread(run.values(rank_by)),
        spread(at_half["recall"]),
        spread(at_half["precision"]),
        ABSENT if run.threshold is None else f"{run.threshold:.3g}",
        spread(tuned["recall"]),
        spread(tuned["precision"]),
        f"{mean(brier):.4f}" if brier else ABSENT,
        f"{mean(corrected):.4f}" if corrected else ABSENT,
        f"{mean(fold.rows_trained for fold in run.folds):,.0f}" if run.folds else ABSENT,
        f"{sum(fold.seconds for fold in run.folds):.1f}" if run.folds else ABSENT,
    ]


def spread(values: Sequence[float]) -> str:
    """Return the mean and the standard deviation.

    Examples
    --------
    >>> spread([0.5, 0.75]), spread([10.5]), spread([])
    ('.625 ± .177', '10.500', '-')
    """
    if not values:
        return ABSENT
    parts = [mean(values), *([stdev(values)] if len(values) > 1 else [])]
    return " ± ".join(re.sub(r"^(-?)0\.", r"\1.", f"{part:.3f}") for part in parts)
