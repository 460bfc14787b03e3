"""The verdict, from made-up figures of folds."""

from __future__ import annotations

import numpy as np
import pytest
from model_selection.runs import a_run

from spark_smote.model_selection.results.verdict import compare_runs, reach_verdict

PLAIN = [0.50, 0.55, 0.45, 0.52, 0.48]
COMPLEXITY = {"none": (0, 0), "threshold": (1, 0), "weights": (2, 0), "over": (4, 1),
              "smote-0.5": (5, 0.5), "smote": (5, 1)}  # fmt: skip


def moved(by, wobble=0.002):
    """The plain figures, better by `by`, give or take a little."""
    return [value + by + wobble * (-1) ** i for i, value in enumerate(PLAIN)]


def decided(runs, figure="pr_auc"):
    compared = compare_runs(runs, figure, rope=0.01, folds=5)
    return reach_verdict(runs, compared, COMPLEXITY, figure, 5)


def baselines(figure="pr_auc", **more):
    return [a_run(name, PLAIN, figure=figure, **more) for name in ("none", "threshold")]


def test_what_is_better_everywhere_is_recommended():
    verdict = decided([*baselines(), a_run("weights", moved(0)), a_run("smote", moved(0.05))])
    assert (verdict.kind, verdict.method, verdict.learner) == ("resample", "smote", "logistic")
    assert "+0.050" in verdict.sentences[0]
    assert verdict.code == "model.setThresholds([0.7, 0.3])"


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ({"smote": 0.051, "smote-0.5": 0.05, "over": 0.02}, "smote-0.5"),
        ({"smote": 0.051, "smote-0.5": 0.05, "over": 0.05}, "over"),
        ({"smote": 0.08, "smote-0.5": 0.05, "weights": 0.05}, "smote"),
    ],
)
def test_the_simplest_of_about_equals_is_recommended(gains, expected):
    runs = [a_run(name, moved(gain)) for name, gain in gains.items()]
    assert decided([*baselines(), *runs]).method == expected


@pytest.mark.parametrize("gain", [0.0, -0.05])
def test_what_changes_nothing_or_harms_leaves_the_threshold(gain):
    verdict = decided([*baselines(), a_run("smote", moved(gain))])
    assert (verdict.kind, verdict.method) == ("threshold", "threshold")
    assert verdict.sentences[0] == "Do not resample: move the threshold to 0.3."


def test_what_differs_from_fold_to_fold_is_not_decided():
    noisy = [value + by for value, by in zip(PLAIN, [0.2, -0.1, 0.1, -0.05, 0.1], strict=True)]
    verdict = decided([*baselines(), a_run("smote", noisy)])
    assert (verdict.kind, verdict.method) == ("undecided", "threshold")
    assert "+0.050, but anything from" in verdict.sentences[0]


@pytest.mark.parametrize("figure", ["brier", "log_loss", "ece", "cost", "alerts"])
@pytest.mark.parametrize(("change", "kind"), [(-0.05, "resample"), (0.05, "threshold")])
def test_of_losses_less_is_better(figure, change, kind):
    runs = [*baselines(figure), a_run("smote", moved(change), figure=figure)]
    assert decided(runs, figure).kind == kind
    (compared,) = compare_runs(runs, figure, 0.01, 5)
    assert compared.difference == pytest.approx(-change, abs=0.001)


def test_the_best_learner_decides():
    forest = [a_run(name, moved(0.2), "forest") for name in ("none", "threshold", "smote")]
    runs = [*baselines(), a_run("smote", moved(0.1)), *forest]
    verdict = decided(runs)
    assert (verdict.learner, verdict.kind) == ("forest", "threshold")
    assert {each.learner: round(each.better) for each in compare_runs(runs, "pr_auc", 0.01, 5)} == {
        "logistic": 1,
        "forest": 0,
    }


def test_gained_recall_is_set_beside_the_moved_threshold():
    curve = [[0.9, 0.1, 1.0, 5.0], [0.4, 0.6, 0.8, 40.0], [0.26, 0.82, 0.7, 60.0], [0.1, 1, 0.1, 0]]
    plain = [a_run(n, PLAIN, recall=0.4, precision=0.9, curve=curve) for n in ("none", "threshold")]
    verdict = decided([*plain, a_run("smote", moved(0), recall=0.8, precision=0.6)])
    assert verdict.sentences[-1] == (
        "At 0.5, smote raises recall from 0.40 to 0.80, and precision goes from 0.90 to 0.60; the "
        "plain model at 0.26 has a recall of 0.82 at a precision of 0.70."
    )
    lower = decided([*plain, a_run("smote", moved(0), recall=0.3)])
    assert not any("raises recall" in sentence for sentence in lower.sentences)


def test_without_a_method_there_is_nothing_to_compare():
    verdict = decided(baselines())
    assert (verdict.kind, verdict.sentences) == (
        "threshold", ["Do not resample: move the threshold to 0.3."],
    )  # fmt: skip


@pytest.mark.parametrize(("gain", "kind", "method"), [(0.05, "resample", "smote"),
                                                      (0, "threshold", "none")])  # fmt: skip
def test_many_classes_have_no_threshold_to_move(gain, kind, method):
    runs = [
        a_run("none", PLAIN, two_classes=False), a_run("smote", moved(gain), two_classes=False)
    ]  # fmt: skip
    verdict = decided(runs)
    assert (verdict.kind, verdict.method, verdict.threshold, verdict.code) == (
        kind, method, None, "",
    )  # fmt: skip
    assert not any("threshold" in sentence for sentence in verdict.sentences)


def test_figures_at_a_threshold_are_compared_at_the_moved_one():
    """The recall at 0.5 that SMOTE gains is no gain: the plain model's threshold moves, too."""
    half, tuned = {"recall": 0.2}, {"recall": 0.9}
    runs = [
        a_run("none", PLAIN, recall=0.2), a_run("threshold", PLAIN, recall=0.2),
        a_run("smote", PLAIN, recall=0.8),
    ]  # fmt: skip
    assert [run.values("recall")[0] for run in runs] == [half["recall"], *[tuned["recall"]] * 2]
    assert decided(runs, "recall").kind == "threshold"


def test_a_figure_that_only_some_learners_have():
    """A margin is no probability: svc has no Brier score, and logistic decides."""
    svc = [a_run(name, PLAIN, "svc", "pr_auc") for name in ("none", "threshold", "smote")]
    runs = [*svc, *baselines("brier"), a_run("smote", moved(-0.05), figure="brier")]
    verdict = decided(runs, "brier")
    assert (verdict.learner, verdict.kind) == ("logistic", "resample")


def test_the_verdict_says_how_sure_it_is():
    random = np.random.default_rng(0)
    for gain in random.uniform(-0.05, 0.05, 20):
        runs = [*baselines(), a_run("smote", moved(gain, random.uniform(0, 0.05)))]
        (compared,) = compare_runs(runs, "pr_auc", 0.01, 5)
        kind = decided(runs).kind
        assert (kind == "resample") == (compared.better >= 0.9)
        assert (kind == "threshold") == (compared.worse + compared.same >= 0.9)


def test_an_open_question_of_many_classes_is_no_advice_to_move_a_threshold():
    noisy = [value + by for value, by in zip(PLAIN, [0.2, -0.1, 0.1, -0.05, 0.1], strict=True)]
    runs = [a_run("none", PLAIN, two_classes=False), a_run("smote", noisy, two_classes=False)]
    verdict = decided(runs)
    assert verdict.kind == "undecided"
    assert verdict.sentences[1].endswith("Until then no resampling is the simpler choice.")
