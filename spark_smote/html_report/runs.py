"""What the pictures and tables read of an evaluation's runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple

from spark_smote.core.metrics.figures import LOWER_IS_BETTER

__all__ = ["Run", "Spread", "best", "curves", "done", "label", "learners", "models", "over_folds"]

Run = Mapping[str, Any]


class Spread(NamedTuple):
    """A figure over folds: its mean, and its standard deviation if there are several."""

    mean: float
    deviation: float | None


def over_folds(run: Run, part: str, name: str) -> Spread | None:
    """Return a figure over the folds of a run, or None where it has none.

    `part` is a part of a fold such as "at_half"; "rank" stands for whichever part has the figure,
    at the tuned threshold but for the method "none".
    """
    judged = ("at_half",) if run["method"] == "none" else ("tuned", "at_half")
    parts = ("figures", *judged) if part == "rank" else (part,)
    for each in parts:
        values = [fold.get(each, {}).get(name) for fold in run["folds"]]
        known = [value for value in values if value is not None]
        if known:
            return Spread(fmean(known), stdev(known) if len(known) > 1 else None)
    return None


def done(evaluation: Mapping[str, Any]) -> list[Run]:
    """Return the runs that were not skipped."""
    return [run for run in evaluation["runs"] if not run["skipped"]]


def learners(evaluation: Mapping[str, Any]) -> list[str]:
    """Return the learners that finished a run, in their order."""
    return list(dict.fromkeys(run["learner"] for run in done(evaluation)))


def models(evaluation: Mapping[str, Any], learner: str) -> list[Run]:
    """Return a learner's runs with models of their own: "threshold" has those of "none"."""
    of_learner = [run for run in done(evaluation) if run["learner"] == learner]
    plain = any(run["method"] == "none" for run in of_learner)
    return [run for run in of_learner if not (plain and run["method"] == "threshold")]


def label(run: Run) -> str:
    """Return the name that a model has in pictures."""
    return "none, threshold" if run["method"] == "none" else str(run["method"])


def best(evaluation: Mapping[str, Any], learner: str) -> Run | None:
    """Return the run of a learner that ranks first, or None if no run has the figure."""
    name = evaluation["parameters"]["rankBy"]
    sign = -1 if name in LOWER_IS_BETTER else 1
    ranked = [
        (sign * rank.mean, -i, run)
        for i, run in enumerate(done(evaluation))
        if run["learner"] == learner and (rank := over_folds(run, "rank", name))
    ]
    return max(ranked, key=lambda entry: entry[:2])[2] if ranked else None


def curves(evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the curves that the slider moves over, that of the verdict first.

    A point is (threshold, recall, precision, alerts, cost), the last two per 1,000 rows and the
    cost only if costs are set; thresholds rise. `start` is the point of the tuned threshold.
    """
    verdict, costs = evaluation["verdict"], evaluation["parameters"].get("costs")
    chosen = (verdict.get("learner"), verdict.get("method"))
    runs = [run for name in learners(evaluation) for run in models(evaluation, name)]
    runs = sorted(
        (run for run in runs if run["curve"]),
        key=lambda run: chosen[0] != run["learner"] or chosen[1] not in label(run).split(", "),
    )
    result = []
    for run in runs:
        points = sorted(map(tuple, run["curve"]))
        rounded = [[_rounded(value) for value in point] for point in _with_costs(points, costs)]
        start = min(range(len(points)), key=lambda i: abs(points[i][0] - (run["threshold"] or 0)))
        result.append({"learner": run["learner"], "label": label(run), "start": start,
                       "points": rounded})  # fmt: skip
    return result


def positives(points: Sequence[Sequence[float]]) -> float:
    """Return the positive rows per 1,000 that a curve was drawn of."""
    _, recall, precision, alerts = max(points, key=lambda point: point[1])
    return alerts * precision / recall if recall else 0.0


def _with_costs(
    points: Sequence[tuple[float, ...]], costs: Mapping[str, float] | None
) -> Iterator[tuple[float, ...]]:
    if not costs:
        yield from points
        return
    base = positives(points)
    for threshold, recall, precision, alerts in points:
        wrong, missed = alerts * (1 - precision), base * (1 - recall)
        yield threshold, recall, precision, alerts, costs["fp"] * wrong + costs["fn"] * missed


def _rounded(value: float) -> float:
    """Round to four digits, which is what is shown."""
    return float(f"{value:.4g}")
