"""What a comparison will do, and how long it takes by one fit of it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

from spark_smote.model_selection.fitting.experiment import Experiment
from spark_smote.model_selection.fitting.methods import Method
from spark_smote.model_selection.results.evaluation import NONE, THRESHOLD

__all__ = ["Forecast", "forecast"]


@dataclass(frozen=True)
class Forecast:
    """What a comparison will do.

    Attributes
    ----------
    experiment : Experiment
        Not run.
    fit_seconds : float
        Of one fit, with the scores of its fold.
    """

    experiment: Experiment
    fit_seconds: float

    @property
    def seconds(self) -> float:
        """About what all fits take, if each takes as long as the one."""
        each = self.experiment
        turns = math.ceil(len(each.fitted_methods) / each.parallelism)
        return self.fit_seconds * self.fits * turns / len(each.fitted_methods)

    @property
    def fits(self) -> int:
        """Number of models to fit."""
        return self.experiment.fits

    def __str__(self) -> str:
        each = self.experiment
        rows, splitter = sum(each.table.counts.values()), each.splitter
        trained = [rows * len(split.training_parts) // splitter.parts for split in splitter.splits]
        span = f"{trained[0]:,}"
        if trained[-1] != trained[0]:
            span += f" to {trained[-1]:,}"
        classes = ", ".join(f"{label}: {count:,}" for label, count in each.table.counts.items())
        width = max(len(method.name) for method in each.methods)
        lines = [
            f"{rows:,} rows ({classes})",
            f"learners: {', '.join(learner.name for learner in each.learners)}",
            "methods:",
            *(f"  {method.name:<{width}}  {self._what(method)}" for method in each.methods),
            f"{self.fits} fits, each on {span} rows before resampling, which then scores "
            f"{rows // splitter.parts:,} others",
            f"some {self.seconds:,.0f} s, if each takes the {self.fit_seconds:.1f} s of this first "
            f"one ({NONE}, {each.learners[0].name}) and {each.parallelism} methods run at once; "
            "Spark warmed up in it, and forests and searches for neighbors take longer",
        ]
        return "\n".join(lines)

    @staticmethod
    def _what(method: Method) -> str:
        return "the same models, at a moved threshold" if method.name == THRESHOLD else str(method)


def forecast(experiment: Experiment) -> Forecast:
    """Time the smallest fit of an experiment: the rows as they are, one fold, the first learner."""
    plain = [method for method in experiment.methods if method.name == NONE]
    smallest = replace(
        experiment,
        methods=plain,
        learners=experiment.learners[:1],
        repeats=1,
        splitter=replace(experiment.splitter, scored_folds=1),
    )
    start = time.monotonic()
    smallest.run()
    return Forecast(experiment, time.monotonic() - start)
