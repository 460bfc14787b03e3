"""Runs that create a table, append to it, and are repeated."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path

import pytest
from helpers import class_counts, multiset
from lake.tables import KINDS, REPEATED, balanced, events
from pyspark.sql import functions as F

from spark_smote import SMOTE

pytestmark = pytest.mark.lake


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_a_run_is_written_once(spark, lake, resample, monkeypatch, kind):
    source, out = lake.new(kind).write(events(spark)), lake.new(kind)
    once = balanced(events(spark))
    columns = {"run": "smote_run", "at": "smote_at"}
    sections = {
        "input": source.source,
        "output": {**out.section, "mode": "append", "columns": columns},
    }
    (pinned,) = source.versions()
    written, moments = {}, [now()]
    for run_id in ("one", "two"):
        ended = resample("--run-id", run_id, **sections)
        assert ended.code == 0, ended.err
        moments.append(now())
        written[run_id] = out.versions()[-1]
        assert ended.report["run_id"] == run_id
        assert str(ended.report["input_version"]) == str(pinned)
        assert str(ended.report["output_version"]) == str(written[run_id])
    assert [out.run_of(commit) for commit in out.commits()] == ["one", "two"]
    if kind != "iceberg":
        assert {"one", "two"} <= {app_id.rpartition(":")[2] for app_id in transactions(out)}
    rows = out.rows()
    assert dict(rows.dtypes)["smote_at"] == "timestamp"
    times = rows.groupBy("smote_run").agg(F.collect_set(F.unix_micros("smote_at")))
    begun = dict(tuple(row) for row in times.collect())
    for number, run_id in enumerate(("one", "two")):
        of_run = rows.filter(rows.smote_run == run_id).drop("smote_run", "smote_at")
        assert multiset(of_run) == once
        (moment,) = begun[run_id]
        assert moments[number] - 1e6 <= moment <= moments[number + 1]

    with monkeypatch.context() as patch:
        patch.setattr(SMOTE, "plan", lambda self, df: pytest.fail("work began"))
        for run_id in ("two", "one"):  # "one" is not the newest
            again = resample("--run-id", run_id, **sections)
            assert again.code == 0, again.err
            assert f"already written in version {written[run_id]}" in again.out
    assert out.versions() == list(written.values())


def now() -> float:
    """Microseconds, as Spark counts them."""
    return time.time() * 1e6


def transactions(table) -> set[str]:
    """Names of the applications whose versions a Delta table keeps."""
    log = Path(table.folder, "_delta_log").glob("*.json")
    actions = [json.loads(line) for file in log for line in file.read_text().splitlines()]
    return {action["txn"]["appId"] for action in actions if "txn" in action}


@pytest.mark.parametrize("kind", KINDS)
def test_modes_where_a_table_stands(spark, lake, resample, no_work, kind):
    source, out = lake.new("delta").write(events(spark)), lake.new(kind).write(events(spark))
    sections = {"input": source.source, "output": out.section}
    before = out.versions()
    refused = resample(**sections)
    assert refused.code == 2
    assert "exists already" in refused.error
    ignored = resample("--mode", "ignore", **sections)
    assert ignored.code == 0
    assert "exists already" in ignored.out
    assert out.versions() == before


def test_a_dry_run_writes_no_version(spark, lake, resample):
    source = lake.new("path").write(events(spark))
    for out in (lake.new("delta").write(events(spark)), lake.new("iceberg")):
        before = out.versions()
        output = {**out.section, "runId": "one", "mode": "append"}
        ended = resample("--dry-run", input=source.source, output=output)
        assert ended.code == 0, ended.err
        assert ended.report["dry_run"] is True
        assert out.versions() == before


def test_runs_without_names_and_a_table_of_reports(spark, lake, resample):
    """Each run gets a name, so that it appends again, and a row for each class in the table."""
    source, out, reports = (lake.new("delta") for _ in range(3))
    source.write(events(spark))
    sections = {
        "input": source.source,
        "output": {**out.section, "mode": "append"},
        "report": {"table": reports.name},
        "smote": REPEATED,
    }
    names = []
    for _ in range(2):
        ended = resample(**sections)
        assert ended.code == 0, ended.err
        names.append(ended.report["run_id"])
        assert str(uuid.UUID(names[-1])) == names[-1]
    assert [out.run_of(commit) for commit in out.commits()] == names
    assert class_counts(out.rows()) == {0: 40, 1: 40}
    found = reports.rows().orderBy("output_version", "label").collect()
    assert list(found[0].asDict()) == [
        *("run_id", "started", "input", "input_version", "output", "output_version", "method"),
        *("label", "before", "asked", "made", "seconds", "status"),
    ]
    numbers = [(row.run_id, str(row.label), row.before, row.asked, row.made) for row in found]
    assert numbers == [
        (run, label, *rows)
        for run in names
        for label, rows in (("0", (20, 0, 0)), ("1", (10, 10, 10)))
    ]
    assert {row.method for row in found} == {"RandomOverSampler"}
    assert {row.input.rpartition(".")[2] for row in found} == {source.name.rpartition(".")[2]}
    assert {row.output.rpartition(".")[2] for row in found} == {out.name.rpartition(".")[2]}
    assert {str(row.input_version) for row in found} == {str(v) for v in source.versions()}
    assert {str(row.output_version) for row in found} == {str(v) for v in out.versions()}
    assert all(row.seconds > 0 for row in found)
    assert {row.status for row in found} == {"done"}
    assert all(row.started is not None for row in found)
