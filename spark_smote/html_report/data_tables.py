"""The tables of the data: classes, folds, and what the evaluation was run with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spark_smote.html_report.runs import Run, best, done, learners
from spark_smote.html_report.table import Cell, Table, number_cell, run_cells, text_cells, title

__all__ = ["build"]

MATRIX = 30
"""The most classes whose confusion matrix is shown."""


def build(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Build the tables of the data by the place that they have in the page."""
    data = evaluation["data"]
    return {
        "classes": _classes(data["classes"]),
        "fold_rows": _fold_rows(data),
        "per_class": _per_class(done(evaluation)),
        "confusion": _confusion(evaluation),
        "parameters": _pairs("Parameters", evaluation["parameters"]),
        "versions": _pairs("Versions", evaluation["versions"]),
    }


def _classes(classes: Mapping[str, int]) -> Table:
    total = sum(classes.values())
    return Table(
        "Classes",
        ["label", "rows", "share"],
        [
            [Cell(name), Cell(f"{rows:,}", rows), Cell(f"{rows / total:.2%}", rows / total)]
            for name, rows in classes.items()
        ],
        keys=1,
    )


def _fold_rows(data: Mapping[str, Any]) -> Table:
    labels = list(data["classes"])
    return Table(
        "Rows of each class in each scored fold",
        ["fold", *labels],
        [
            [Cell(str(i)), *(Cell(f"{fold.get(name, 0):,}", fold.get(name, 0)) for name in labels)]
            for i, fold in enumerate(data["fold_rows"], start=1)
        ],
        keys=1,
    )


def _per_class(runs: Iterable[Run]) -> Table | None:
    runs = [run for run in runs if run.get("classes")]
    names = list(dict.fromkeys(n for run in runs for of in run["classes"].values() for n in of))
    rows = [
        [*run_cells(run), Cell(name), *(number_cell(of.get(n)) for n in names)]
        for run in runs
        for name, of in run["classes"].items()
    ]
    head = ["learner", "method", "class", *map(title, names)]
    return Table("Each class against the rest, mean over folds", head, rows, 3) if rows else None


def _confusion(evaluation: Mapping[str, Any]) -> list[Table]:
    """Build the confusion matrix of the best method of each learner."""
    labels = list(evaluation["data"]["classes"])
    winners = [best(evaluation, learner) for learner in learners(evaluation)]
    return [
        Table(
            f"{run['learner']}, {run['method']}: rows of a class by predicted class",
            ["class", *labels],
            [
                [
                    Cell(name),
                    *(Cell(f"{n:,}", n, "right" if i == j else "") for j, n in enumerate(row)),
                ]
                for i, (name, row) in enumerate(zip(labels, run["confusion"], strict=True))
            ],
            keys=1,
        )
        for run in winners
        if run and run.get("confusion") and len(labels) <= MATRIX
    ]


def _pairs(caption: str, values: Mapping[str, Any]) -> Table:
    shown = {
        name: ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        for name, value in values.items()
        if value is not None
    }
    return Table(caption, ["name", "value"], [text_cells(*pair) for pair in shown.items()], keys=1)
