"""The tables under the pictures: what was drawn, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, pstdev
from typing import Any

from spark_smote.html_report.runs import Run, curves, label, learners, models, over_folds
from spark_smote.html_report.table import Cell, Table, number_cell, spread_cell, text_cells

__all__ = ["build"]

LEVELS = tuple(i / 10 for i in range(1, 11))
"""The recalls at which a curve is told in numbers."""


def build(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Build the tables of the pictures by the place that they have in the page."""
    return {
        "curves": _curves(evaluation),
        "changes": _changes(evaluation),
        "calibration": _calibration(evaluation),
        "slider": _slider(evaluation),
        "projection": _projection(evaluation["projection"]),
    }


def _models(evaluation: Mapping[str, Any]) -> list[Run]:
    return [run for learner in learners(evaluation) for run in models(evaluation, learner)]


def _curves(evaluation: Mapping[str, Any]) -> Table:
    runs = [run for run in _models(evaluation) if run["curve"]]
    rows = []
    for run in runs:
        at = [max((p[2] for p in run["curve"] if p[1] >= level), default=None) for level in LEVELS]
        rows.append([*text_cells(run["learner"], label(run)), *map(number_cell, at)])
    return Table("The highest precision at a recall of at least …",
                 ["learner", "method", *(f"{level:.1f}" for level in LEVELS)], rows)  # fmt: skip


def _changes(evaluation: Mapping[str, Any]) -> Table:
    columns = [(part, name) for name in ("recall", "precision") for part in ("at_half", "tuned")]
    return Table(
        "Recall and precision",
        ["learner", "method", "recall at 0.5", "recall tuned", "precision at 0.5",
         "precision tuned"],
        [
            [*text_cells(run["learner"], label(run)),
             *(spread_cell(over_folds(run, part, name)) for part, name in columns)]
            for run in _models(evaluation)
        ],
    )  # fmt: skip


def _calibration(evaluation: Mapping[str, Any]) -> list[Table]:
    """Build a table a learner: the bins of its methods, before and after correction."""
    head = ["method", "bin", "rows", "probability", "positive", "corrected probability",
            "positive"]  # fmt: skip
    tables = []
    for learner in learners(evaluation):
        rows = []
        for run in models(evaluation, learner):
            before, after = run["calibration"], run.get("corrected_calibration") or []
            for i, (mean, share, count) in enumerate(before):
                corrected = after[i][:2] if i < len(after) else (None, None)
                rows.append([*text_cells(label(run), i + 1), Cell(f"{count:,.0f}", count),
                             *map(number_cell, (mean, share, *corrected))])  # fmt: skip
        if rows:
            tables.append(Table(learner, head, rows))
    return tables


def _slider(evaluation: Mapping[str, Any]) -> Table | None:
    """Build the curve of the verdict in a few thresholds, for readers without JavaScript."""
    if not (known := curves(evaluation)):
        return None
    points = known[0]["points"]
    nearest = {min(points, key=lambda p: abs(p[1] - level))[0] for level in LEVELS}
    nearest.add(points[known[0]["start"]][0])
    head = ["threshold", "recall", "precision", "alerts per 1,000", "cost per 1,000"]
    rows = [list(map(number_cell, point)) for point in points if point[0] in nearest]
    caption = f"{known[0]['learner']}, {known[0]['label']}"
    return Table(caption, head[: len(points[0])], rows, keys=1)


def _projection(projection: Mapping[str, Any] | None) -> Table | None:
    if not projection:
        return None
    rows = []
    for kind in ("other", "original", "synthetic"):
        if points := [point for point in projection["points"] if point[2] == kind]:
            summaries = (f([p[i] for p in points]) for i in (0, 1) for f in (fmean, pstdev))
            rows.append(
                [Cell(kind), Cell(f"{len(points):,}", len(points)), *map(number_cell, summaries)]
            )
    head = ["kind", "points", "mean 1", "deviation 1", "mean 2", "deviation 2"]
    return Table("The points by kind, on component 1 and 2", head, rows, keys=1)
