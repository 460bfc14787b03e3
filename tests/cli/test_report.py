from __future__ import annotations

import datetime
import json
import math
from dataclasses import replace
from decimal import Decimal

import pytest
from helpers import class_counts, two_classes
from pyspark.sql import functions as F

from spark_smote import SMOTE, RandomOverSampler
from spark_smote.cli.config import Config
from spark_smote.cli.reports.report import Run
from spark_smote.cli.sections import Report
from spark_smote.engine.planning.plan import Plan
from spark_smote.evaluation.recall import Recall
from spark_smote.io.output.row_counter import RowCounter
from spark_smote.io.spec import Input, Output
from spark_smote.runtime.console import format_table, write_json

SECRET = "hUnter2/verySecret"


@pytest.fixture(scope="module")
def table(spark):
    """20 and 50 rows of two classes, and 7 without a label."""
    return two_classes(spark, 20, 57).withColumn("label", F.expr("if(id >= 70, null, label)"))


def test_rows_are_counted_by_the_write_itself(spark, table, tmp_path):
    for mode in ("all", "synthetic"):
        sampler = SMOTE(inputCols=["x0", "x1"], outputMode=mode)
        plan = sampler.plan(table)
        written = plan.counts if mode == "all" else dict.fromkeys(plan.counts, 0)
        counter = RowCounter(sampler.labeled_table, written, plan.added, 7 if mode == "all" else 0)
        path = str(tmp_path / mode)
        counter.observe(sampler.apply(table, plan)).write.partitionBy("label").parquet(path)
        assert counter.added(counter.observed()) == {0: 0, 1: 30}
        kept = {0: 50, 1: 20, None: 7} if mode == "all" else {}
        assert class_counts(spark.read.parquet(path)) == kept | {1: kept.get(1, 0) + 30}


def test_a_write_that_is_not_as_planned_is_an_error(table):
    sampler = SMOTE(inputCols=["x0", "x1"])
    plan = sampler.plan(table)
    for lost in ("label = 1 AND id IS NULL", "label = 0", "label IS NULL"):
        counter = RowCounter(sampler.labeled_table, plan.counts, plan.added, plan.passed_through)
        written = sampler.apply(table, plan).filter(f"NOT coalesce({lost}, false)")
        counter.observe(written).collect()
        with pytest.raises(RuntimeError, match="changed during the run"):
            counter.added(counter.observed())


def test_the_report_holds_what_the_plan_says_and_no_credentials(spark):
    df = two_classes(spark, 20, 50)
    sampler = SMOTE(inputCols=["x0", "x1"], bucketSize=16, seed=7)
    config = Config(
        Input(path=f"s3a://me:{SECRET}@bucket/in", options={"token": SECRET}),
        Output(path=f"https://host/x?sig={SECRET}"),
        sampler,
        Report(),
    )
    plan = sampler.plan(df)
    done = Run(
        config,
        plan,
        spark.version,
        is_dry=False,
        made=plan.added | {0: 0},
        neighbor_recall=Recall(0.5, "x"),
    )
    report = done.to_dict()
    assert json.loads(json.dumps(report)) == report
    assert SECRET not in json.dumps(report)
    assert report["params"]["seed"] == 7
    assert report["versions"]["spark"] == spark.version
    assert {"spark_smote", "python", "numpy", "scikit-learn"} <= set(report["versions"])
    assert report["classes"] == [
        {"label": 0, "before": 50, "asked": 0, "made": 0, "after": 50},
        {"label": 1, "before": 20, "asked": 30, "made": 30, "after": 50},
    ]
    sizes = sorted(plan.bucket_rows)
    buckets = report["buckets"]
    assert (buckets["count"], buckets["min"], buckets["max"]) == (len(sizes), sizes[0], sizes[-1])
    assert sizes[0] <= buckets["median"] <= sizes[-1]
    text = done.to_text()
    for value in ("rows now", "50", "20", "30", "0.500"):
        assert value in text
    assert "dry run" in replace(done, is_dry=True, made=None).to_text()
    decimal = replace(done, made=None, plan=Plan({Decimal("1.50"): 20, Decimal("0"): 50}, 0))
    assert [each["label"] for each in decimal.to_dict()["classes"]] == ["0", "1.50"]
    assert json.dumps(decimal.to_dict())


def test_the_report_is_json_whatever_the_labels_are():
    labels = [math.inf, -math.inf, Decimal("1.50"), datetime.date(2002, 6, 1), 0.1, "é", 3, None]
    sampler = RandomOverSampler(samplingStrategy={"inf": 9})
    config = Config(Input(path="in"), Output(path="out"), sampler, Report())
    for label in labels:
        done = Run(config, Plan({label: 3}, 0), "4.3", made={label: 0})
        text = json.dumps(done.to_dict(), allow_nan=False)
        is_json = label is None or isinstance(label, (str, int)) or label == 0.1
        shown = json.loads(text)["classes"][0]["label"]
        assert shown == (label if is_json else str(label))


def test_tables_line_up():
    lines = format_table(["class", "rows"], [["a", 1234567], ["longer name", 1]]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[2].endswith("1,234,567")


def test_json_is_written_whole_or_not_at_all(tmp_path):
    file = tmp_path / "report.json"
    write_json(str(file), {"a": "é"})
    with pytest.raises(TypeError):
        write_json(str(file), {"a": object()})
    assert json.loads(file.read_text(encoding="utf-8")) == {"a": "é"}
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
