from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import class_counts, multiset, two_classes
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, TomekLinks
from spark_smote.cli import app as cli
from spark_smote.cli import resample
from spark_smote.engine.planning.plan import NeighborPlan, Plan
from spark_smote.io.output import staged, target, writer
from spark_smote.io.spec import MODES

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

ROOT = Path(__file__).parents[2]
SECRET = "Very5ecretWord"
FEATURES = ["--inputCols", "x0,x1,x2"]


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("data") / "in"
    two_classes(spark, 20, 50).write.parquet(str(path))
    return str(path)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Paths of an empty folder, a CSV file without rows, and a config with an unknown codec."""
    folder = tmp_path_factory.mktemp("given")
    (folder / "empty").mkdir()
    (folder / "header.csv").write_text("x0,x1,x2,label\n")
    (folder / "codec.toml").write_text("[output]\noptions = {compression = 'zzip'}")
    names = {"EMPTY": "empty", "HEADER": "header.csv", "CODEC": "codec.toml"}
    return {word: str(folder / name) for word, name in names.items()}


def code_of(*argv: str) -> int:
    try:
        cli.main(["resample", *argv])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged, "PAUSE", 0.02)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Fail the first synthetic row, with a message, when it is made."""
    apply = SMOTE.apply

    def failing(self: SMOTE, dataset: DataFrame, plan: Plan, message: str) -> DataFrame:
        result = apply(self, dataset, plan)
        if not isinstance(plan, NeighborPlan):
            return result
        error = F.raise_error(F.lit(message)).cast("double")
        return result.withColumn("x0", F.when(F.col("id").isNull(), error).otherwise(F.col("x0")))

    def breaks(message: str) -> None:
        monkeypatch.setattr(SMOTE, "apply", lambda s, df, plan: failing(s, df, plan, message))

    return breaks


def test_flags_alone(spark, table, tmp_path, capsys):
    out, report = str(tmp_path / "out"), tmp_path / "deep" / "report.json"
    assert (
        code_of(
            *("--input", table, "--output", out, *FEATURES, "--report", str(report)),
            *("--syntheticCol", "made", "--seed", "5", "--samplingStrategy", "{1 = 45}"),
        )
        == 0
    )
    source, result = spark.read.parquet(table), spark.read.parquet(out)
    assert class_counts(result) == {0: 50, 1: 45}
    assert multiset(result.filter("NOT made").drop("made")) == multiset(source)
    sampler = SMOTE(
        inputCols=["x0", "x1", "x2"], syntheticCol="made", seed=5, samplingStrategy={1: 45}
    )
    assert multiset(result) == multiset(sampler.transform(source))
    content = json.loads(report.read_text())
    assert content["params"]["seed"] == 5
    assert {row["label"]: row["made"] for row in content["classes"]} == {0: 0, 1: 25}
    assert content["neighbor_recall"] == {"value": 1.0, "note": "exact"}
    assert content["neighbor_recall_all_classes"] is None
    assert {"read", "plan", "write"} <= set(content["seconds"])
    shown = capsys.readouterr()
    for step in ("[1/4] read", "[2/4] plan", "[4/4] write"):
        assert step in shown.err
    assert "rows after" in shown.out


def test_rows_left_out(spark, table, tmp_path, capsys):
    out = str(tmp_path / "out")
    flags = ["--method", "RandomUnderSampler", "--samplingStrategy", "majority", "--report", "-"]
    assert code_of("--input", table, "--output", out, *flags) == 0
    content = json.loads(last_line(capsys.readouterr().out))
    assert content["method"] == "RandomUnderSampler"
    assert {row["label"]: row["made"] for row in content["classes"]} == {0: -30, 1: 0}
    result = spark.read.parquet(out)
    assert class_counts(result) == {0: 20, 1: 20}
    assert not multiset(result) - multiset(spark.read.parquet(table))


@variant
def test_one_class_raised_and_another_cut(spark, table, tmp_path, capsys):
    out = str(tmp_path / "out")
    flags = [
        "--samplingStrategy",
        "0.5",
        "--under-sampling",
        "0.8",
        "--syntheticCol",
        "made",
        *FEATURES,
    ]
    assert code_of("--input", table, "--output", out, *flags, "--report", "-") == 0
    content = json.loads(last_line(capsys.readouterr().out))
    assert {row["label"]: row["made"] for row in content["classes"]} == {0: -19, 1: 5}
    assert content["under_sampling"] == 0.8
    result, source = spark.read.parquet(out), spark.read.parquet(table)
    assert class_counts(result) == {0: 31, 1: 25}
    assert not multiset(result.filter("not made").drop("made")) - multiset(source)
    alone = SMOTE(inputCols=["x0", "x1", "x2"], samplingStrategy=0.5, syntheticCol="made")
    made = alone.transform(source).filter("made")
    assert multiset(result.filter("made")) == multiset(made)
    both = [*FEATURES, "--samplingStrategy", "{1 = 50}", "--under-sampling", "{1 = 30}"]
    assert code_of("--input", table, "--output", f"{out}2", *both) == 2
    assert "raised to 50 rows and cut to fewer" in capsys.readouterr().err
    alone_made = [*FEATURES, "--outputMode", "synthetic", "--under-sampling", "0.8"]
    assert code_of("--input", table, "--output", f"{out}2", *alone_made) == 2


def test_raised_and_weighed_for_the_rest(spark, table, tmp_path, capsys):
    """The hybrid: SMOTE to a ratio, class weights for what is left of the imbalance."""
    out = str(tmp_path / "out")
    flags = [*FEATURES, "--samplingStrategy", "0.5", "--weights", "1", "--report", "-"]
    assert code_of("--input", table, "--output", out, *flags) == 0
    shown = capsys.readouterr().out
    content = json.loads(last_line(shown))
    balanced = {0: 0.75, 1: 1.5}  # 75 rows / (2 classes of 50 and 25)
    assert {row["label"]: row["weight"] for row in content["classes"]} == balanced
    assert content["weights"] == {"weightCol": "weight", "power": 1.0, "normalize": True}
    assert "0.75" in shown.splitlines()[2]
    result = spark.read.parquet(out)
    assert class_counts(result) == {0: 50, 1: 25}
    assert {(row["label"], row["weight"]) for row in result.collect()} == set(balanced.items())
    again = ["--input", out, "--output", f"{out}2", *FEATURES, "--weights", "1"]
    assert code_of(*again) == 2
    assert "'weight' (weightCol) exists already" in capsys.readouterr().err


def test_groups_of_a_split_raised_and_cut(spark, table, tmp_path, capsys):
    """Counted by group while they are written, and told of by group; the rest passes through."""
    source = spark.read.parquet(table).withColumns(
        {
            "tenant": F.expr("if(id % 3 = 0, null, 7)"),
            "part": F.expr("if(id % 10 = 0, 'test', 'fit')"),
        }
    )
    source.write.parquet(str(tmp_path / "in"))
    flags = ["--groupCols", "tenant", "--splitCol", "part", "--trainValue", "fit", *FEATURES]
    flags += ["--samplingStrategy", "0.5", "--under-sampling", "0.8", "--report", "-"]
    flags += ["--weights", "1"]
    out = str(tmp_path / "out")
    assert code_of("--input", f"{tmp_path}/in", "--output", out, *flags) == 0
    shown = capsys.readouterr().out
    content = json.loads(last_line(shown))
    # By hand: 15 and 6, and 30 and 12 rows; half of 15 and 30; so few that these are 0.8 of them.
    after = {(None, 0): 8, (None, 1): 7, (7, 0): 18, (7, 1): 15}
    made = {(None, 0): -7, (None, 1): 1, (7, 0): -12, (7, 1): 3}
    rows = {(row["group"]["tenant"], row["label"]): row for row in content["classes"]}
    assert {name: row["after"] for name, row in rows.items()} == after
    assert {name: row["made"] for name, row in rows.items()} == made
    assert content["passed_through"] == 7
    lines = [line.split() for line in shown.splitlines()]
    assert ["tenant", "class", "rows", "now", "asked", "made", "rows", "after", "weight"] in lines
    assert ["None", "1", "6", "1", "1", "7", "1.07143"] in lines  # 15 / (2 * 7)
    assert ["(passed", "through)", "7", "0", "0", "7", "-"] in lines
    found = (
        spark.read.parquet(out)
        .groupBy("part", "tenant", "label")
        .agg(F.count("*"), F.sum("weight"))
        .collect()
    )
    assert {(row[1], row[2]): row[3] for row in found if row[0] == "fit"} == after
    assert sum(row[3] for row in found if row[0] == "test") == 7
    # The classes of a group weigh alike, and as much as its rows; what passes through, nothing.
    weights = {(row[1], row[2]): row[4] for row in found if row[0] == "fit"}
    assert weights == pytest.approx({name: 7.5 if name[0] is None else 16.5 for name in after})
    assert {row[4] for row in found if row[0] == "test"} == {None}


def test_the_search_among_all_classes_is_measured(table, tmp_path, capsys):
    flags = ["--input", table, *FEATURES, "--bucketSize", "50", "--report", "-"]
    content = {}
    for method in ("TomekLinks", "BorderlineSMOTE"):
        assert code_of(*flags, "--output", str(tmp_path / method), "--method", method) == 0
        content[method] = json.loads(last_line(capsys.readouterr().out))
    assert content["TomekLinks"]["neighbor_recall"] == {"value": None, "note": "nothing to search"}
    assert 0 < content["TomekLinks"]["neighbor_recall_all_classes"]["value"] <= 1
    assert content["TomekLinks"]["neighbor_recall_all_classes"]["note"] == "by 1,000 rows"
    assert content["BorderlineSMOTE"]["neighbor_recall_all_classes"] == {
        "value": 1.0,
        "note": "exact",
    }


def test_rows_repeated_with_stdout_closed(spark, table, tmp_path, monkeypatch):
    out, report = str(tmp_path / "out"), tmp_path / "report.json"
    flags = ["--method", "RandomOverSampler", "--outputMode", "synthetic", "--syntheticCol", "made"]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", open(os.devnull))  # noqa: SIM115 - not writable
        assert code_of("--input", table, "--output", out, *flags, "--report", str(report)) == 0
    assert json.loads(report.read_text())["dry_run"] is False
    assert class_counts(spark.read.parquet(out)) == {1: 30}
    assert class_counts(spark.read.parquet(out), "made") == {True: 30}


@variant
def test_a_config_file_with_flags_on_top(spark, tmp_path, capsys):
    two_classes(spark, 200, 250).write.parquet(f"{tmp_path}/in")
    config = tmp_path / "job.toml"
    config.write_text(
        f"[input]\npath = '{tmp_path}/in'\n[output]\npath = '{tmp_path}/out.csv'\npartitions = 1\n"
        "[smote]\ninputCols = ['x0', 'x1']\nbucketSize = 16\nk = 2\noutputMode = 'synthetic'\n"
        "[report]\nrecallQueries = 50\n"
    )
    assert code_of("--config", str(config), "--k", "3", "--report", "-") == 0
    content = json.loads(last_line(capsys.readouterr().out))
    assert content["params"]["k"] == 3
    assert content["buckets"]["count"] > 1
    assert 0 < content["neighbor_recall"]["value"] <= 1
    made = spark.read.csv(f"{tmp_path}/out.csv", header=True, inferSchema=True)
    assert class_counts(made) == {1: 50}


@pytest.mark.parametrize(
    "kind", ["csv", *(pytest.param(kind, marks=variant) for kind in ("orc", "json"))]
)
def test_other_formats(spark, table, tmp_path, kind):
    source, out = str(tmp_path / f"in.{kind}"), str(tmp_path / "out")
    writer = spark.read.parquet(table).write.format(kind)
    (writer.option("header", "true") if kind == "csv" else writer).save(source)
    flags = [*FEATURES, "--output-format", "orc"]
    assert code_of("--input", source, "--output", out, *flags) == 0
    assert class_counts(spark.read.orc(out)) == {0: 50, 1: 50}


def test_modes_where_an_output_stands(spark, table, tmp_path, monkeypatch, capsys):
    out = str(tmp_path / "out")
    flags = ["--input", table, "--output", out, *FEATURES]
    old = spark.range(3)
    old.write.parquet(out)
    with monkeypatch.context() as patch:
        patch.setattr(SMOTE, "plan", lambda self, df: pytest.fail("work began"))
        assert code_of(*flags) == 2
        assert "exists already" in last_line(capsys.readouterr().err)
        assert code_of(*flags, "--mode", "ignore") == 0
        assert "exists already" in capsys.readouterr().out
        assert code_of("--input", table, "--output", table, *FEATURES, "--mode", "overwrite") == 2
        assert "input" in last_line(capsys.readouterr().err)
    assert multiset(spark.read.parquet(out)) == multiset(old)
    assert code_of(*flags, "--mode", "overwrite") == 0
    assert class_counts(spark.read.parquet(out)) == {0: 50, 1: 50}
    assert code_of(*flags, "--mode", "append") == 0
    assert class_counts(spark.read.parquet(out)) == {0: 100, 1: 100}
    assert os.listdir(tmp_path) == ["out"]


def test_a_dry_run_prints_the_plan_and_writes_nothing(table, tmp_path, capsys):
    assert code_of("--input", table, *FEATURES, "--dry-run") == 0
    assert code_of("--input", table, *FEATURES, "--dry-run", "--output", f"{tmp_path}/out") == 0
    shown = capsys.readouterr().out
    for part in ("buckets", "estimate", "dry run"):
        assert part in shown
    assert os.listdir(tmp_path) == []


def test_nothing_to_make_is_still_written(spark, table, tmp_path):
    out = str(tmp_path / "out")
    flags = ["--samplingStrategy", "{1 = 20}", "--syntheticCol", "made"]
    assert code_of("--input", table, "--output", out, *FEATURES, *flags) == 0
    result = spark.read.parquet(out)
    assert multiset(result.drop("made")) == multiset(spark.read.parquet(table))


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["--input", "/nowhere/x", "--output", "OUT"], "'/nowhere/x' does not exist"),
        pytest.param(["--input", "IN", "--output", "OUT", "--k", "0"], '"k"', marks=variant),
        pytest.param(
            ["--input", "IN", "--output", "OUT", "--inputcols", "x"],
            "Did you mean '--inputCols'",
            marks=variant,
        ),
        pytest.param(
            ["--input", "IN", "--output", "OUT", "--mode", "overwrit"], "'overwrite'", marks=variant
        ),
        (["--input", "IN", "--output", "OUT", "--inputCols", "x0,y"], "Column 'y'"),
        pytest.param(
            ["--input", "IN", "--output", "OUT", *FEATURES, "--labelCol", "lable"],
            "Column 'lable'",
            marks=variant,
        ),
        pytest.param(
            ["--input", "IN", "--output", "OUT", "--inputCols", "x0", "--k", "20"],
            "k=20",
            marks=variant,
        ),
        pytest.param(
            ["--input", "IN", "--output", "OUT", "--config", "no.toml"], "no.toml", marks=variant
        ),
        pytest.param(["--input", "IN", "--inputCols", "x0"], "--output", marks=variant),
        pytest.param(["--output", "OUT"], "--input", marks=variant),
        pytest.param(
            ["--input", "IN", "--output", "OUT", *FEATURES, "--report", "/proc/x/y"],
            "/proc/x/y",
            marks=variant,
        ),
        pytest.param(["--input"], "Argument --input: expected one argument", marks=variant),
        pytest.param(
            ["--input", "IN", "--output", "OUT"],
            "numeric columns: ['x0', 'x1', 'x2', 'id']",
            marks=variant,
        ),
        (["--input", "EMPTY", "--output", "OUT", *FEATURES], "holds no parquet data"),
        (["--input", "HEADER", "--output", "OUT", *FEATURES], "has a header and no rows"),
        (["--input", "IN", "--output", "OUT", "--config", "CODEC", *FEATURES], "zzip"),
        (["--input", "IN", "--output", "n" * 300], "too long"),
        (["--input", "n" * 300, "--output", "OUT"], "too long"),
    ],
)
def test_what_does_not_fit_is_one_line_and_exit_code_2(table, given, tmp_path, capsys, argv, part):
    paths = {**given, "IN": table, "OUT": str(tmp_path / "out")}
    assert code_of(*[paths.get(word, word) for word in argv]) == 2
    shown = capsys.readouterr().err
    assert part in last_line(shown)
    assert last_line(shown).startswith("spark-smote: error: ")
    assert "Traceback" not in shown
    assert os.listdir(tmp_path) == []


def test_a_report_replaces_no_data(spark, table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(SMOTE, "plan", lambda self, df: pytest.fail("work began"))
    (tmp_path / "link").symlink_to(table)
    source = f"{tmp_path}/in.csv"
    Path(source).write_text("x0,label\n1.5,a\n")
    spark.read.parquet(table).createOrReplaceGlobalTempView("smote_reported")
    config = tmp_path / "job.toml"
    config.write_text(f"[input]\npath = {source!r}\n")
    before = os.listdir(tmp_path)
    for source_path, report, part in (
        (source, source, "in the input"),
        (f"{tmp_path}/i*.csv", f"{tmp_path}/./in.csv", "in the input"),
        (table, f"{tmp_path}/link/report.json", "in the input"),
        ("global_temp.smote_reported", f"{table}/report.json", "in the input"),
        (table, f"{tmp_path}/out/report.json", "in the output"),
        (table, f"{tmp_path}/out", "in the output"),
        (table, str(config), "the config itself"),
        (table, "/dev/null", "no regular file"),
        (table, str(tmp_path), "no regular file"),
    ):
        flags = ["--config", str(config), "--input", source_path, "--output", f"{tmp_path}/out"]
        assert code_of(*flags, "--inputCols", "x0", "--report", report) == 2
        assert part in last_line(capsys.readouterr().err)
    assert os.listdir(tmp_path) == before


@variant
def test_a_report_that_cannot_be_written_in_the_end_is_a_warning(
    table, tmp_path, monkeypatch, capsys
):
    def full(path: str, content: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(resample, "write_json", full)
    flags = ["--input", table, "--output", f"{tmp_path}/out", *FEATURES]
    assert code_of(*flags, "--report", f"{tmp_path}/r.json") == 0
    assert "warning: report" in capsys.readouterr().err


def test_a_run_that_stops_after_the_swap_is_done(spark, table, tmp_path, monkeypatch, capsys):
    def stop(self: object, *arguments: object) -> dict[Any, int]:
        write(self, *arguments)
        raise KeyboardInterrupt

    write = writer.OutputWriter.write
    monkeypatch.setattr(writer.OutputWriter, "write", stop)
    out = str(tmp_path / "out")
    assert code_of("--input", table, "--output", out, *FEATURES) == 0
    assert "complete" in last_line(capsys.readouterr().err)
    assert class_counts(spark.read.parquet(out)) == {0: 50, 1: 50}


@variant
def test_a_defect_is_exit_code_1_and_called_one(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(SMOTE, "plan", lambda self, dataset: np.ones(2) + np.ones(3))
    assert code_of("--input", table, "--output", str(tmp_path / "out"), *FEATURES) == 1
    line = last_line(capsys.readouterr().err)
    assert "could not be broadcast" in line
    assert "this is a defect of spark_smote" in line
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("old", [True, pytest.param(False, marks=variant)])
def test_a_failure_in_the_middle_leaves_what_was_there(spark, table, tmp_path, broken, capsys, old):
    out = tmp_path / "out"
    if old:
        spark.range(3).write.parquet(str(out))
    broken(f"no luck with password={SECRET}")
    argv = ["--input", table, "--output", str(out), *FEATURES, "--mode", "overwrite"]
    for verbose in ([], ["--verbose"]):
        assert code_of(*argv, "--report", str(tmp_path / "r.json"), *verbose) == 1
        shown = capsys.readouterr()
        assert "no luck" in shown.err
        assert SECRET not in shown.err + shown.out
        assert ("Traceback" in shown.err) == bool(verbose)
    assert os.listdir(tmp_path) == ["out"] * old
    if old:
        assert multiset(spark.read.parquet(str(out))) == multiset(spark.range(3))


def test_elsewhere_the_rows_are_made_before_the_old_output_goes(
    spark, table, tmp_path, broken, monkeypatch
):
    monkeypatch.setattr(target, "local_path", lambda spark, path: None)
    out = str(tmp_path / "out")
    argv = ["--input", table, "--output", out, *FEATURES, "--mode", "overwrite"]
    spark.range(3).write.parquet(out)
    with monkeypatch.context():
        assert code_of(*argv) == 0
    whole = multiset(spark.read.parquet(out))
    assert whole == multiset(
        SMOTE(inputCols=["x0", "x1", "x2"]).transform(spark.read.parquet(table))
    )
    broken("no luck")
    assert code_of(*argv) == 1
    assert multiset(spark.read.parquet(out)) == whole


def test_elsewhere_rows_are_found_before_the_old_output_goes(spark, table, tmp_path, monkeypatch):
    monkeypatch.setattr(target, "local_path", lambda spark, path: None)
    out = str(tmp_path / "out")
    argv = ["--input", table, "--output", out, *FEATURES, "--mode", "overwrite"]
    spark.range(3).write.parquet(out)
    assert code_of(*argv, "--method", "TomekLinks") == 0
    whole = multiset(spark.read.parquet(out))
    assert whole == multiset(
        TomekLinks(inputCols=["x0", "x1", "x2"]).transform(spark.read.parquet(table))
    )
    apply = TomekLinks.apply
    error = F.raise_error(F.lit("no luck")).cast("double")
    monkeypatch.setattr(
        TomekLinks, "apply", lambda s, df, plan: apply(s, df, plan).withColumn("x0", error)
    )
    assert code_of(*argv, "--method", "TomekLinks") == 1
    assert multiset(spark.read.parquet(out)) == whole


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), pytest.param(RuntimeError("not as planned"), marks=variant)]
)
def test_a_run_that_stops_before_the_swap(spark, table, tmp_path, monkeypatch, capsys, error):
    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(resample.RowCounter, "added", fail)
    out = str(tmp_path / "out")
    spark.range(3).write.parquet(out)
    assert code_of("--input", table, "--output", out, *FEATURES, "--mode", "overwrite") == 1
    assert last_line(capsys.readouterr().err).startswith("spark-smote: error: ")
    assert multiset(spark.read.parquet(out)) == multiset(spark.range(3))
    assert os.listdir(tmp_path) == ["out"]


def test_input_that_changes_during_the_run_leaves_no_wrong_rows(
    spark, table, tmp_path, monkeypatch, capsys
):
    """Local files and a table: new, replaced, and appended to."""
    apply = SMOTE.apply
    monkeypatch.setattr(
        SMOTE, "apply", lambda s, df, plan: apply(s, df, plan).filter("id IS NULL OR id > 21")
    )
    spark.sql(f"CREATE SCHEMA smote_job LOCATION '{tmp_path}/tables'")
    flags = ["--input", table, *FEATURES, "--output-format", "parquet"]
    try:
        for name, mode in itertools.product((str(tmp_path / "out"), "smote_job.out"), MODES[:3]):
            old = spark.range(3)
            if mode != "errorifexists":
                kept = old.write.mode("overwrite")
                kept.save(name) if "/" in name else kept.saveAsTable(name, format="parquet")
            assert code_of(*flags, "--output", name, "--mode", mode) == 1
            shown = last_line(capsys.readouterr().err)
            assert "the input changed during the run" in shown
            assert ("as it was" in shown) or "dropped again" in shown
            if mode != "errorifexists":
                now = spark.read.parquet(name) if "/" in name else spark.table(name)
                assert multiset(now) == multiset(old)
        assert [
            row.tableName
            for row in spark.sql("SHOW TABLES IN smote_job").where("NOT isTemporary").collect()
        ] == ["out"]
        assert sorted(os.listdir(tmp_path)) == ["out", "tables"]
    finally:
        spark.sql("DROP SCHEMA smote_job CASCADE")


@variant
def test_credentials_stay_out_of_everything(spark, table, tmp_path, capsys):
    report = tmp_path / "report.json"
    config = tmp_path / "job.toml"
    config.write_text(
        f"[input]\npath = {table!r}\noptions = {{password = '{SECRET}'}}\n"
        f"[output]\noptions = {{'fs.s3a.secret.key' = '{SECRET}'}}\n"
    )
    for verbose in ([], ["--verbose"]):
        flags = ["--config", str(config), *FEATURES, *verbose]
        assert code_of(*flags, "--output", f"nofs://me:{SECRET}@bucket/x?sig={SECRET}") == 2
        assert code_of(*flags, "--input", f"nofs://me:{SECRET}@b/x", "--output", "x/y") == 2
    argv = ["--config", str(config), "--output", f"{tmp_path}/out", *FEATURES]
    assert code_of(*argv, "--report", str(report)) == 0
    shown = capsys.readouterr()
    assert SECRET not in shown.out + shown.err + report.read_text()
    assert "nofs://***@" in shown.err


def test_a_table_of_the_catalog(spark, table, tmp_path):
    spark.sql(f"CREATE SCHEMA smote_job LOCATION '{tmp_path}'")
    try:
        spark.read.parquet(table).write.saveAsTable("smote_job.before", format="parquet")
        flags = ["--output", "smote_job.after", "--output-format", "parquet", *FEATURES]
        assert code_of("--input", "smote_job.before", *flags) == 0
        assert code_of("--input", "smote_job.before", *flags) == 2
        assert code_of("--input", "smote_job.before", *flags, "--mode", "overwrite") == 0
        assert class_counts(spark.table("smote_job.after")) == {0: 50, 1: 50}
    finally:
        spark.sql("DROP SCHEMA smote_job CASCADE")


@variant
def test_a_format_without_a_path(spark, tmp_path, capsys):
    config, out = tmp_path / "job.toml", str(tmp_path / "out")
    config.write_text(
        "[input]\nformat = 'jdbc'\n[input.options]\n"
        f"url = 'jdbc:derby:memory:smote;create=true;user=me;password={SECRET}'\n"
        "driver = 'org.apache.derby.jdbc.EmbeddedDriver'\n"
        "dbtable = '(VALUES (0, 1e0), (0, 2e0), (1, 3e0)) AS t(label, x)'\n"
    )
    flags = ["--config", str(config), "--method", "RandomOverSampler", "--labelCol", "LABEL"]
    assert code_of(*flags, "--output", out, "--report", "-") == 0
    assert class_counts(spark.read.parquet(out), "LABEL") == {0: 2, 1: 2}
    shown = capsys.readouterr()
    assert json.loads(last_line(shown.out))["input"]["options"]["url"] == "***"
    assert SECRET not in shown.out + shown.err


@variant
def test_help_and_versions(capsys):
    for argv in (["--help"], ["--version"], ["resample", "--help"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(argv)
        assert stop.value.code == 0
    shown = capsys.readouterr().out
    for param in SMOTE().params:
        assert f"--{param.name}" in shown
    with pytest.raises(SystemExit) as stop:
        cli.main(["resampel"])
    assert stop.value.code == 2


@pytest.mark.cluster
@pytest.mark.parametrize("submitted", [False, True])
def test_as_a_process_of_its_own(spark, table, tmp_path, submitted):
    start = [sys.executable, "-m", "spark_smote.cli", "resample"]
    if submitted:
        start = _spark_submit()
        start += ["--master", "local[1]", str(ROOT / "jobs" / "resample.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYSPARK_DRIVER_PYTHON": sys.executable}
    if not submitted:
        environment.pop("PYSPARK_PYTHON", None)
    for name in ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED", "PYSPARK_GATEWAY_PORT"):
        environment.pop(name, None)
    argv = ["--input", table, "--output", str(tmp_path / "out"), *FEATURES, "--report", "-"]

    def started(*flags: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*start, *argv, *flags],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    done = started()
    assert done.returncode == 0, done.stderr
    content = json.loads(last_line(done.stdout))
    assert [row["after"] for row in content["classes"]] == [50, 50]
    if submitted:  # which hands the exit code on, and stderr as stdout
        refused = started("--k", "0")
        assert refused.returncode == 2
        assert "at least 1, got 0" in refused.stdout + refused.stderr


def _spark_submit() -> list[str]:
    import pyspark

    return [str(Path(pyspark.__file__).parent / "bin" / "spark-submit")]
