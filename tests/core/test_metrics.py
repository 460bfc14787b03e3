"""Figures of scores: those of scikit-learn and imbalanced-learn, to the last digits."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest
from imblearn.metrics import (
    classification_report_imbalanced,
    geometric_mean_score,
    make_index_balanced_accuracy,
    specificity_score,
)
from scipy.stats import binomtest
from sklearn import metrics as oracle

from spark_smote.core.metrics.calibration import (
    brier,
    brier_skill,
    calibration_bins,
    ece,
    log_loss,
    with_prior,
)
from spark_smote.core.metrics.confusion import FIGURES, Confusion, multiclass_figures
from spark_smote.core.metrics.interval import wilson
from spark_smote.core.metrics.ranking import (
    average_precision,
    curve,
    precision_at_recall,
    recall_at_precision,
    roc_auc,
    share_in_top,
)
from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.core.metrics.threshold import OBJECTIVES, best_threshold, thresholds
from spark_smote.exceptions import ResamplingError

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def some_rows(rows: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Truth (a tenth is positive) and probabilities, all distinct."""
    random = np.random.default_rng(seed)
    truth = (random.random(rows) < 0.1).astype(int)
    return truth, 1 / (1 + np.exp(2 - 1.5 * truth - random.standard_normal(rows)))


def a_case(name: str) -> tuple[np.ndarray, np.ndarray]:
    truth, p = some_rows()
    if name == "ties":
        return truth, np.round(p, 1)  # at 0, 0.5 and 1, too
    if name == "one score":
        return truth, np.full(len(p), 0.3)
    if name == "one positive":
        return (np.arange(len(p)) == 7).astype(int), p
    if name == "none found":
        return truth, p / 3
    if name == "all found":
        return truth, 0.5 + p / 2.1
    if name == "two rows":
        return np.array([1, 0]), np.array([0.5, 0.75])
    return truth, p


CASES = pytest.mark.parametrize(
    "case",
    ["random", "ties", "one score", "one positive", "none found", "all found", "two rows"],
)


def table_of(truth: np.ndarray, score: np.ndarray) -> ScoreTable:
    return ScoreTable.of(score, truth == 1, truth == 0)


def every_cut(truth: np.ndarray, score: np.ndarray) -> list[tuple[float, Confusion]]:
    """Each threshold of a score, and one below all, with what a loop over the rows counts."""
    cuts = []
    for threshold in [*np.unique(score)[::-1], -1.0]:
        found = score > threshold
        tp, fp = int((found & (truth == 1)).sum()), int((found & (truth == 0)).sum())
        tn = int((truth == 0).sum()) - fp
        cuts.append((threshold, Confusion(tp, fp, int(truth.sum()) - tp, tn)))
    return cuts


class TestScoreTable:
    def test_it_counts_each_score_once_the_highest_first(self):
        truth, score = a_case("ties")
        table = table_of(truth, score)
        assert table.scores.tolist() == sorted(set(score), reverse=True)
        for value, positives, negatives in zip(
            table.scores, table.positives, table.negatives, strict=True
        ):
            at = truth[score == value]
            assert (positives, negatives) == (at.sum(), (1 - at).sum())

    def test_a_sum_is_the_table_of_all_rows(self):
        truth, score = a_case("ties")
        whole = table_of(truth, score)
        pooled = table_of(truth[:100], score[:100]) + table_of(truth[100:], score[100:])
        for name in ("scores", "positives", "negatives"):
            np.testing.assert_array_equal(getattr(pooled, name), getattr(whole, name))

    def test_scores_without_rows_and_two_zeros_are_no_scores_of_their_own(self):
        table = ScoreTable.of([0.0, 1.0, -0.0], [1, 0, 2], [0, 0, 0])
        assert (table.scores.tolist(), table.positives.tolist()) == ([0.0], [3])


@CASES
class TestRanking:
    def test_areas_are_scikit_learns(self, case):
        truth, score = a_case(case)
        table = table_of(truth, score)
        for ours, theirs in (
            (average_precision, oracle.average_precision_score),
            (roc_auc, oracle.roc_auc_score),
        ):
            np.testing.assert_allclose(ours(table), theirs(truth, score), **EXACT)

    def test_recall_and_precision_at_the_other_are_those_of_the_best_cut(self, case):
        truth, score = a_case(case)
        table, cuts = table_of(truth, score), every_cut(truth, score)[1:]  # one that finds rows
        for minimum in (0.05, 0.3, 0.5, 0.9, 1.0):
            recalls = [cut.recall for _, cut in cuts if cut.precision >= minimum]
            assert recall_at_precision(table, minimum) == max(recalls, default=0.0)
            precisions = [cut.precision for _, cut in cuts if cut.recall >= minimum]
            assert precision_at_recall(table, minimum) == max(precisions, default=0.0)

    def test_a_curve_holds_what_its_thresholds_give(self, case):
        truth, score = a_case(case)
        table = table_of(truth, score)
        points = curve(table)
        assert len(points) <= 200
        for threshold, *values in points:
            cut = Confusion.at(table, threshold)
            np.testing.assert_allclose(values, [cut.recall, cut.precision, cut.alerts], **EXACT)
        assert (np.diff(points[:, 0]) < 0).all()


class TestCurve:
    def test_it_has_both_ends_and_both_ends_of_a_large_step(self):
        truth, score = some_rows(100_000)
        score[20_000:60_000] = 0.4  # four tenths of the rows in one step
        table = table_of(truth, score)
        points = curve(table)
        every = curve(table, len(score) + 1)
        assert 100 < len(points) <= 200 < len(every)
        assert points[[0, -1]].tolist() == every[[0, -1]].tolist()
        step = int((table.scores >= 0.4).sum()) - 1
        for end in (step - 1, step):
            assert every[end].tolist() in points.tolist()
        spaces = np.diff(points[:, 1] + points[:, 3] / 1000)
        assert sorted(spaces)[-2] < 0.011, "only the step itself is wide"

    def test_thresholds_of_probabilities_end_at_0(self):
        assert thresholds(ScoreTable.of([1.0, 0.0], [1, 1], [0, 3])).tolist() == [1.0, 0.5]
        assert curve(ScoreTable.of([1.0, 0.0], [1, 1], [0, 3])).tolist() == [[0.5, 0.5, 1.0, 200.0]]


class TestTop:
    def test_it_is_the_share_of_positives_among_the_first_rows(self):
        truth, score = some_rows()
        first = truth[np.argsort(-score)[: len(truth) // 5]]
        np.testing.assert_allclose(share_in_top(table_of(truth, score)), first.mean(), **EXACT)

    def test_of_equal_scores_each_row_counts_alike(self):
        truth, score = a_case("ties")
        random = np.random.default_rng(1)
        drawn = []
        for _ in range(500):
            order = np.lexsort((random.random(len(score)), -score))
            drawn.append(truth[order[: len(score) // 5]].mean())
        error = np.std(drawn) / np.sqrt(len(drawn))
        assert abs(share_in_top(table_of(truth, score)) - np.mean(drawn)) < 4 * error

    def test_the_last_row_counts_in_part(self):
        table = ScoreTable.of([3.0, 2.0, 1.0], [1, 0, 0], [0, 1, 1])
        assert share_in_top(table, 0.5) == pytest.approx(1 / 1.5)
        assert share_in_top(table, 1.0) == pytest.approx(1 / 3)


class TestBins:
    def test_areas_of_binned_scores_are_within_the_bound(self):
        for seed in range(20):
            truth, score = some_rows(seed=seed)
            coarse = table_of(truth, np.round(score, 1 + seed % 3))
            error = abs(roc_auc(coarse) - oracle.roc_auc_score(truth, score))
            assert 0 < error <= coarse.tie_bound

    def test_the_bound_is_reached_and_is_0_without_ties_of_both_kinds(self):
        truth, score = np.array([0, 0, 1, 1]), np.array([0.4, 0.3, 0.2, 0.1])
        binned = table_of(truth, np.zeros(4))
        assert abs(roc_auc(binned) - oracle.roc_auc_score(truth, score)) == binned.tie_bound == 0.5
        assert table_of(truth, score).tie_bound == 0.0


class TestConfusion:
    @CASES
    @pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5])
    def test_figures_are_those_of_the_oracles(self, case, threshold):
        truth, score = a_case(case)
        found = (score > threshold).astype(int)
        confusion = Confusion.at(table_of(truth, score), threshold)
        iba = make_index_balanced_accuracy(alpha=0.1, squared=True)(geometric_mean_score)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of figures that are undefined
            theirs = {
                "recall": oracle.recall_score(truth, found),
                "precision": oracle.precision_score(truth, found),
                "specificity": specificity_score(truth, found),
                "f1": oracle.f1_score(truth, found),
                "f2": oracle.fbeta_score(truth, found, beta=2),
                "gmean": geometric_mean_score(truth, found),
                "balanced_accuracy": oracle.balanced_accuracy_score(truth, found),
                "mcc": oracle.matthews_corrcoef(truth, found),
                "iba": iba(truth, found, average="binary"),
                "alerts": 1000 * found.mean(),
            }
            report = classification_report_imbalanced(truth, found, output_dict=True)
        ours = confusion.figures()
        assert tuple(ours) == FIGURES == tuple(theirs)
        for name, value in theirs.items():
            np.testing.assert_allclose(ours[name], value, err_msg=name, **EXACT)
        for name, theirs_too in (("specificity", "spe"), ("gmean", "geo"), ("iba", "iba")):
            np.testing.assert_allclose(ours[name], report["1"][theirs_too], **EXACT)
        cost = (found * (1 - truth) + 40 * (1 - found) * truth).mean()
        np.testing.assert_allclose(confusion.cost(fp=1, fn=40), 1000 * cost, **EXACT)

    def test_what_is_undefined_is_0(self):
        for empty in (Confusion(0, 0, 0, 0), Confusion(0, 0, 0, 5), Confusion(0, 0, 5, 0)):
            assert {empty.figures()[name] for name in FIGURES if "balanced" not in name} <= {0, 1}
        assert set(Confusion(0, 0, 0, 0).figures().values()) == {0.0}

    def test_counts_of_a_large_table_do_not_overflow(self):
        large = Confusion(9 * 10**9, 10**9, 10**9, 9 * 10**9)
        assert large.mcc == pytest.approx(0.8)


class TestManyClasses:
    def test_figures_are_those_of_each_class_against_the_others(self):
        random = np.random.default_rng(3)
        truth, found = random.integers(0, 4, (2, 500))
        found = np.where(random.random(500) < 0.5, truth, found)
        result = multiclass_figures(oracle.confusion_matrix(truth, found))
        report = classification_report_imbalanced(truth, found, output_dict=True)
        short = {"recall": "rec", "precision": "pre", "specificity": "spe", "f1": "f1"}
        short |= {"gmean": "geo", "iba": "iba"}
        for i, figures in result["per_class"].items():
            for ours, theirs in short.items():
                np.testing.assert_allclose(figures[ours], report[str(i)][theirs], **EXACT)
            one = (truth == i).astype(int), (found == i).astype(int)
            np.testing.assert_allclose(figures["mcc"], oracle.matthews_corrcoef(*one), **EXACT)
        for name, score in (("recall", oracle.recall_score), ("f1", oracle.f1_score)):
            macro = score(truth, found, average="macro")
            np.testing.assert_allclose(result["macro"][name], macro, **EXACT)
        assert result["accuracy"] == oracle.accuracy_score(truth, found)

    def test_a_class_that_is_never_predicted_counts_as_0_in_the_mean(self):
        result = multiclass_figures([[3, 0], [1, 0]])
        assert result["per_class"][1]["precision"] == 0.0
        assert result["macro"]["precision"] == 0.375


class TestCalibration:
    @CASES
    def test_scores_are_scikit_learns(self, case):
        truth, p = a_case(case)
        table = table_of(truth, p)
        clipped = np.clip(p, 1e-15, 1 - 1e-15)
        np.testing.assert_allclose(brier(table), oracle.brier_score_loss(truth, p), **EXACT)
        np.testing.assert_allclose(log_loss(table), oracle.log_loss(truth, clipped), **EXACT)
        of_base_rate = oracle.brier_score_loss(truth, np.full(len(p), truth.mean()))
        skill = 1 - oracle.brier_score_loss(truth, p) / of_base_rate
        np.testing.assert_allclose(brier_skill(table), skill, **EXACT)

    def test_a_certain_error_costs_a_finite_loss(self):
        table = ScoreTable.of([1.0, 0.0], [1, 1], [0, 0])
        assert log_loss(table) == pytest.approx(-np.log(1e-15) / 2)

    def test_bins_hold_as_many_rows(self):
        truth, p = some_rows(3000)
        bins = calibration_bins(table_of(truth, p), 15)
        order = np.argsort(p).reshape(15, 200)
        expected = np.column_stack([p[order].mean(axis=1), truth[order].mean(axis=1), [200] * 15])
        np.testing.assert_allclose(bins, expected, **EXACT)
        error = np.abs(expected[:, 0] - expected[:, 1]).mean()
        np.testing.assert_allclose(ece(table_of(truth, p)), error, **EXACT)

    def test_rows_of_one_probability_share_a_bin(self):
        """By hand: four bins of five rows; the middles of rows are at 6.5, 14, 16.5 and 19."""
        table = ScoreTable.of([0.9, 0.6, 0.5, 0.1], [2, 1, 1, 1], [0, 2, 1, 12])
        expected = [[0.1, 1 / 13, 13], [0.5, 1 / 2, 2], [0.72, 3 / 5, 5]]
        np.testing.assert_allclose(calibration_bins(table, 4), expected)
        error = (13 * (0.1 - 1 / 13) + 2 * 0 + 5 * (0.72 - 0.6)) / 20
        assert ece(table, 4) == pytest.approx(error)

    def test_a_prior_is_put_right_exactly(self):
        """Odds of a known truth, times 12 as from positives taken 12 times, and back."""
        truth = np.array([1 / 4096, 0.001, 0.02, 0.3, 0.5, 0.75, 0.999, 0.0, 1.0])
        trained_on = [float(12 * Fraction(p) / (12 * Fraction(p) + 1 - Fraction(p))) for p in truth]
        ones = np.ones(len(truth), np.int64)
        corrected = with_prior(ScoreTable.of(trained_on, ones, 3 * ones), 1 / 12)
        np.testing.assert_allclose(corrected.scores, np.sort(truth)[::-1], **EXACT)
        assert corrected.negatives.tolist() == [3] * len(truth)

    def test_a_prior_changes_no_order(self):
        truth, p = some_rows()
        table = table_of(truth, p)
        corrected = with_prior(table, 0.01)
        assert average_precision(corrected) == average_precision(table)
        assert brier(with_prior(corrected, 100)) == pytest.approx(brier(table), abs=1e-12)


def value_of(cut: Confusion, objective: str) -> Fraction:
    """A figure that ranks as the objective does, without rounding."""
    tp, fp, fn, tn = (Fraction(n) for n in (cut.tp, cut.fp, cut.fn, cut.tn))
    if objective == "cost":
        return -(fp + 40 * fn)
    if objective in ("f1", "f2"):
        beta = 1 if objective == "f1" else 4
        return (1 + beta) * tp / ((1 + beta) * tp + beta * fn + fp)
    recall, specificity = tp / (tp + fn), tn / (tn + fp)
    return recall + specificity if objective == "balanced_accuracy" else recall * specificity


class TestThreshold:
    @CASES
    @pytest.mark.parametrize("objective", [*OBJECTIVES, "cost"])
    def test_it_is_the_highest_of_the_best_of_all_cuts(self, case, objective):
        truth, score = a_case(case)
        kept = slice(0, 600) if len(score) > 600 else slice(None)
        truth, score = truth[kept], score[kept]
        best = best_threshold(table_of(truth, score), objective, {"fp": 1, "fn": 40})
        cuts = every_cut(truth, score)
        if score.min() == 0:
            cuts.pop()  # no threshold of probabilities finds those of 0
        _, expected = max(cuts, key=lambda cut: value_of(cut[1], objective))  # the first of equals
        assert Confusion.at(table_of(truth, score), best) == expected

    def test_a_table_by_hand(self):
        """F1 of the five cuts: 2/5, 4/6, 6/8, 6/9, 8/13."""
        table = ScoreTable.of([0.9, 0.8, 0.6, 0.5, 0.1], [1, 1, 1, 0, 1], [0, 0, 1, 1, 3])
        assert best_threshold(table, "f1") == pytest.approx(0.55)
        assert Confusion.at(table, 0.55).f1 == 6 / 8

    def test_one_between_neighboring_numbers_still_parts_them(self):
        low, high = 0.5, np.nextafter(0.5, 1)
        for pair in ([low, high], [np.nextafter(low, 0), low], [5e-324, 1e-323]):
            table = ScoreTable.of(pair, [0, 1], [1, 0])
            assert Confusion.at(table, best_threshold(table, "f1")) == Confusion(1, 0, 0, 1)

    def test_scores_need_not_be_probabilities(self):
        table = ScoreTable.of([-1.5, -4.0], [1, 1], [0, 1])
        assert best_threshold(table, "f1") < -4.0
        assert best_threshold(table, "gmean") == -2.75

    @pytest.mark.parametrize("objective", ["auc", "cost"])
    def test_an_objective_that_is_not_known_is_refused(self, objective):
        with pytest.raises(ResamplingError, match=f"'{objective}': name one of f1, f2"):
            best_threshold(ScoreTable.of([0.5], [1], [1]), objective)

    def test_no_rows_have_none(self):
        with pytest.raises(ResamplingError, match="No row is scored"):
            best_threshold(ScoreTable.of([], [], []), "f1")


@pytest.mark.parametrize(("positives", "negatives"), [([], []), ([3], [0]), ([0], [3])])
def test_figures_of_one_kind_of_rows_are_numbers(positives, negatives):
    table = ScoreTable.of([0.5] * len(positives), positives, negatives)
    figures = [average_precision, roc_auc, share_in_top, brier, brier_skill, log_loss, ece]
    assert np.isfinite([figure(table) for figure in figures]).all()
    assert [roc_auc(table), brier_skill(table), table.tie_bound] == [0.0, 0.0, 0.0]
    assert np.isfinite(calibration_bins(table)).all()
    assert np.isfinite(curve(table)).all()


@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (7, 7), (1, 10), (81, 263), (9, 10**6)])
def test_intervals_are_scipys(successes, trials):
    for confidence in (0.9, 0.95):
        theirs = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
        np.testing.assert_allclose(wilson(successes, trials, confidence), theirs, rtol=1e-9)
    assert wilson(0, 0) == (0.0, 1.0)
