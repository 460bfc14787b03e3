"""What a comparison is asked for, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spark_smote.exceptions import ResamplingError, shown, unknown
from spark_smote.model_selection.results.figures import Goals

__all__ = ["OF_PROBABILITIES", "Options"]

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

COSTS = {"fp", "fn"}

WHOLE = {
    "folds": (2, 20),
    "repeats": (1, 10),
    "parallelism": (1, 64),
    "maxRows": (1_000, 10**12),
    "seed": (-(2**63), 2**63 - 1),
}
"""Ranges of whole numbers."""

MAX_ROPE = 0.2


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
        for name, (low, high) in WHOLE.items():
            value = getattr(self, name)
            optional = value is None and name == "maxRows"
            if not optional and not (_is_whole(value) and low <= value <= high):
                raise ResamplingError(
                    f"{name} is {shown(value)}; allowed are whole numbers from {low:,} to {high:,}."
                )
        if not (_is_number(self.rope) and 0 <= self.rope <= MAX_ROPE):
            raise ResamplingError(f"rope is {shown(self.rope)}; allowed is 0 to {MAX_ROPE}.")
        for name in ("minPrecision", "minRecall"):
            value = getattr(self, name)
            if value is not None and not (_is_number(value) and 0 < value < 1):
                raise ResamplingError(
                    f"{name} is {shown(value)}; allowed are numbers above 0 and below 1."
                )
        if self.tune not in TUNED:
            raise ResamplingError(f"tune {unknown(str(self.tune), TUNED)}")
        if self.costs is not None and not _are_costs(self.costs):
            raise ResamplingError(
                f"costs is {shown(self.costs)}; allowed is what a false positive and a false "
                'negative cost, as in {"fp": 1, "fn": 40}.'
            )
        for parameter, figure in (("rankBy", self.rankBy), ("tune", self.tune)):
            self.check_asked(parameter, str(figure))

    def check_asked(self, parameter: str, figure: str) -> None:
        """Check that what a figure needs is set, if a parameter names the figure.

        Raises
        ------
        ResamplingError
        """
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
                f"rankBy {unknown(str(self.rankBy), known)} The table has {len(labels)} classes."
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_costs(value: Any) -> bool:
    """Return whether a value maps both errors to what they cost, one of them to something."""
    if not isinstance(value, Mapping) or set(value) != COSTS:
        return False
    costs = list(value.values())
    return all(_is_number(cost) and 0 <= cost < math.inf for cost in costs) and any(costs)
