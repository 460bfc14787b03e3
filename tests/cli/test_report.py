from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from helpers import class_counts, two_classes
from pyspark.sql import functions as F

from spark_smote import SMOTE
from spark_smote.cli.config import Config, Report
from spark_smote.cli.report import Run
from spark_smote.evaluation.recall import Recall
from spark_smote.io.row_counter import RowCounter
from spark_smote.io.spec import Input, Output
from spark_smote.runtime import redaction
from spark_smote.runtime.console import format_table, write_json
from spark_smote.runtime.redaction import RedactingFilter, redact, redact_all, remember

SECRET = "hUnter2/verySecret"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    yield
    redaction._known.clear()


@pytest.mark.parametrize(
    "text",
    [
        f"s3a://AKIAKEY:{SECRET}@bucket/in",
        f"https://user:{SECRET}@host:8443/x?y=1",
        f"https://{SECRET.replace('/', '')}@host/x",
        f"https://host/x?sv=2024&sig={SECRET}&sp=r",
        f"https://host/x?X-Amz-Signature={SECRET}",
        f"abfss://container@account.dfs.core.windows.net/x?sas={SECRET}",
        f"spark.hadoop.fs.s3a.secret.key={SECRET}",
        f"spark.hadoop.fs.s3a.access.key: {SECRET}",
        f"fs.azure.account.key.me.dfs.core.windows.net = {SECRET}",
        f"{{'password': '{SECRET}', 'url': 'jdbc:x'}}",
        f'{{"client_secret": "{SECRET}"}}',
        f"jdbc:postgresql://host/db?user=me&password={SECRET}",
        f"Authorization token={SECRET}; retry",
    ],
)
def test_credentials_are_masked(text):
    shown = redact(text)
    assert SECRET not in shown
    assert SECRET.replace("/", "") not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        "hdfs://namenode:8020/user/me/data",
        "hdfs://namenode:8020/user/me@home/data",
        "abfss://container@account.dfs.core.windows.net/data",
        "s3a://bucket/key=1/part=2",
        "Column 'password' not found; columns: ['token', 'x'].",
        "design=3, signal: 4, disaster=5",
        "12:30:01 [2/4] plan done: 3.1 s",
    ],
)
def test_other_text_stays(text):
    assert redact(text) == text


def test_values_of_secret_options_are_masked_anywhere():
    remember({"fs.s3a.secret.key": SECRET, "header": "true"})
    assert redact(f"Spark said: cannot use {SECRET} here; header true") == (
        "Spark said: cannot use *** here; header true"
    )
    nested = {"options": {"sasToken": "x", "header": "true"}, "paths": [f"s3://a:{SECRET}@b/c"]}
    assert redact_all(nested) == {
        "options": {"sasToken": "***", "header": "true"},
        "paths": ["s3://***@b/c"],
    }


def test_log_records_lose_credentials_in_arguments_and_tracebacks():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("spark_smote.test_redaction")
    logger.addHandler(handler)
    try:
        raise OSError(f"no access with password={SECRET}")
    except OSError:
        logger.exception("reading %s", f"s3a://key:{SECRET}@bucket/x")
    finally:
        logger.removeHandler(handler)
    assert SECRET not in stream.getvalue()
    assert "OSError" in stream.getvalue()
    assert "s3a://***@bucket/x" in stream.getvalue()


def test_rows_are_counted_by_the_write_itself(spark, tmp_path):
    df = two_classes(spark, 20, 50).unionByName(
        two_classes(spark, 3, 4, seed=1).withColumn("label", F.lit(None).cast("int"))
    )
    for mode in ("all", "synthetic"):
        sampler = SMOTE(inputCols=["x0", "x1"], outputMode=mode)
        plan = sampler.plan(df)
        written = plan.counts if mode == "all" else dict.fromkeys(plan.counts, 0)
        counter = RowCounter("label", written, plan.added, 7 if mode == "all" else 0)
        path = str(tmp_path / mode)
        counter.observe(sampler.apply(df, plan)).write.partitionBy("label").parquet(path)
        assert counter.added() == {0: 0, 1: 30}
        kept = {0: 50, 1: 20, None: 7} if mode == "all" else {}
        assert class_counts(spark.read.parquet(path)) == kept | {1: kept.get(1, 0) + 30}


@pytest.mark.parametrize("lost", ["label = 1 AND id IS NULL", "label = 0", "label IS NULL"])
def test_a_write_that_is_not_as_planned_is_an_error(spark, lost):
    df = two_classes(spark, 20, 50).unionByName(
        two_classes(spark, 3, 4, seed=1).withColumn("label", F.lit(None).cast("int"))
    )
    sampler = SMOTE(inputCols=["x0", "x1"])
    plan = sampler.plan(df)
    counter = RowCounter("label", plan.counts, plan.added, plan.unlabeled)
    counter.observe(sampler.apply(df, plan).filter(f"NOT coalesce({lost}, false)")).collect()
    with pytest.raises(RuntimeError, match="changed during the run"):
        counter.added()


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
        config, plan, spark.version, made=plan.added | {0: 0}, neighbor_recall=Recall(0.5, "x")
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
    assert "dry run" in replace(done, made=None).to_text()


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
