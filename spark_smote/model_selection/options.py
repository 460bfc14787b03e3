"""What a comparison is asked for, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spark_smote.exceptions import ResamplingError, shown, unknown
from spark_smote.model_selection.results.figures import Goals

__all__ = ["Options"]

RANKING = ("pr_auc", "roc_auc", "p_top20", "recall_at_precision", "precision_at_recall")
OF_PROBABILITIES = ("brier", "brier_skill", "log_loss", "ece")
AT_A_THRESHOLD = ("recall", "precision", "specificity", "f1", "f2", "gmean", "balanced_accuracy",
                  "mcc", "iba", "alerts", "cost")  # fmt: skip
OF_CLASSES = ("pr_auc", "roc_auc", *AT_A_THRESHOLD[:-2], "accuracy")
"""Figures to compare methods by, with more than two classes."""

TUNED = ("f1", "f2", "balanced_accuracy", "gmean", "cost")

NEEDS = {
    "recall_at_precision": "minPrecision",
    "precision_at_recall": "minRecall",
    "cost": "costs",
}
"""Figures that need another parameter."""

COSTS = ("fp", "fn")


@dataclass(frozen=True)
class Options:
    """The parameters of `evaluate` that are no columns, methods or learners."""

    folds: int
    repeats: int
    rankBy: str
    minPrecision: float | None
    minRecall: float | None
    costs: Mapping[str, float] | None
    tune: str
    maxRows: int | None
    parallelism: int
    rope: float
    seed: int

    def __post_init__(self) -> None:
        """Check each parameter, and what one needs of another."""
        _check_range("folds", self.folds, 2, 20)
        _check_range("repeats", self.repeats, 1, 10)
        _check_range("parallelism", self.parallelism, 1, 64)
        _check_range("rope", self.rope, 0.0, 0.2)
        _check_range("maxRows", self.maxRows, 1_000, 10**12)
        _check_range("minPrecision", self.minPrecision, 1e-9, 1 - 1e-9)
        _check_range("minRecall", self.minRecall, 1e-9, 1 - 1e-9)
        if self.tune not in TUNED:
            raise ResamplingError(f"tune {unknown(self.tune, TUNED)}")
        if self.costs is not None and (
            set(self.costs) != set(COSTS) or min(self.costs.values()) < 0
        ):
            raise ResamplingError(
                f"costs is {shown(dict(self.costs))}; allowed is what a false positive and a false "
                'negative cost, as in {"fp": 1, "fn": 40}.'
            )
        for parameter, figure in (("rankBy", self.rankBy), ("tune", self.tune)):
            needed = NEEDS.get(figure)
            if needed and getattr(self, needed) is None:
                raise ResamplingError(f"{parameter} {figure!r} needs {needed}: set it.")

    @property
    def goals(self) -> Goals:
        """What is wanted of a classifier."""
        return Goals(self.rankBy, self.tune, self.costs, self.minPrecision, self.minRecall)

    def check_classes(self, labels: Sequence[Any]) -> None:
        """Check that the figure to compare by is one of so many classes."""
        two = (*RANKING, *OF_PROBABILITIES, *AT_A_THRESHOLD)
        known = two if len(labels) == 2 else OF_CLASSES
        if self.rankBy not in known:
            raise ResamplingError(
                f"rankBy {unknown(self.rankBy, known)} The table has {len(labels)} classes."
            )


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (
        isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
    ):
        raise ResamplingError(f"{name} is {shown(value)}; allowed is {low:g} to {high:g}.")
