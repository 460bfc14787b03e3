"""Rows that were scored: figures by period, with intervals, beside what was expected."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers import PORTABLE_VECTORS
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn import metrics as oracle

from spark_smote import measure
from spark_smote.cli import app as cli
from spark_smote.core.metrics.interval import wilson
from spark_smote.core.metrics.ranking import average_precision, roc_auc
from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.exceptions import ParamError, ResamplingError
from spark_smote.model_selection import measure as module
from spark_smote.model_selection.results.baseline import Baseline
from spark_smote.model_selection.results.measurement import Measurement, Period
from spark_smote.model_selection.score_frame import score_tables

ROWS = 2000
MONTHS = ("9", "10", "11")


def some_scores() -> pd.DataFrame:
    """Three months of rows, a tenth positive, whose model is worse in the last month."""
    random = np.random.default_rng(5)
    month = random.choice([9, 10, 11], ROWS)
    label = (random.random(ROWS) < 0.1).astype(int)
    signal = np.where(month == 11, 0.2, 2.0) * label
    p = 1 / (1 + np.exp(2 - signal - random.standard_normal(ROWS)))
    p[:200] = np.round(p[:200], 1)
    return pd.DataFrame({"month": month, "label": label, "p": p})


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return some_scores()


@pytest.fixture(scope="module")
def scored(spark: SparkSession, scores: pd.DataFrame) -> DataFrame:
    frame = spark.createDataFrame(scores)
    return frame.select(
        "*",
        F.when(F.col("label") == 1, "fraud").otherwise("fine").alias("kind"),
        F.array(1 - F.col("p"), "p").alias("both"),
    )


def an_evaluation(**changes: Any) -> dict[str, Any]:
    """Two folds of a forest: recall 0.5 at 1/2, 0.7 at the tuned threshold, 0.9 at 0.1."""
    folds = [
        {
            "at_half": {"recall": 0.4 + 0.2 * i, "precision": 0.8},
            "tuned": {"recall": 0.6 + 0.2 * i, "precision": 0.6},
        }
        for i in (0, 1)
    ]
    run = {"method": "threshold", "learner": "forest", "folds": folds, "threshold": 0.25}
    run["curve"] = [[0.25, 0.7, 0.6, 90.0], [0.1, 0.9, 0.3, 300.0]]
    return {
        "schema": 1,
        "data": {"positive": "1", "classes": {"0": 900, "1": 100}},
        "runs": [{**run, "method": "none", "folds": []}, run],
        "verdict": {"method": "threshold", "learner": "forest", "threshold": 0.25},
        **changes,
    }


@pytest.mark.portable
@pytest.mark.quick
def test_figures_of_each_period_are_those_of_its_rows(scores, scored):
    result = measure(scored, probabilityCol="p", threshold=0.3, by="month")
    assert (result.positive, result.exact) == ("1", True)
    assert [each.name for each in result.periods] == list(MONTHS)
    for period in result.periods:
        part = scores[scores.month == int(period.name)]
        truth, found = part.label, part.p > 0.3
        positives, hits = int(truth.sum()), int((truth * found).sum())
        assert (period.rows, period.positives) == (len(part), positives)
        theirs = {
            "base_rate": truth.mean(),
            "recall": oracle.recall_score(truth, found),
            "precision": oracle.precision_score(truth, found),
            "mcc": oracle.matthews_corrcoef(truth, found),
            "alerts": 1000 * found.mean(),
            "pr_auc": oracle.average_precision_score(truth, part.p),
            "roc_auc": oracle.roc_auc_score(truth, part.p),
            "brier": oracle.brier_score_loss(truth, part.p),
            "log_loss": oracle.log_loss(truth, part.p.clip(1e-15, 1 - 1e-15)),
        }
        for name, value in theirs.items():
            np.testing.assert_allclose(period.figures[name], value, rtol=1e-12, err_msg=name)
        assert period.intervals == {
            "base_rate": wilson(positives, len(part)),
            "recall": wilson(hits, positives),
            "precision": wilson(hits, int(found.sum())),
        }
    frame = result.to_pandas()
    assert frame.recall_low.tolist() == [each.intervals["recall"][0] for each in result.periods]


@pytest.mark.parametrize(
    ("names", "positive"),
    [
        pytest.param({"probabilityCol": "vector"}, None, marks=PORTABLE_VECTORS),
        ({"probabilityCol": "both"}, "1.0"),
        ({"probabilityCol": "p", "labelCol": "kind"}, "FRAUD"),
        ({"probabilityCol": "p", "labelCol": "exact"}, Decimal(1)),
        ({"probabilityCol": "p", "labelCol": "truth"}, True),
    ],
    ids=str,
)
def test_columns_of_any_type_measure_alike(scores, scored, names, positive):
    if names["probabilityCol"] == "vector":
        scored = scored.withColumn("vector", array_to_vector("both"))
    frame = scored.select(
        "*",
        F.col("label").cast("decimal(3,1)").alias("exact"),
        (F.col("label") == 1).alias("truth"),
    )
    (period,) = measure(frame, positive=positive, threshold=0.3, **names).periods
    expected = oracle.average_precision_score(scores.label, scores.p)
    np.testing.assert_allclose(period.figures["pr_auc"], expected, rtol=1e-12)
    assert (period.name, period.positives) == ("all", scores.label.sum())
    assert period.figures["recall"] == oracle.recall_score(scores.label, scores.p > 0.3)


def test_binned_scores_are_within_the_bound_and_shares_exact(scores, scored, monkeypatch):
    monkeypatch.setattr(module, "MAX_EXACT_ROWS", ROWS - 1)
    (period,) = (result := measure(scored, probabilityCol="p", threshold=0.3)).periods
    assert not result.exact
    assert period.figures["recall"] == oracle.recall_score(scores.label, scores.p > 0.3)
    assert period.figures["precision"] == oracle.precision_score(scores.label, scores.p > 0.3)
    error = abs(period.figures["roc_auc"] - oracle.roc_auc_score(scores.label, scores.p))
    assert 0 < error <= period.roc_auc_bound < 0.005  # most of it is of scores that were equal
    np.testing.assert_allclose(
        period.figures["brier"], oracle.brier_score_loss(scores.label, scores.p), rtol=1e-4
    )


def test_bins_are_narrow_keep_the_order_and_part_at_one_half(spark):
    random = np.random.default_rng(1)
    near_half = [np.nextafter(0.5, 0), 0.5, np.nextafter(0.5, 1)]
    edges = [0.0, 1e-300, 1e-40, *near_half, 1 - 1e-16, 1.0]
    p = np.concatenate([random.random(3000), random.random(500) ** 20, edges])
    p = np.concatenate([p, 1 - p[:3500]])
    truth = random.random(len(p)) < 0.3
    frame = spark.createDataFrame(pd.DataFrame({"p": p, "truth": truth}))
    one, many = (score_tables(frame, [], "p", "truth", exact)[()] for exact in (True, False))
    assert (many.n_positives, many.n_negatives) == (one.n_positives, one.n_negatives)
    above = [int(each.positives[each.scores > 0.5].sum()) for each in (one, many)]
    assert above[0] == above[1]
    # In the same order, each score is near the middle of its bin.
    ordered, middles = np.sort(p), np.repeat(many.scores, many.positives + many.negatives)[::-1]
    distance = np.minimum(ordered, 1 - ordered)
    assert (np.abs(middles - ordered) <= distance * 2.0**-12 + 1e-37).all()
    assert len(many.scores) < len(one.scores)
    assert abs(roc_auc(many) - roc_auc(one)) <= many.tie_bound
    assert abs(average_precision(many) - average_precision(one)) < 1e-3


class TestBaseline:
    def test_a_period_that_is_not_as_expected_is_flagged(self, scored):
        result = measure(scored, probabilityCol="p", by="month", baseline=an_evaluation())
        assert result.expected == {"base_rate": 0.1, "recall": 0.5, "precision": 0.8}
        for period in result.periods:
            flagged = {flag.figure for flag in result.flags if flag.period == period.name}
            for name, expected in result.expected.items():
                low, high = period.intervals[name]
                assert (name in flagged) == (not low <= expected <= high)
        assert "11: recall" in str(result)
        assert "is below the 0.5 expected" in str(result)
        assert json.loads(json.dumps(result.to_dict()))["flags"][0]["expected"] in (0.5, 0.8)

    @pytest.mark.parametrize(
        ("threshold", "recall", "precision"),
        [(0.5, 0.5, 0.8), (0.25, 0.7, 0.6), (0.11, 0.9, 0.3), (0.2, 0.7, 0.6)],
    )
    def test_what_is_expected_depends_on_the_threshold(self, threshold, recall, precision):
        found = Baseline.of(an_evaluation(), threshold)
        assert found.positive == "1"
        expected = {"base_rate": 0.1, "recall": recall, "precision": precision}
        assert found.expected == pytest.approx(expected)

    def test_a_file_is_read(self, tmp_path):
        path = tmp_path / "evaluation.json"
        path.write_text(json.dumps(an_evaluation()))
        assert Baseline.of(str(path), 0.5) == Baseline.of(an_evaluation(), 0.5)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (None, "cannot be read"),
            ("{", "is not valid JSON"),
            ("[]", "is no evaluation with a verdict"),
            ('{"schema": 1}', "is no evaluation with a verdict"),
            (json.dumps(an_evaluation(runs=[])), "is no evaluation with a verdict"),
            (
                json.dumps(
                    an_evaluation(data={"positive": "1", "classes": dict.fromkeys("123", 5)})
                ),
                "is an evaluation of 3 classes",
            ),
        ],
    )
    def test_what_is_no_evaluation_is_refused(self, tmp_path, text, message):
        path = tmp_path / "evaluation.json"
        if text is not None:
            path.write_text(text)
        with pytest.raises(ResamplingError, match=rf"evaluation.json' {message}"):
            Baseline.of(path, 0.5)


class TestPeriod:
    def test_one_without_positives_has_no_recall_to_flag_or_to_fail(self):
        few, none = ScoreTable.of([0.2, 0.1], [0, 0], [5, 5]), ScoreTable.of([], [], [])
        period = Period.of("May", none, few, exact=True)
        assert period.intervals["recall"] == period.intervals["precision"] == (0.0, 1.0)
        expected = {"base_rate": 0.01, "recall": 0.9, "precision": 0.9}
        result = Measurement("1", 0.5, "month", True, [period], expected)
        assert result.flags == []
        assert result.below("recall", 0.8) == []

    def test_below_names_the_periods_with_less(self):
        found, rest = ScoreTable.of([0.9], [6], [2]), ScoreTable.of([0.1], [4], [8])
        result = Measurement(
            "1", 0.5, None, True, [Period.of("all", found, rest, exact=True)], {"recall": 0.97}
        )
        assert result.below("recall", 0.6) == []
        assert [each.name for each in result.below("recall", 0.61)] == ["all"]
        (flag,) = result.flags
        assert (flag.value, flag.expected) == (0.6, 0.97)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probabilityCol": "P"}, r"Column 'P' \(probabilityCol\) not found.*Did you mean 'p'"),
        ({"probabilityCol": "kind"}, r"Column 'kind' \(probabilityCol\) is string; allowed are an"),
        ({"by": "p"}, r"Column 'p' \(by\) is double; allowed are string, boolean"),
        ({"positive": "2"}, "positive names class '2', which the label column does not hold"),
        ({"positive": 0, "baseline": an_evaluation()}, "positive is 0, and that of the baseline 1"),
        ({"labelCol": "kind", "probabilityCol": "both"}, "class 'fraud' is none of their slots"),
        ({"probabilityCol": "month"}, "bigint; allowed are an ML vector"),
        ({"labelCol": "holes"}, "Of 2,000 rows, 2 rows have no label in column 'holes'"),
        (
            {"labelCol": "holes", "probabilityCol": "wrong"},
            "2 rows have no label in column 'holes' and 4 rows have no probability from 0 to 1 in",
        ),
        ({"by": "id"}, r"Column 'id' \(by\) holds 2,000 values or more; allowed are 1,000"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(scored, changes, message):
    frame = scored.withColumn("id", F.monotonically_increasing_id()).withColumns(
        {
            "holes": F.expr("if(id = 7, null, if(id = 9, double('nan'), double(label)))"),
            "wrong": F.expr(
                "case id when 1 then null when 2 then double('nan') when 3 then 1.5D "
                "when 4 then -0.1D else p end"
            ),
        }
    )
    with pytest.raises(ResamplingError, match=message):
        measure(frame, **{"probabilityCol": "p", **changes})


@pytest.mark.parametrize("threshold", [-0.1, 1.0, "0.5", True, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(ParamError, match="allowed are numbers from 0 to below 1"):
        measure(None, threshold=threshold)


def test_more_scores_than_the_driver_holds_are_refused(scored, monkeypatch):
    monkeypatch.setattr(module, "MAX_EXACT_ROWS", ROWS - 1)
    monkeypatch.setattr(module, "MAX_COUNTS", ROWS - 1)
    with pytest.raises(ResamplingError, match="measure longer periods, or a part"):
        measure(scored, probabilityCol="p", by="month")


@pytest.fixture(scope="module")
def stored(scored: DataFrame, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("scored") / "in.parquet")
    scored.write.parquet(path)
    return path


class TestCommand:
    def run(self, *argv: str) -> int:
        try:
            cli.main(["measure", *argv])
        except SystemExit as stop:
            return int(stop.code or 0)
        return 0

    @pytest.mark.portable
    def test_it_prints_writes_and_fails_below_what_is_required(self, stored, tmp_path, capsys):
        baseline, report = tmp_path / "evaluation.json", tmp_path / "report.json"
        baseline.write_text(json.dumps(an_evaluation()))
        flags = ["--input", stored, "--probabilityCol", "p", "--by", "month", "--threshold", "0.25"]
        flags += ["--baseline", str(baseline), "--report", str(report)]
        assert self.run(*flags, "--fail-below", "recall=0.05") == 0
        shown = capsys.readouterr()
        content = json.loads(report.read_text())
        recalls = {each["name"]: each["figures"]["recall"] for each in content["periods"]}
        assert list(recalls) == list(MONTHS)
        assert content["expected"]["recall"] == pytest.approx(0.7)
        assert shown.out.count("is below the") + shown.out.count("is above the") == len(
            content["flags"]
        )
        worst, second = sorted(recalls.values())[:2]
        between = f"recall={(worst + second) / 2}"
        assert self.run(*flags, "--fail-below", between, "--fail-below", "precision=0") == 3
        (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
        assert line.startswith("spark-smote: error: recall of 11 is ")

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["--fail-below", "recal=0.8"], "'recal' is unknown; allowed: base_rate, recall"),
            (["--fail-below", "recall"], "--fail-below 'recall' has no number"),
            (["--threshold", "high"], "invalid float value: 'high'"),
            (["--baseline", "no.json"], "Baseline 'no.json' cannot be read"),
            (["--report", "IN"], "is, holds or lies in the input"),
            (["--baseline", "OLD", "--report", "OLD"], "is, holds or lies in the baseline"),
        ],
    )
    def test_wrong_arguments_exit_with_2(self, stored, tmp_path, capsys, flags, message):
        old = tmp_path / "old.json"
        old.write_text("{}")
        words = {"IN": f"{stored}/report.json", "OLD": str(old)}
        given = [words.get(flag, flag) for flag in flags]
        assert self.run("--input", stored, "--probabilityCol", "p", *given) == 2
        assert message in capsys.readouterr().err
        assert old.read_text() == "{}"
