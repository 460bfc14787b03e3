"""The verdicts by scipy and on simulated differences, and a small comparison from end to end."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold

from spark_smote import SMOTE
from spark_smote.benchmark.fidelity import command, comparison, tables
from spark_smote.benchmark.fidelity.comparison import Comparison
from spark_smote.benchmark.fidelity.equivalence import signed_rank_p, two_one_sided_tests
from spark_smote.benchmark.fidelity.tables import Table, known_tables, read_tables
from spark_smote.cli import app
from spark_smote.exceptions import ResamplingError


class TestEquivalence:
    @pytest.mark.parametrize("middle", [-0.012, -0.003, 0.0, 0.008])
    @pytest.mark.parametrize("n", [2, 10])
    def test_figures_are_those_of_scipy(self, middle, n):
        values = np.random.default_rng(n).normal(middle, 0.005, n)
        ours = two_one_sided_tests(values, margin=0.01)
        above = stats.ttest_1samp(values, -0.01, alternative="greater").pvalue
        below = stats.ttest_1samp(values, 0.01, alternative="less").pvalue
        low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        assert ours.p == pytest.approx(max(above, below), abs=1e-12)
        interval = (ours.mean - ours.half_width, ours.mean + ours.half_width)
        assert interval == pytest.approx((low, high), abs=1e-12)

    def test_by_hand(self):
        """Of 0 and 2: mean 1, standard error 1, one degree of freedom, so Cauchy's quantiles."""
        result = two_one_sided_tests([0.0, 2.0], margin=3.0)
        assert result.p == pytest.approx(0.5 - np.arctan(2) / np.pi)
        assert result.half_width == pytest.approx(np.tan(0.475 * np.pi))
        assert result.verdict == "undecided"

    @pytest.mark.parametrize(
        ("middle", "spread", "verdict"),
        [
            (0.0, 0.002, "equivalent"),
            (-0.004, 0.002, "equivalent"),  # a difference, but none that matters
            (0.0, 0.05, "undecided"),
            (0.03, 0.005, "different"),
            (-0.03, 0.005, "different"),
        ],
    )
    def test_verdicts_on_simulated_differences(self, middle, spread, verdict):
        random = np.random.default_rng(0)
        found = [two_one_sided_tests(random.normal(middle, spread, 10)) for _ in range(100)]
        assert sum(each.verdict == verdict for each in found) >= 90

    def test_a_mean_at_the_margin_is_called_equivalent_as_seldom_as_the_level_says(self):
        random = np.random.default_rng(0)
        found = [two_one_sided_tests(random.normal(0.01, 0.003, 10)) for _ in range(2000)]
        rate = np.mean([each.verdict == "equivalent" for each in found])
        assert rate == pytest.approx(0.05, abs=0.015)

    @pytest.mark.parametrize(
        ("value", "verdict"), [(0.0, "equivalent"), (0.009, "equivalent"), (0.02, "different")]
    )
    def test_differences_all_alike_leave_no_doubt(self, value, verdict):
        result = two_one_sided_tests([value] * 3)
        assert result.verdict == verdict
        assert result.half_width == pytest.approx(0, abs=1e-12)

    def test_one_difference_has_no_spread(self):
        with pytest.raises(ResamplingError, match="there are 1: compare at least 2 seeds"):
            two_one_sided_tests([0.1])

    def test_signed_ranks_by_hand(self):
        """All of five positive: 2 of 32 signs are as far off."""
        assert signed_rank_p([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(2 / 32)
        assert signed_rank_p([0.0, 0.0, 0.0]) == 1.0


class TestTables:
    def test_the_known_ones_are_ten_that_can_be_hashed(self):
        known = list(known_tables())
        assert len({table.name for table in known}) == len(known) >= 10
        for table in known:
            assert table.minority >= 48, "of a training fold, there would be one bucket"
            assert table.minority <= len(table.labels) / 2
            assert len(table.values) == len(table.labels) <= tables.MAX_ROWS

    def test_those_of_a_folder_are_their_numbers_and_the_rarest_large_class(self, tmp_path):
        x = np.arange(1300.0)
        label = np.repeat([3, 7, 9], [700, 540, 60])
        frame = pd.DataFrame({"x": x, "name": "a", "label": label})
        frame.loc[0, "x"] = None
        frame.to_parquet(tmp_path / "many.parquet")
        frame[["x"]].to_parquet(tmp_path / "unlabeled.parquet")
        (table,) = read_tables(tmp_path)
        assert table.name == "many, 7"
        assert table.values.tolist() == x[1:, None].tolist()
        assert table.labels.tolist() == (label[1:] == 7).tolist()

    @pytest.mark.parametrize(("rare", "kept"), [(40, 40), (8000, 3000)])
    def test_a_sample_keeps_a_small_class_whole_and_the_share_of_a_large_one(
        self, tmp_path, monkeypatch, rare, kept
    ):
        monkeypatch.setattr(tables, "MAX_ROWS", 12_000)
        frame = pd.DataFrame({"x": np.arange(32_000.0), "label": 0})
        frame.loc[frame.index < rare, "label"] = 1
        frame.to_parquet(tmp_path / "t.parquet")
        (table,) = read_tables(tmp_path)
        assert (len(table.labels), table.minority) == (12_000, kept)
        assert ((table.values[:, 0] < rare) == table.labels).all()
        assert len(np.unique(table.values)) == 12_000

    def test_a_folder_without_labels_is_refused(self, tmp_path):
        with pytest.raises(ResamplingError, match="holds 0 Parquet files, none with a column"):
            list(read_tables(tmp_path))


def test_scores_are_those_of_smote_on_each_training_fold(spark):
    """As computed fold by fold, by a sampler that knows of no groups."""
    names = ["x0", "x1", "x2", "x3"]
    values, labels = make_classification(
        300, 4, n_informative=4, n_redundant=0, weights=[0.75], random_state=1
    )
    frame = pd.DataFrame(values, columns=names).assign(label=labels)
    expected = []
    splits = StratifiedKFold(2, shuffle=True, random_state=0).split(values, labels)
    for fold, (train, test) in enumerate(splits):
        training = spark.createDataFrame(frame.iloc[train].assign(fold=fold))
        sampler = SMOTE(inputCols=names, copyCols=["fold"], seed=0)  # as rows are drawn by it, too
        rows = sampler.transform(training).toPandas()
        learner = comparison.LEARNERS["logistic"].fit(rows[names].to_numpy(), rows["label"])
        probability = learner.predict_proba(values[test])[:, 1]
        expected.append(average_precision_score(labels[test], probability))
    found = comparison.compare(spark, Table("small", values, labels), seeds=1, folds=2)
    assert [each.learner for each in found] == ["5-NN", "logistic"]
    assert found[1].scores[0, 0] == pytest.approx(np.mean(expected), abs=1e-4)
    for each in found:
        assert each.buckets > 1
        assert 0.5 < each.recall <= 1
        assert each.scores.shape == (1, 3)
        assert each.scores[0, 0] != each.scores[0, 2], "another seed made the same rows"


@pytest.mark.parametrize("rare", [4, 40])
def test_a_table_without_a_second_bucket_is_left_out(spark, caplog, rare):
    """With few rows there are no neighbors; with few distinct ones, cells of too few."""
    values = np.arange(100.0)[:, None] * (np.arange(100) >= 40)[:, None]
    table = Table("alike", values, (np.arange(100) < rare).astype(np.int64))
    assert comparison.compare(spark, table, seeds=2, folds=2) == []
    assert "alike is left out: its rarer class is one bucket" in caplog.text


class TestCommand:
    def test_the_report_and_the_table_tell_the_same(self, spark, monkeypatch, capsys, tmp_path):
        """Hashed is as good in one table and worse in the other; the other seed is never sure."""
        lower, asked = {"one": 0.0, "two": 0.1}, []

        def made(spark, table, *given):
            asked.append(given)
            exact = np.array([0.7, 0.8, 0.9])
            near = exact - lower[table.name] + [0.001, -0.001, 0.0]
            scores = np.column_stack([exact, near, [0.8, 0.7, 0.95]])
            return [Comparison(table, "5-NN", 3.0, 0.95, scores)]

        known = [Table(name, np.zeros((200, 4)), np.arange(200) // 150) for name in lower]
        monkeypatch.setattr(command, "known_tables", lambda: known)
        monkeypatch.setattr(command, "compare", made)
        report = tmp_path / "fidelity.json"
        flags = ["--seeds", "3", "--folds", "4", "--replication", "1"]
        app.main(["fidelity", *flags, "--report", str(report)])
        assert asked == [(3, 4, 1.0)] * 2
        told, shown = json.loads(report.read_text()), capsys.readouterr().out
        assert (told["seeds"], told["folds"], told["replication"]) == (3, 4, 1.0)
        assert [each["hashed"]["verdict"] for each in told["comparisons"]] == [
            "equivalent",
            "different",
        ]
        assert told["counts"] == {
            "hashed": {"equivalent": 1, "undecided": 0, "different": 1},
            "other_seed": {"equivalent": 0, "undecided": 2, "different": 0},
        }
        assert "hashed - exact: 1 equivalent, 0 undecided, 1 different" in shown
        first = told["comparisons"][0]
        assert (first["rows"], first["minority"], first["features"]) == (200, 50, 4)
        assert first["scores"]["exact"] == [0.7, 0.8, 0.9]
        assert [each["compared"] for each in told["pooled"]] == ["hashed", "other_seed"]
        assert told["pooled"][0]["mean"] == pytest.approx(-0.05)

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["--seeds", "1"], "--seeds: '1' is not a whole number of 2 or more"),
            (["--folds", "x"], "--folds: 'x' is not a whole number of 2 or more"),
            (["--data", "nowhere"], "'nowhere' holds 0 Parquet files"),
        ],
    )
    def test_what_does_not_fit_is_named(self, flags, message):
        with pytest.raises(ResamplingError, match=message):
            command.main(flags)
