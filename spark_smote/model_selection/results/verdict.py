"""The verdict: whether resampling helps beyond what a moved threshold does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import mean

import numpy as np

from spark_smote.core.metrics.figures import LOWER_IS_BETTER
from spark_smote.model_selection.comparison import correlated_t_test
from spark_smote.model_selection.results.evaluation import NONE, THRESHOLD, Comparison, Run, Verdict

__all__ = ["compare_runs", "reach_verdict"]

SURE = 0.9
"""Probability that counts as an answer."""

_NAMES = {THRESHOLD: "the moved threshold alone", NONE: "no resampling"}


def compare_runs(runs: Sequence[Run], figure: str, rope: float, folds: int) -> list[Comparison]:
    """Compare every method with the moved threshold of the same learner, over the same folds.

    Parameters
    ----------
    runs : sequence of Run
    figure : str
    rope : float
        Differences up to it do not matter.
    folds : int
        Folds of one repeat.
    """
    sign, base = _sign(figure), _baseline(runs)
    plain = {run.learner: run.values(figure) for run in runs if run.method == base}
    compared = []
    for run in runs:
        values = run.values(figure)
        if run.method in (NONE, THRESHOLD) or not values or not plain[run.learner]:
            continue
        differences = sign * (np.array(values) - plain[run.learner])
        found = asdict(correlated_t_test(differences, folds, rope))
        mean_difference = found.pop("mean")
        compared.append(
            Comparison(run.learner, run.method, base, difference=mean_difference, **found)
        )
    return compared


def _sign(figure: str) -> float:
    return -1.0 if figure in LOWER_IS_BETTER else 1.0


def _baseline(runs: Sequence[Run]) -> str:
    """Return the moved threshold; with more than two classes there is none to move."""
    return THRESHOLD if any(run.method == THRESHOLD for run in runs) else NONE


def reach_verdict(
    runs: Sequence[Run],
    compared: Sequence[Comparison],
    complexity: Mapping[str, tuple[float, float]],
    figure: str,
    folds: int,
) -> Verdict:
    """Decide by the learner that is best, whether a method beats its moved threshold.

    Parameters
    ----------
    runs : sequence of Run
    compared : sequence of Comparison
    complexity : mapping of str to tuple
        By method; of those about as good as the best, the simplest is recommended.
    figure : str
        What they are compared by.
    folds : int
        Scored folds, of all repeats.
    """
    sign = _sign(figure)
    means = {
        (run.learner, run.method): sign * mean(run.values(figure))
        for run in runs
        if run.values(figure)
    }
    learner, best = max(means, key=lambda pair: means[pair])
    base = _baseline(runs)
    of_learner = {run.method: run for run in runs if run.learner == learner and run.folds}
    rivals = {each.method: each for each in compared if each.learner == learner}
    lead = rivals.get(best) or max(rivals.values(), key=lambda each: each.difference, default=None)
    if lead is not None and lead.better >= SURE:
        close = [
            method
            for method, each in rivals.items()
            if each.better >= SURE and lead.difference - each.difference <= _spread(lead)
        ]
        chosen = min([lead.method, *close], key=lambda method: complexity[method])
        return _resample(of_learner[chosen], rivals[chosen], figure)
    plain = of_learner[base]
    tradeoff = _tradeoff(plain, of_learner, lead)
    if lead is None or lead.same + lead.worse >= SURE:
        return _threshold(plain, lead, figure, tradeoff)
    return _undecided(plain, lead, figure, folds, tradeoff)


def _spread(lead: Comparison) -> float:
    """Return about the standard error of a difference, out of its interval."""
    return (lead.high - lead.low) / 4


def _resample(run: Run, found: Comparison, figure: str) -> Verdict:
    sentences = [
        f"{_name(run)} helps: {figure} is better by {found.difference:+.3f} "
        f"({found.low:+.3f} to {found.high:+.3f}) than {_NAMES[found.against]}, with a probability "
        f"of {found.better:.2f}."
    ]
    return Verdict("resample", sentences, run.learner, run.method, run.threshold, code=_code(run))


def _threshold(plain: Run, lead: Comparison | None, figure: str, tradeoff: list[str]) -> Verdict:
    moved = "" if plain.threshold is None else f": move the threshold to {plain.threshold:.3g}"
    sentences = [f"Do not resample{moved}."]
    if lead is not None:
        sentences.append(
            f"The best method, {lead.method}, changes {figure} of {plain.learner} by "
            f"{lead.difference:+.3f} ({lead.low:+.3f} to {lead.high:+.3f}); the probability that "
            f"it gains something that matters is {lead.better:.2f}."
        )
    return Verdict(
        "threshold", sentences + tradeoff, plain.learner, plain.method, plain.threshold,
        code=_code(plain),
    )  # fmt: skip


def _undecided(
    plain: Run, lead: Comparison, figure: str, folds: int, tradeoff: list[str]
) -> Verdict:
    width = lead.high - lead.low
    sentences = [
        f"Not decided by these {folds} folds: {lead.method} changes {figure} of {plain.learner} by "
        f"{lead.difference:+.3f}, but anything from {lead.low:+.3f} to {lead.high:+.3f} is "
        f"possible ({width:.3f} wide); it gains something that matters with a probability of "
        f"{lead.better:.2f}.",
        "More rows narrow that most; repeats do as far as the folds are to blame. Until then "
        f"{_NAMES[lead.against]} is the simpler choice.",
    ]
    return Verdict(
        "undecided", sentences + tradeoff, plain.learner, plain.method, plain.threshold,
        code=_code(plain),
    )  # fmt: skip


def _tradeoff(plain: Run, runs: Mapping[str, Run], lead: Comparison | None) -> list[str]:
    """Compare the recall at 0.5 that a method gains with that of a moved threshold."""
    unmoved = runs.get(NONE)
    if lead is None or unmoved is None or not plain.curve:
        return []
    method = runs[lead.method]
    before, after = _mean_at_half(unmoved, "recall"), _mean_at_half(method, "recall")
    if after <= before:
        return []
    threshold, recall, precision, _ = min(
        (point for point in plain.curve if point[1] >= after),
        key=lambda point: point[1],
        default=plain.curve[-1],
    )
    return [
        f"At 0.5, {method.method} raises recall from {before:.2f} to {after:.2f}, and precision "
        f"goes from {_mean_at_half(unmoved, 'precision'):.2f} to "
        f"{_mean_at_half(method, 'precision'):.2f}; the plain model at {threshold:.3g} has a "
        f"recall of {recall:.2f} at a precision of {precision:.2f}."
    ]


def _mean_at_half(run: Run, name: str) -> float:
    return mean(fold.at_half[name] for fold in run.folds)


def _name(run: Run) -> str:
    return f"{run.method} with {run.learner}"


def _code(run: Run) -> str:
    """Return the line that moves a fitted model's threshold: Spark predicts argmax p / t."""
    if run.threshold is None or not run.calibration:  # no probability, no threshold for it
        return ""
    threshold = min(max(run.threshold, 0.0), 1.0)
    return f"model.setThresholds([{1 - threshold:.6g}, {threshold:.6g}])"
