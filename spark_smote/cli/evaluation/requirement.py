"""What a figure of the recommended method must be at least, or at most."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from spark_smote.cli.sections import check_names
from spark_smote.exceptions import ResamplingError, shown
from spark_smote.model_selection.options import (
    AT_A_THRESHOLD,
    OF_CLASSES,
    OF_PROBABILITIES,
    RANKING,
    Options,
)
from spark_smote.model_selection.results.evaluation import Evaluation

__all__ = ["Requirement"]

FIGURES = tuple(dict.fromkeys((*RANKING, *OF_PROBABILITIES, *AT_A_THRESHOLD, *OF_CLASSES)))

_CONDITION = re.compile(r"\s*(?P<figure>\w+)\s*(?P<sign>[<>]=)\s*(?P<bound>\d*\.?\d+(e-?\d+)?)\s*")


@dataclass(frozen=True)
class Requirement:
    """A condition on the mean of a figure over folds, as in pr_auc>=0.6.

    Attributes
    ----------
    figure : str
    is_least : bool
        Whether it must be at least the bound, and not at most.
    bound : float
    """

    figure: str
    is_least: bool
    bound: float

    @staticmethod
    def parse(text: str, options: Options) -> Requirement:
        """Read ``FIGURE>=NUMBER`` or ``FIGURE<=NUMBER``.

        Raises
        ------
        ResamplingError
            If it is none, or of a figure that is unknown or not asked for.

        Examples
        --------
        >>> from spark_smote.cli.evaluation.config import load
        >>> options = load(None, {"input": {"path": "in"}}).options
        >>> Requirement.parse("brier<=0.01", options)
        Requirement(figure='brier', is_least=False, bound=0.01)
        """
        parts = _CONDITION.fullmatch(text)
        if parts is None:
            raise ResamplingError(
                f"--require {shown(text)} is no condition: write a figure, >= or <=, and a number, "
                'as in "pr_auc>=0.6".'
            )
        figure, bound = parts["figure"], float(parts["bound"])
        check_names("Figure of --require", [figure], FIGURES)
        options.check_asked("--require", figure)
        return Requirement(figure, parts["sign"] == ">=", bound)

    def broken_by(self, evaluation: Evaluation) -> str | None:
        """Return in what the recommended method falls short, or None."""
        verdict = evaluation.verdict
        (run,) = (
            run
            for run in evaluation.runs
            if (run.method, run.learner) == (verdict.method, verdict.learner)
        )
        values: Sequence[float] = run.values(self.figure)
        name = f"{self.figure} of {run.method} with {run.learner}"
        if not values:
            return f"{name} is not measured, and required is {self}"
        value = mean(values)
        if (value >= self.bound) if self.is_least else (value <= self.bound):
            return None
        return f"{name} is {value:.4g}, and required is {self}"

    def __str__(self) -> str:
        return f"at {'least' if self.is_least else 'most'} {self.bound:g}"
