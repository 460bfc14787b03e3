"""A table of the report: figures as text, with a value to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spark_smote.html_report.runs import Run, Spread

__all__ = [
    "NONE", "Cell", "Table", "mean_cell", "number", "number_cell", "run_cells", "spread_cell",
    "text_cells", "title",
]  # fmt: skip

TITLES = {
    "pr_auc": "PR-AUC",
    "roc_auc": "ROC-AUC",
    "p_top20": "positives in the top 20 %",
    "brier": "Brier",
    "brier_skill": "Brier skill",
    "log_loss": "log loss",
    "ece": "calibration error",
    "f1": "F1",
    "f2": "F2",
    "gmean": "G-mean",
    "balanced_accuracy": "balanced accuracy",
    "mcc": "MCC",
    "iba": "IBA",
    "alerts": "alerts per 1,000",
    "cost": "cost per 1,000",
}
NONE = "–"
"""What stands where there is no figure."""


class Cell(NamedTuple):
    """A cell: what it shows, what it is sorted by if that is a number, and how it stands out."""

    text: str
    value: float | None = None
    style: str = ""


class Table(NamedTuple):
    """A table: its caption, its head and its rows; the first `keys` cells of a row name it."""

    caption: str
    head: Sequence[str]
    rows: list[list[Cell]]
    keys: int = 2


def title(name: str) -> str:
    """Return a figure's name as the page spells it."""
    return TITLES.get(name, name.replace("_", " "))


def number(value: float | None, sign: str = "") -> str:
    """Return a figure as text: three decimals, or three digits if small or large.

    `sign` is "+" to show that of positive figures, too.
    """
    if value is None:
        return NONE
    form = ",.0f" if abs(value) >= 100 else ".3f" if abs(value) >= 0.001 or not value else ".3g"
    return format(value, sign + form).replace("-", "−")


def text_cells(*texts: object) -> list[Cell]:
    """Return cells of text."""
    return [Cell(str(text)) for text in texts]


def number_cell(value: float | None) -> Cell:
    """Return the cell of a figure."""
    return Cell(number(value), value)


def spread_cell(spread: Spread | None, style: str = "") -> Cell:
    """Return the cell of a mean and its standard deviation."""
    if spread is None:
        return Cell(NONE)
    deviation = "" if spread.deviation is None else f" ± {number(spread.deviation)}"
    return Cell(number(spread.mean) + deviation, spread.mean, style)


def mean_cell(spread: Spread | None) -> Cell:
    """Return the cell of a mean alone."""
    return number_cell(spread.mean if spread else None)


def run_cells(run: Run) -> list[Cell]:
    """Return the two cells that name a run."""
    return text_cells(run["learner"], run["method"])
