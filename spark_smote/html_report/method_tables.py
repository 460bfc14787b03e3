"""The tables of the methods: what they reach, and against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from statistics import fmean
from typing import Any

from spark_smote.html_report.runs import Run, best, done, learners, over_folds
from spark_smote.html_report.table import (
    NONE,
    Cell,
    Table,
    mean_cell,
    number,
    number_cell,
    run_cells,
    spread_cell,
    text_cells,
    title,
)

__all__ = ["build"]

PARTS = {
    "figures": "Without a threshold",
    "corrected": "Probabilities after prior correction",
    "at_half": "At threshold 0.5",
    "tuned": "At the tuned threshold",
}
"""The parts of a fold, and what they are called."""


def build(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Build the tables of the methods by the place that they have in the page."""
    runs = done(evaluation)
    figures = (_figures(runs, part, caption) for part, caption in PARTS.items())
    return {
        "ranking": _ranking(evaluation),
        "comparison": _comparison(evaluation["comparison"]),
        "figures": [table for table in figures if table.rows],
        "folds": _folds(evaluation, runs),
        "training": _training(runs),
    }


def _ranking(evaluation: Mapping[str, Any]) -> Table:
    """Build the main table: one row a run, the best of each learner marked."""
    rank_by, runs = evaluation["parameters"]["rankBy"], evaluation["runs"]
    winners = [best(evaluation, learner) for learner in learners(evaluation)]
    columns: list[tuple[str, Callable[[Run], Cell]]] = [
        (title(rank_by), lambda run: spread_cell(
            over_folds(run, "rank", rank_by), "best" if run in winners else "")),
        ("recall at 0.5", lambda run: mean_cell(over_folds(run, "at_half", "recall"))),
        ("precision at 0.5", lambda run: mean_cell(over_folds(run, "at_half", "precision"))),
        ("recall tuned", lambda run: mean_cell(over_folds(run, "tuned", "recall"))),
        ("precision tuned", lambda run: mean_cell(over_folds(run, "tuned", "precision"))),
        ("tuned threshold", lambda run: number_cell(run["threshold"])),
        ("cost tuned", lambda run: mean_cell(over_folds(run, "tuned", "cost"))),
        ("Brier", lambda run: mean_cell(over_folds(run, "figures", "brier"))),
        ("Brier corrected", lambda run: mean_cell(over_folds(run, "corrected", "brier"))),
        ("training rows", lambda run: _of_folds(run, "rows_trained", fmean, ",.0f")),
        ("seconds", lambda run: _of_folds(run, "seconds", sum, ",.1f")),
    ]  # fmt: skip
    cells = [[cell(run) for _, cell in columns] for run in runs]
    shown = [
        i for i in range(len(columns)) if any(row[i].value is not None for row in cells)
    ]  # a column that no run fills is left out
    return Table(
        "Every method and learner, mean over folds",
        ["learner", "method", *(columns[i][0] for i in shown)],
        [run_cells(run) + [row[i] for i in shown] for run, row in zip(runs, cells, strict=True)],
    )


def _of_folds(run: Run, name: str, summary: Callable[[list[float]], float], form: str) -> Cell:
    if not run["folds"]:
        return Cell(NONE)
    value = summary([fold[name] for fold in run["folds"]])
    return Cell(format(value, form), value)


def _comparison(comparison: Iterable[Mapping[str, Any]]) -> Table:
    return Table(
        "Against the moved threshold of the plain model",
        ["learner", "method", "difference", "low", "high", "P(worse)", "P(same)", "P(better)"],
        [
            [*text_cells(row["learner"], row["method"]),
             Cell(number(row["difference"], "+"), row["difference"]),
             *(number_cell(row[name]) for name in ("low", "high", "worse", "same", "better"))]
            for row in comparison
        ],
    )  # fmt: skip


def _figures(runs: Iterable[Run], part: str, caption: str) -> Table:
    runs = [run for run in runs if any(fold.get(part) for fold in run["folds"])]
    names = list(dict.fromkeys(n for run in runs for fold in run["folds"] for n in fold[part]))
    return Table(
        caption,
        ["learner", "method", *map(title, names)],
        [
            run_cells(run) + [spread_cell(over_folds(run, part, name)) for name in names]
            for run in runs
        ],
    )


def _folds(evaluation: Mapping[str, Any], runs: Iterable[Run]) -> Table:
    """Build the table of what methods are ranked by, one column a fold."""
    rank_by = evaluation["parameters"]["rankBy"]
    by_fold = [
        [over_folds({**run, "folds": [fold]}, "rank", rank_by) for fold in run["folds"]]
        for run in runs
    ]
    width = max(map(len, by_fold), default=0)
    return Table(
        f"{title(rank_by)}, fold by fold",
        ["learner", "method", *(f"fold {i + 1}" for i in range(width))],
        [
            run_cells(run)
            + [mean_cell(spread) for spread in spreads]
            + [Cell(NONE)] * (width - len(spreads))
            for run, spreads in zip(runs, by_fold, strict=True)
        ],
    )


def _training(runs: Iterable[Run]) -> Table:
    """Build the table of figures on training rows beside those on scored rows."""
    names = (("pr_auc", "figures"), ("recall", "at_half"), ("precision", "at_half"))
    rows = []
    for run in runs:
        pairs = [(over_folds(run, "training", n), over_folds(run, part, n)) for n, part in names]
        if any(training for training, _ in pairs):
            gaps = (number_cell(a.mean - b.mean if a and b else None) for a, b in pairs)
            cells = ((mean_cell(a), gap) for (a, _), gap in zip(pairs, gaps, strict=True))
            rows.append([*run_cells(run), *(cell for pair in cells for cell in pair)])
    head = [text for name, _ in names for text in (f"{title(name)}, training", "gap")]
    return Table("On the original training rows, and the gap to scored rows",
                 ["learner", "method", *head], rows)  # fmt: skip
