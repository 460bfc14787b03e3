from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from spark_smote.benchmark import main, results
from spark_smote.benchmark.contenders.indexes import recall_at_k
from spark_smote.benchmark.contenders.registry import CONTENDERS, LIMITS, Task
from spark_smote.benchmark.contenders.spark import WARM_UP_OTHERS, WARM_UP_ROWS
from spark_smote.benchmark.datasets import SHAPES, BenchmarkTable, make_table, pack_table, pieces
from spark_smote.benchmark.event_log import read_stages
from spark_smote.benchmark.process_monitor import limit_cores, run_monitored
from spark_smote.cli import app as cli


def task(scratch: str, **changed: Any) -> Task:
    given: dict[str, Any] = {
        "contender": "imbalanced-learn",
        "source": "nowhere",
        "features": 3,
        "majority": 100,
        "minority": 50,
        "target": 100,
        "cores": 1,
        "driver_memory": "1g",
        "recall": True,
    }
    return Task(scratch=scratch, **(given | changed))


def measured(rows: int, seconds: float, **changed: Any) -> dict[str, Any]:
    told = {
        "seconds": seconds,
        "ready_seconds": 1.0,
        "cpu_seconds": 2 * seconds,
        "peak_mb": {"driver": 100.0, "all": 100.0},
        "recall": 0.9,
        "counts_exact": True,
        "rows_written": {"0": 2 * rows, "1": 2 * rows},
        "steps": {"resample": seconds},
    }
    return told | changed


def table(rows: int) -> BenchmarkTable:
    return BenchmarkTable("mixture", "/somewhere", 4, 2 * rows, rows)


@pytest.mark.cluster
class TestRun:
    def test_a_small_run_from_end_to_end(self, tmp_path, capsys):
        """On a census, in which those who are told so take categories for what they are."""
        names = ["spark_smote-nc", "floor", "imbalanced-learn-nc"]
        flags = ["--data", "census", "--rows", "300", "--features", "10", "--rounds", "1"]
        flags += ["--majority", "4", "--times", "3.5", "--cores", "2"]
        flags += ["--contenders", ",".join(names), "--folder", str(tmp_path)]
        cli.main(["benchmark", *flags])
        report = json.loads((tmp_path / "benchmark.json").read_text())
        assert (report["cores"], report["rounds"]) == (2, 1)
        assert report["versions"]["pyspark"]
        found = report["results"]
        assert [one["contender"] for one in found] == names
        for one in found:
            assert one["note"] == ""
            exact = one["contender"] != "floor"
            assert one["counts_exact"] is (True if exact else None)
            assert one["rows_written"]["0"] == 1200
            # The floor copies about half of them once more.
            assert abs(one["rows_written"]["1"] - 1050) <= (0 if exact else 50)
            assert one["recall"] == (1.0 if one["contender"] == "spark_smote-nc" else None)
            assert 0 < one["seconds"] < 300
            assert one["cpu_seconds"] >= 0
            assert one["peak_mb"]["driver"] > 20
            assert sum(one["steps"].values()) == pytest.approx(one["seconds"], rel=0.2, abs=0.5)
            on_spark = one["contender"] != "imbalanced-learn-nc"
            for name in ("session_seconds", "again_seconds"):
                assert (one[name] is not None) == on_spark
            assert ((one["peak_mb"]["jvm"] or 0) > 50) == on_spark
        ours = found[0]
        assert ours["peak_mb"]["worker"] > 20
        assert [*ours["steps"]][:2] == ["read schema", "count classes"]
        last = ours["stages"][-1]
        assert last["step"] == "resample and write"
        assert last["operators"].startswith("Scan parquet")
        assert last["operators"].endswith("WriteFiles")
        assert last["to_python_mb"] > 0

        page, shown = (tmp_path / "benchmark.md").read_text(), capsys.readouterr().out
        for text in (page, shown):
            assert all(CONTENDERS[name].title in text for name in names)
            assert "MapInPandas" in text
        for name in ("seconds.png", "recall.png"):
            header = (tmp_path / name).read_bytes()[:24]
            assert header[:8] == b"\x89PNG\r\n\x1a\n"
            assert int.from_bytes(header[16:20], "big") > 1000
        assert not list(tmp_path.glob(".run-*"))

    def test_several_sizes_and_rounds(self, tmp_path, monkeypatch):
        monkeypatch.setitem(LIMITS, "imbalanced-learn", 800)
        flags = ["--rows", "400,800", "--rows", "1600", "--features", "4", "--rounds", "2"]
        main([*flags, "--contenders", "imbalanced-learn", "--folder", str(tmp_path)])
        found = json.loads((tmp_path / "benchmark.json").read_text())["results"]
        assert [(one["rows"], len(one["rounds"])) for one in found] == [
            (400, 2),
            (800, 2),
            (1600, 0),
        ]
        small, large, left_out = (one["seconds"] for one in found)
        law = results.extrapolate({400: small, 800: large}, 1600)
        assert left_out == round(law, 1)
        assert [one["extrapolated"] for one in found] == [False, False, True]
        assert found[-1]["note"] == "not run above 800 rows without --no-limits"
        assert [one.get("recall") for one in found] == [1.0, 1.0, None]

    @pytest.mark.parametrize(
        ("timeout", "reason"),
        [(300, "ended with status 1: FileNotFoundError"), (0.01, "not done in 0.01 s")],
    )
    def test_a_contender_that_fails_says_why(self, tmp_path, timeout, reason):
        log = tmp_path / "failed.log"
        told = run_monitored(task, tmp_path, timeout, log)
        assert told.keys() == {"error"}
        assert told["error"].startswith(reason)
        assert told["error"].endswith("; see failed.log")
        assert [path.name for path in tmp_path.iterdir()] == ["failed.log"]

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["--contenders", "smoke"], f"'smoke' is unknown; choose of {', '.join(CONTENDERS)}"),
            (["--rows", "10,x"], "'x' is not a number above 0"),
            (["--rounds", "0"], "'0' is not a number above 0"),
            (["--majority", "1"], "'1' is not above 1"),
            (["--driver-memory", "4"], "'4' is not a size as Spark takes it, such as 4g"),
            (["--data", "nowhere.parquet"], "'nowhere.parquet' does not exist"),
            (["--data", "a/t.parquet,b/t.parquet"], "Two tables have one name"),
        ],
    )
    def test_what_does_not_fit_is_named(self, flags, message, tmp_path):
        with pytest.raises(ValueError, match=message):
            main([*flags, "--folder", str(tmp_path)])


class TestTables:
    @pytest.mark.parametrize("shape", SHAPES)
    def test_made_up_rows_are_the_same_each_time(self, shape):
        first, again = (list(pieces(shape, 90, 210, 5)) for _ in range(2))
        assert len(first) == 4
        for (values, labels), (same, same_labels) in zip(first, again, strict=True):
            assert values.dtype == np.float32
            assert values.shape == (len(labels), 5)
            assert (values == same).all()
            assert (labels == same_labels).all()
            assert np.count_nonzero(np.diff(labels)) > 10, "the classes are not mixed"
        labels = np.concatenate([labels for _, labels in first])
        assert np.bincount(labels).tolist() == [210, 90]
        rows = np.concatenate([values for values, _ in first])
        assert len(np.unique(rows, axis=0)) == 300

    def test_a_census_holds_numbers_and_then_categories(self):
        values = np.concatenate([values for values, _ in pieces("census", 2000, 3000, 10)])
        distinct = [len(np.unique(column)) for column in values.T]
        assert min(distinct[:2]) > 4900
        assert max(distinct[2:]) <= 32
        assert (values[:, 2:] % 1 == 0).all()

    def test_the_mixture_lies_around_its_centers(self):
        ((values, labels), *_) = pieces("mixture", 4000, 4, 6)
        rare = values[labels == 1]
        centers = np.random.default_rng(2002).uniform(-5, 5, (32, 6))
        apart = np.linalg.norm(rare[:, None] - centers, axis=2).min(axis=1)
        # The square is at most chi-squared of 6 degrees of freedom, whose mean is 6.
        assert (apart**2).mean() == pytest.approx(6, rel=0.15)

    def test_the_manifold_has_eight_dimensions(self):
        from sklearn.neighbors import NearestNeighbors

        ((values, labels), *_) = pieces("manifold", 8000, 4, 40)
        rare = values[labels == 1].astype(np.float64)
        near = (
            NearestNeighbors(n_neighbors=40)
            .fit(rare)
            .kneighbors(rare[:1], return_distance=False)[0]
        )
        spread = np.linalg.svd(rare[near] - rare[near].mean(axis=0), compute_uv=False) ** 2
        assert spread[:12].sum() / spread.sum() > 0.9

    def test_some_of_the_majority_lie_among_the_minority(self):
        ((values, labels), *_) = pieces("overlap", 4000, 8000, 6)
        rare, rest = values[labels == 1], values[labels == 0]
        near = np.array([np.linalg.norm(rare - row, axis=1).min() for row in rest])
        own = np.array([np.sort(np.linalg.norm(rare - row, axis=1))[1] for row in rare[:500]])
        assert 0.03 < (near < np.quantile(own, 0.9)).mean() < 0.12

    @pytest.mark.parametrize("features", [4, 32])
    def test_some_rows_of_a_warm_up_are_in_danger(self, features):
        from sklearn.neighbors import NearestNeighbors

        made = pieces("overlap", WARM_UP_ROWS, WARM_UP_OTHERS, features)
        values, labels = (np.concatenate(part) for part in zip(*made, strict=True))
        search = NearestNeighbors(n_neighbors=11).fit(values)
        nearest = search.kneighbors(values[labels == 1], return_distance=False)[:, 1:]
        others = (labels[nearest] == 0).sum(axis=1)
        assert ((others >= 5) & (others < 10)).any()

    def test_a_table_is_made_once(self, tmp_path):
        made = make_table("mixture", 30, 60, 3, tmp_path)
        assert (made.minority, made.majority, made.features) == (30, 60, 3)
        (tmp_path / "mixture-30-60x3" / "mark").touch()
        assert make_table("mixture", 30, 60, 3, tmp_path) == made
        assert (tmp_path / "mixture-30-60x3" / "mark").exists()
        (tmp_path / "mixture-30-60x3" / "mark").unlink()
        read = parquet.read_table(made.path)
        assert read.schema.field("features").type == pa.list_(pa.float32())
        assert sum(read["label"].to_pylist()) == 30

    def test_a_class_is_multiplied_or_brought_level(self):
        assert BenchmarkTable("t", "", 1, 1000, 300).target(2.5) == 750
        assert BenchmarkTable("t", "", 1, 1000, 700).target(2.0) == 1000

    def test_a_real_table_keeps_its_numbers(self, tmp_path):
        columns = {"b": [1, 2, 3], "name": ["x", "y", "z"], "a": [0.5, 1.5, 2.5]}
        source = tmp_path / "mine.parquet"
        parquet.write_table(pa.table({**columns, "label": [0, 1, 0]}), source)
        packed = pack_table(source, tmp_path / "data")
        assert (packed.name, packed.features) == ("mine", 2)
        assert (packed.majority, packed.minority) == (2, 1)
        read = parquet.read_table(packed.path)
        assert read["features"].to_pylist() == [[1.0, 0.5], [2.0, 1.5], [3.0, 2.5]]
        assert read["label"].to_pylist() == [0, 1, 0]

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ({"x": [1.0], "label": ["a"]}, "needs an integer column 'label'.*label string"),
            ({"x": ["a"], "label": [1]}, "no integer or float column"),
            ({"x": [1.0, None], "label": [0, 1]}, "has nulls"),
            ({"x": [1.0, 2.0], "label": [0, 7]}, r"labels \[7\]"),
            ({"x": [1.0, 2.0], "label": [0, 1]}, "1 rows of label 1 and 1 of label 0"),
        ],
    )
    def test_a_real_table_that_does_not_fit(self, tmp_path, columns, message):
        parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
        with pytest.raises(ValueError, match=message):
            pack_table(tmp_path / "t.parquet", tmp_path / "data")


class TestRecall:
    def test_by_hand(self):
        # On a line: the two nearest of 0 are 1 and 3, those of 10 are 6 and 3 or 17 (7 away each).
        points = np.array([[0], [1], [3], [6], [10], [17]], np.float32)
        queries = np.array([0, 4])
        used = [np.array([1, 3]), np.array([3, 5])]
        assert recall_at_k(points, queries, used, k=2) == 3 / 4

    def test_a_row_itself_a_miss_and_a_repeat_do_not_count(self):
        points = np.array([[0], [1], [3], [6]], np.float32)
        queries = np.array([0, 0, 0, 0])
        used = [np.array(places) for places in ([0, 1], [1, 1], [-1, 2], [2, 1])]
        assert recall_at_k(points, queries, used, k=2) == (1 + 1 + 1 + 2) / 8

    def test_identical_rows_are_neighbors(self):
        points = np.zeros((4, 2), np.float32)
        assert recall_at_k(points, np.array([2]), [np.array([0, 3])], k=2) == 1.0


class TestResults:
    def test_growth_is_that_between_the_two_largest_sizes(self):
        # Four times the seconds for twice the rows: the square of them.
        law = {10: 0.9, 100: 1.0, 200: 4.0}
        assert results.extrapolate(law, 800) == pytest.approx(64.0)
        assert results.extrapolate({100: 1.0, 1000: 10.0}, 10_000) == pytest.approx(100.0)

    def test_who_is_left_out_is_extrapolated_from_two_sizes(self):
        found = [
            results.result_of(table(rows), name, [measured(rows, seconds)])
            for name, rows, seconds in (("lsh", 100, 1.0), ("lsh", 200, 4.0), ("floor", 100, 1.0))
        ]
        found += [
            results.result_of(table(400), name, [], "not run above 200 rows")
            for name in ("lsh", "floor")
        ]
        results.add_extrapolated(found)
        lsh, floor = found[-2:]
        assert (lsh["seconds"], lsh["extrapolated"]) == (16.0, True)
        assert (floor["seconds"], floor["extrapolated"]) == (None, False)
        shown = results.to_text(found).splitlines()
        assert [line for line in shown if "~16.0" in line and "not run above 200 rows" in line]

    def test_figures_are_medians_and_stages_those_of_the_middle(self):
        rounds = [
            measured(100, seconds, recall=recall, steps={"resample": seconds})
            for seconds, recall in ((9.0, 0.8), (1.0, None), (2.0, None))
        ]
        found = results.result_of(table(100), "hnswlib", rounds)
        assert (found["seconds"], found["cpu_seconds"]) == (2.0, 4.0)
        assert found["steps"] == {"resample": 2.0}
        assert found["recall"] == 0.8
        assert found["counts_exact"] is True

    def test_a_failed_round_leaves_no_figures(self):
        rounds = [measured(100, 1.0), {"error": "ended with status -9: killed"}]
        found = results.result_of(table(100), "floor", rounds)
        assert found["seconds"] is None
        assert found["note"] == "ended with status -9: killed"
        results.add_extrapolated([found])
        assert not found["extrapolated"]

    def test_the_page_sets_figures_to_the_right(self):
        found = [results.result_of(table(100), "floor", [measured(100, 1.0)])]
        about = {"cores": 2, "rounds": 1, "driver_memory": "1g", "versions": {"python": "3.11"}}
        rows = results.to_markdown(found, about).splitlines()
        head = next(place for place, line in enumerate(rows) if line.startswith("| contender"))
        assert rows[head + 1].startswith("| :-- | :-- | --: | --: |")
        assert rows[head + 2].startswith(
            "| floor: Spark copies as many rows | mixture | 100 | 1.00"
        )


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system cannot tell")
def test_a_run_is_kept_to_its_processors():
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as child:
        limit_cores(child.pid, 1)
        assert len(os.sched_getaffinity(child.pid)) == 1


def test_stages_are_read_from_the_event_log(tmp_path):
    def completed(start: int, names: list[str], accumulables: dict[str, Any]) -> dict[str, Any]:
        rdds = [
            {"RDD ID": 9 - place, "Scope": json.dumps({"id": "1", "name": name})}
            for place, name in enumerate(names)
        ]
        info = {"Submission Time": start, "Completion Time": start + 500, "Number of Tasks": 3}
        info |= {"RDD Info": [*rdds, {"RDD ID": 0}]}
        pairs = [{"Name": name, "Value": value} for name, value in accumulables.items()]
        twice = [{"Name": "data sent to Python workers", "Value": "1500000"}] * 2
        info["Accumulables"] = [*pairs, *twice]
        return {"Event": "SparkListenerStageCompleted", "Stage Info": info}

    events = [
        {"Event": "SparkListenerApplicationStart"},
        completed(9_000, ["Scan parquet "], {}),
        completed(12_500, ["WriteFiles", "Exchange", "WholeStageCodegen (2)"], {}),
        completed(
            10_500,
            ["Exchange", "MapInPandas", "Scan parquet ", "Scan parquet "],
            {"internal.metrics.executorRunTime": 1200, "internal.metrics.executorCpuTime": 7e8},
        ),
    ]
    log = tmp_path / "log"
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    first, second = read_stages(log, 10.0, 20.0, {"count": 1.0, "write": 2.0})
    assert first == {
        "step": "count",
        "operators": "Scan parquet > MapInPandas > Exchange",
        "tasks": 3,
        "seconds": 0.5,
        "to_python_mb": 3.0,
        "task_seconds": 1.2,
        "jvm_cpu_seconds": 0.7,
    }
    assert (second["step"], second["operators"]) == ("write", "Exchange > WriteFiles")
