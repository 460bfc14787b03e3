"""One version of the input is read from begin to end."""

from __future__ import annotations

import pytest
from helpers import class_counts, multiset
from lake.tables import KINDS, REPEATED, SMOTE_KEYS, Table, balanced, events

from spark_smote import SMOTE, pinned
from spark_smote.exceptions import ResamplingError

pytestmark = pytest.mark.lake


def grown(lake, kind: str) -> Table:
    """Three versions of 30, 60 and 90 rows."""
    table = lake.new(kind)
    for start in (0, 30, 60):
        table.write(events(lake.spark, start))
    return table


@pytest.mark.parametrize("kind", KINDS)
def test_a_version_is_read(spark, lake, resample, kind):
    table = grown(lake, kind)
    versions, moment = table.versions(), moment_of(table, 1)
    asked = {
        "delta": [({"version": versions[0]}, 0), ({"options": {"timestampAsOf": moment}}, 1)],
        "path": [
            ({"version": str(versions[0])}, 0),
            ({"timestamp": moment}, 1),
            ({"options": {"versionAsOf": str(versions[1])}}, 1),
        ],
        "iceberg": [
            ({"version": str(versions[0])}, 0),
            ({"timestamp": moment}, 1),
            ({"options": {"versionAsOf": str(versions[1])}}, 1),
        ],
    }
    for keys, version in [({}, 2), *asked[kind]]:
        ended = resample("--dry-run", input={**table.source, **keys}, smote=REPEATED)
        assert ended.code == 0, (keys, ended.err)
        rows = 10 * (version + 1)
        assert {row["label"]: row["before"] for row in ended.report["classes"]} == {
            0: 2 * rows,
            1: rows,
        }, keys
        assert str(ended.report["input_version"]) == str(versions[version]), keys
    if kind == "iceberg":
        out, flags = lake.new("path"), ["--input-version", str(versions[0])]
        ended = resample(*flags, input=table.source, output=out.section)
        assert ended.code == 0, ended.err
        assert multiset(out.rows()) == balanced(events(spark))


def moment_of(table: Table, number: int) -> str:
    """A time at which a version was the newest."""
    column = "committed_at" if table.kind == "iceberg" else "timestamp"
    if table.kind == "iceberg":
        found = table.spark.sql(f"SELECT * FROM {table.name}.snapshots").orderBy(column)
    else:
        found = table.spark.sql(f"DESCRIBE HISTORY {table.sql}").orderBy(column)
    return found.selectExpr(f"CAST({column} AS STRING) AS at").collect()[number].at


@pytest.mark.parametrize("kind", KINDS)
def test_a_version_that_is_not_there_is_one_sentence(spark, lake, resample, no_work, kind):
    table = lake.new(kind).write(events(spark))
    for keys, part in (
        ({"version": 99}, "99"),
        ({"version": "ninety"}, "ninety"),
        ({"timestamp": "2001-01-01 00:00:00"}, "2001"),
        ({"timestamp": "yesterday noon"}, "yesterday noon"),
        ({"version": 0, "timestamp": "2001-01-01"}, "timestamp"),
        ({"version": 0, "options": {"versionAsOf": "0"}}, "version"),
    ):
        ended = resample("--dry-run", input={**table.source, **keys})
        assert ended.code == 2, (keys, ended)
        assert part in ended.error, keys
        assert "\n" not in ended.err.strip().rpartition("spark-smote: error: ")[2]


def test_what_has_no_versions_is_read_as_it_is(spark, lake, resample, tmp_path):
    """Said once, and a version of it is refused."""
    events(spark).write.parquet(f"{tmp_path}/rows.parquet")
    events(spark).write.option("header", True).csv(f"{tmp_path}/rows.csv")
    lake.new("delta").write(events(spark)).rows().createOrReplaceTempView("lake_view")
    for source in (
        {"path": f"{tmp_path}/rows.parquet"},
        {"path": f"{tmp_path}/rows.csv"},
        {"table": "lake_view"},
    ):
        ended = resample("--dry-run", input=source, smote=REPEATED)
        assert ended.code == 0, ended.err
        assert ended.report["input_version"] is None
        assert ended.err.count("pinned") == 1
        refused = resample("--dry-run", input={**source, "version": 1})
        assert refused.code == 2
        assert "version" in refused.error
    table = lake.new("delta").write(events(spark))
    assert "pinned" not in resample("--dry-run", input=table.source, smote=REPEATED).err


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_a_table_that_grows_during_the_run(spark, lake, resample, monkeypatch, kind):
    """It grows when the plan is made, and again when all is ready to be written."""
    table, out = lake.new(kind).write(events(spark)), lake.new(kind)
    (version,) = table.versions()
    plan, apply = SMOTE.plan, SMOTE.apply

    def grow_after(result):
        table.write(events(spark, start=100))
        return result

    monkeypatch.setattr(SMOTE, "plan", lambda s, df: grow_after(plan(s, df)))
    monkeypatch.setattr(SMOTE, "apply", lambda s, df, made: grow_after(apply(s, df, made)))
    ended = resample(input=table.source, output=out.section)
    assert ended.code == 0, ended.err
    assert table.rows().count() == 90
    assert multiset(out.rows()) == balanced(events(spark))
    assert str(ended.report["input_version"]) == str(version)


@pytest.mark.parametrize("kind", ["path", "iceberg"])
def test_a_pinned_frame_stays(spark, lake, kind):
    table = grown(lake, kind)
    versions, moment = table.versions(), moment_of(table, 1)
    frames = [
        (pinned(spark, table.name), 90),
        (pinned(spark, table.name, version=versions[0]), 30),
        (pinned(spark, table.name, version=str(versions[0])), 30),
        (pinned(spark, table.name, timestamp=moment), 60),
    ]
    smote = SMOTE(**SMOTE_KEYS)
    result = smote.transform(frames[0][0])
    table.write(events(spark, start=100, rows=60))
    for frame, rows in frames:
        assert class_counts(frame) == {0: rows * 2 // 3, 1: rows // 3}
    assert multiset(result) == balanced(events(spark, rows=90))
    if kind == "iceberg":
        return
    lake.sql(f"DELETE FROM {table.sql} WHERE label = 0")
    assert class_counts(frames[0][0]) == {0: 60, 1: 30}


def test_only_what_has_versions_can_be_pinned(spark, lake, tmp_path):
    events(spark).write.parquet(f"{tmp_path}/rows")
    events(spark).createOrReplaceTempView("lake_view")
    table = lake.new("delta").write(events(spark))
    for name, keys in (
        (f"{tmp_path}/rows", {}),
        ("lake_view", {}),
        ("lake.no_such_table", {}),
        (f"{tmp_path}/nowhere", {}),
        (table.name, {"version": 99}),
        (table.name, {"version": 0, "timestamp": "2026-01-01"}),
    ):
        with pytest.raises(ResamplingError) as error:
            pinned(spark, name, **keys)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", ["path", "iceberg"])
def test_a_folder_is_read_as_the_table_that_it_is(spark, lake, resample, kind):
    """No format is named; rows that were removed do not come back."""
    table = lake.new(kind).write(events(spark)).write(events(spark, start=30))
    lake.sql(f"DELETE FROM {table.sql} WHERE id >= 30 OR id = 1")
    out = lake.new("delta")
    ended = resample(input={"path": table.folder}, output=out.section)
    assert ended.code == 0, ended.err
    assert multiset(out.rows()) == balanced(events(spark).filter("id != 1"))
    assert str(ended.report["input_version"]) == str(table.versions()[-1])
