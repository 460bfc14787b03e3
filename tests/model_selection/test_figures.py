"""Figures of folds: scikit-learn's, at a threshold that the scored fold has no part in."""

from __future__ import annotations

import numpy as np
import pytest
from model_selection.runs import a_fold, a_table, some_scores
from sklearn import metrics as oracle

from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.model_selection.results.figures import FittedFold, Goals, judge

EXACT = {"rtol": 1e-12, "atol": 1e-12}
LABELS = ["no", "yes"]
COSTS = {"fp": 1, "fn": 9}


def judged(folds, goals=None, labels=LABELS):
    return judge("smote", "forest", "", folds, labels, goals or Goals())


@pytest.fixture
def rows():
    """Truth and scores of four folds."""
    random = np.random.default_rng(3)
    return [some_scores(random) for _ in range(4)]


def folds_of(rows, **more):
    return [a_fold(a_table(*each), fold, **more) for fold, each in enumerate(rows)]


AT_A_THRESHOLD = {
    "recall": oracle.recall_score,
    "precision": lambda truth, found: oracle.precision_score(truth, found, zero_division=0),
    "f1": oracle.f1_score,
    "f2": lambda truth, found: oracle.fbeta_score(truth, found, beta=2),
    "balanced_accuracy": oracle.balanced_accuracy_score,
    "mcc": oracle.matthews_corrcoef,
    "alerts": lambda truth, found: 1000 * found.mean(),
    "cost": lambda truth, found: (
        1000 * (COSTS["fp"] * (found > truth) + COSTS["fn"] * (found < truth)).mean()
    ),
}


def figure_at(name, truth, scores, threshold):
    return AT_A_THRESHOLD[name](truth, (scores > threshold).astype(int))


def figures_at(truth, scores, threshold):
    return {name: figure_at(name, truth, scores, threshold) for name in AT_A_THRESHOLD}


def assert_holds(figures, expected):
    for name, value in expected.items():
        np.testing.assert_allclose(figures[name], value, err_msg=name, **EXACT)


def test_each_fold_has_the_figures_of_scikit_learn(rows):
    run = judged(folds_of(rows), Goals(costs=COSTS))
    for result, (truth, scores) in zip(run.folds, rows, strict=True):
        assert_holds(
            result.figures,
            {
                "pr_auc": oracle.average_precision_score(truth, scores),
                "roc_auc": oracle.roc_auc_score(truth, scores),
                "brier": oracle.brier_score_loss(truth, scores),
                "log_loss": oracle.log_loss(truth, scores),
            },
        )
        assert_holds(result.at_half, figures_at(truth, scores, 0.5))
        assert_holds(result.tuned, figures_at(truth, scores, result.threshold))


@pytest.mark.parametrize("tune", ["f1", "f2", "balanced_accuracy", "cost"])
def test_the_threshold_is_the_best_of_the_other_folds(rows, tune):
    run = judged(folds_of(rows), Goals(tune=tune, costs=COSTS))
    sign = -1 if tune == "cost" else 1
    for result in run.folds:
        others = [each for fold, each in enumerate(rows) if fold != result.fold]
        truth, scores = (np.concatenate(each) for each in zip(*others, strict=True))
        best = max(sign * figure_at(tune, truth, scores, t) for t in np.unique(scores))
        chosen = sign * figure_at(tune, truth, scores, result.threshold)
        assert chosen == pytest.approx(best, abs=1e-12)


def test_the_threshold_to_deploy_is_chosen_by_all_rows(rows):
    truth, scores = (np.concatenate(each) for each in zip(*rows, strict=True))
    best = max(figure_at("f1", truth, scores, t) for t in np.unique(scores))
    deployed = figure_at("f1", truth, scores, judged(folds_of(rows)).threshold)
    assert deployed == pytest.approx(best, abs=1e-12)


def test_a_poisoned_fold_moves_every_threshold_but_its_own(rows):
    before = [each.threshold for each in judged(folds_of(rows)).folds]
    for poisoned, (truth, scores) in enumerate(rows):
        worse = [*rows]
        worse[poisoned] = (1 - truth)[np.argsort(scores)], np.sort(scores)
        after = [each.threshold for each in judged(folds_of(worse)).folds]
        assert after[poisoned] == before[poisoned]
        assert all(after[fold] != before[fold] for fold in range(4) if fold != poisoned)


def test_repeats_choose_their_own_thresholds(rows):
    """A repeat scores every row: those of another would show a fold its own labels."""
    first, second = rows[:2], rows[2:]
    folds = [a_fold(a_table(*each), i, repeat=0) for i, each in enumerate(first)]
    folds += [a_fold(a_table(*each), i, repeat=1) for i, each in enumerate(second)]
    alone = [judged(folds_of(each)).folds for each in (first, second)]
    together = [each.threshold for each in judged(folds).folds]
    assert together == [each.threshold for part in alone for each in part]


def test_corrected_probabilities_are_those_of_the_tables_own_shares(rows):
    """Bayes: odds times the ratio of the odds of the priors, 1 in 10 before and 1 in 2 after."""
    run = judged(folds_of(rows, prior_ratio=1 / 9))
    for result, (truth, scores) in zip(run.folds, rows, strict=True):
        p = scores * 0.1 / 0.5 / (scores * 0.1 / 0.5 + (1 - scores) * 0.9 / 0.5)
        np.testing.assert_allclose(
            result.corrected["brier"], oracle.brier_score_loss(truth, p), **EXACT
        )
    assert judged(folds_of(rows)).folds[0].corrected == {}
    assert run.corrected_calibration != run.calibration


def test_margins_have_no_figures_of_probabilities(rows):
    run = judged(folds_of(rows, has_probability=False, prior_ratio=0.5))
    assert not {"brier", "log_loss", "ece"} & set(run.folds[0].figures)
    assert (run.folds[0].corrected, run.calibration, run.corrected_calibration) == ({}, [], [])
    assert run.folds[0].figures.keys() == {"pr_auc", "roc_auc", "p_top20"}


def test_figures_that_are_asked_for(rows):
    goals = Goals(min_precision=0.6, min_recall=0.7)
    for result, (truth, scores) in zip(judged(folds_of(rows), goals).folds, rows, strict=True):
        precision, recall, _ = oracle.precision_recall_curve(truth, scores)
        expected = {
            "recall_at_precision": recall[precision >= 0.6].max(),
            "precision_at_recall": precision[recall >= 0.7].max(),
        }
        assert_holds(result.figures, expected)


def test_a_hand_made_table():
    """Of 3 + 1 positive rows, above .4 lie 3 and one other: F1 is 6 / 8, its highest."""
    table = ScoreTable.of([0.8, 0.6, 0.2, 0.1], [2, 1, 0, 1], [0, 1, 9, 6])
    run = judged([a_fold(table, 0), a_fold(table, 1)])
    assert run.threshold == 0.4
    assert [each.threshold for each in run.folds] == [0.4, 0.4]
    assert run.folds[0].tuned["f1"] == 6 / 8


def test_three_classes_against_scikit_learn():
    random = np.random.default_rng(5)
    folds, truths, answers, scores = [], [], [], []
    for fold in range(3):
        truth = random.integers(0, 3, 300)
        p = random.dirichlet(np.ones(3), 300)
        p[np.arange(300), truth] += 0.3
        p = np.round(p / p.sum(axis=1, keepdims=True), 3)
        found = p.argmax(axis=1)
        tables = [a_table((truth == each).astype(int), p[:, each]) for each in range(3)]
        matrix = oracle.confusion_matrix(truth, found, labels=range(3)).tolist()
        folds.append(FittedFold(0, fold, 100, 1.0, scored=tables, training=tables,
                                confusion=matrix))  # fmt: skip
        for kept, value in ((truths, truth), (answers, found), (scores, p)):
            kept.append(value)
    run = judged(folds, labels=["a", "b", "c"])
    for result, truth, found, p in zip(run.folds, truths, answers, scores, strict=True):
        of_classes = [
            oracle.average_precision_score(truth == each, p[:, each]) for each in range(3)
        ]
        macro = {"average": "macro", "zero_division": 0}
        assert_holds(result.figures, {"pr_auc": np.mean(of_classes)})
        assert_holds(
            result.at_half,
            {
                "recall": oracle.recall_score(truth, found, **macro),
                "precision": oracle.precision_score(truth, found, **macro),
                "f1": oracle.f1_score(truth, found, **macro),
                "accuracy": oracle.accuracy_score(truth, found),
            },
        )
    pooled = oracle.confusion_matrix(np.concatenate(truths), np.concatenate(answers))
    assert run.confusion == pooled.tolist()
    recalls = [
        oracle.recall_score(t, f, average=None) for t, f in zip(truths, answers, strict=True)
    ]
    found = [run.classes[name]["recall"] for name in ("a", "b", "c")]
    np.testing.assert_allclose(found, np.mean(recalls, axis=0), **EXACT)
    assert (run.threshold, run.folds[0].threshold, run.curve) == (None, None, [])
