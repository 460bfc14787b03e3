"""Runs that overwrite a table: another one, the very input, or a part of it."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import class_counts, multiset
from lake.tables import KINDS, REPEATED, Table, balanced, events, partitioned

pytestmark = pytest.mark.lake

PART = {"where": "day = 'b'"}
REPLACED = {"mode": "overwrite", "replaceWhere": "day='b'"}


def delta_table(lake) -> Table:
    """An empty table with all that a Delta table may be told."""
    table = lake.new("delta")
    lake.sql(
        f"""CREATE TABLE {table.name} (
            id BIGINT, number BIGINT GENERATED ALWAYS AS IDENTITY,
            x0 DOUBLE NOT NULL COMMENT 'the first', x1 DOUBLE,
            total DOUBLE GENERATED ALWAYS AS (x0 + x1),
            label INT, source STRING DEFAULT 'import', day STRING NOT NULL
        ) USING delta PARTITIONED BY (day) COMMENT 'training' TBLPROPERTIES (
            'delta.feature.allowColumnDefaults' = 'supported',
            'delta.columnMapping.mode' = 'name', 'team' = 'fraud')""",
        f"ALTER TABLE {table.name} ADD CONSTRAINT two_days CHECK (day IN ('a', 'b'))",
    )
    return table


def test_an_overwritten_delta_table_stays_the_table_it_was(spark, lake, resample):
    """The table is its own input."""
    table = delta_table(lake)
    names = ["id", "x0", "x1", "label", "day"]
    events(spark).writeTo(table.name).append()
    old, detail, schema = table.rows().collect(), table.detail(), table.rows().schema
    versions = table.versions()
    ended = resample(input=table.source, output={"table": table.name, "mode": "overwrite"})
    assert ended.code == 0, ended.err
    assert multiset(table.rows().select(names)) == balanced(events(spark))
    assert table.versions() == [*versions, versions[-1] + 1]
    assert multiset(table.rows(versions[-1])) == multiset(old)
    now = table.detail()
    for key in ("id", "createdAt", "description", "partitionColumns", "properties"):
        assert now[key] == detail[key], key
    assert table.rows().schema == schema

    lake.sql(f"INSERT INTO {table.name} (id, x0, x1, label, day) VALUES (99, 1, 2, 1, 'a')")
    rows = table.rows().collect()
    assert all(row.total == row.x0 + row.x1 for row in rows)
    assert len({row.number for row in rows} - {None}) == len(rows)
    assert {row.source for row in rows if row.id == 99} == {"import"}
    with pytest.raises(Exception, match="two_days"):
        lake.sql(f"INSERT INTO {table.name} (x0, x1, label, day) VALUES (1, 2, 1, 'c')")


def test_an_overwritten_iceberg_table_stays_the_table_it_was(spark, lake, resample):
    """The table is its own input."""
    table = lake.new("iceberg")
    lake.sql(
        f"""CREATE TABLE {table.name} (
            id BIGINT, x0 DOUBLE NOT NULL COMMENT 'the first', x1 DOUBLE, label INT,
            day STRING NOT NULL
        ) USING iceberg PARTITIONED BY (day, bucket(2, id)) COMMENT 'training'
        TBLPROPERTIES ('team' = 'fraud')""",
        f"ALTER TABLE {table.name} WRITE ORDERED BY x0",
    )
    table.write(events(spark))
    lake.sql(f"ALTER TABLE {table.name} CREATE TAG before")
    old, versions, described = table.rows().collect(), table.versions(), description(table)
    ended = resample(input=table.source, output={"table": table.name, "mode": "overwrite"})
    assert ended.code == 0, ended.err
    assert multiset(table.rows()) == balanced(events(spark))
    assert table.versions()[:-1] == versions
    assert multiset(table.rows("'before'")) == multiset(old)
    assert description(table) == described


def description(table: Table) -> dict[str, str]:
    """What Iceberg says of a table, but for the version and its size."""
    rows = table.spark.sql(f"DESCRIBE TABLE EXTENDED {table.name}").collect()
    found = {row.col_name: f"{row.data_type} {row.comment}" for row in rows}
    del found["Statistics"]
    properties = found.pop("Table Properties")[1:].partition("]")[0].split(",")
    kept = [entry for entry in properties if not entry.startswith("current-snapshot-id")]
    return {**found, "Table Properties": str(sorted(kept))}


def test_an_input_is_overwritten_however_it_is_spelled(spark, lake, resample):
    table = lake.new("delta").write(events(spark))
    path = table.folder
    name = table.name.partition(".")[2]
    spellings: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"table": table.name}, {"table": f"delta.`{path}`"}),
        ({"path": f"file://{path}"}, {"table": f"spark_catalog.`{lake.schema}`.{name.upper()}"}),
        ({"path": path}, {"path": f"file:{path}/", "format": "delta"}),
    ]
    for times, (source, output) in enumerate(spellings, 1):
        old = table.rows().collect()
        versions = table.versions()
        ended = resample(
            input=source,
            output={**output, "mode": "overwrite"},
            smote={**REPEATED, "samplingStrategy": {"1": "2x"}},
        )
        assert ended.code == 0, ended.err
        assert class_counts(table.rows()) == {0: 20, 1: 10 * 2**times}
        assert not multiset(old) - multiset(table.rows())
        assert table.versions() == [*versions, versions[-1] + 1]
        assert str(ended.report["input_version"]) == str(versions[-1])


def test_an_input_that_is_not_pinned_is_not_overwritten(spark, lake, resample, no_work):
    """Views of a table, and a table of plain files by its name or its folder."""
    table, files = lake.new("delta").write(events(spark)), f"{lake.schema}.files"
    events(spark).write.format("parquet").saveAsTable(files)
    folder = spark.sql(f"DESCRIBE TABLE EXTENDED {files}").filter("col_name = 'Location'")
    folder = folder.first().data_type.removeprefix("file:")
    lake.sql(f"CREATE VIEW {lake.schema}.seen AS SELECT * FROM {table.name}")
    table.rows().createOrReplaceTempView("lake_seen")
    for source, output in (
        ({"table": f"{lake.schema}.seen"}, {"table": table.name}),
        ({"table": "lake_seen"}, {"path": table.folder, "format": "delta"}),
        ({"table": files}, {"path": folder}),
        ({"path": f"file:{folder}"}, {"table": files, "format": "parquet"}),
    ):
        ended = resample(input=source, output={**output, "mode": "overwrite"})
        assert ended.code == 2, (source, output)
        assert "input" in ended.error
    assert len(table.versions()) == 1
    assert multiset(spark.table(files)) == multiset(events(spark))


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_the_input_is_replaced(spark, lake, resample, kind):
    table = partitioned(lake, kind)
    versions = table.versions()
    ended = resample(
        "--where", "day = 'b'", "--replace-where", "day='b'",
        input=table.source, output={**table.section, "mode": "overwrite"},
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert {row["label"]: row["before"] for row in ended.report["classes"]} == {0: 10, 1: 5}
    kept = multiset(events(spark).filter("day = 'a'"))
    assert multiset(table.rows()) == kept + balanced(events(spark).filter("day = 'b'"))
    assert table.versions()[:-1] == versions


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_a_part_that_would_lose_rows_is_not_replaced(spark, lake, resample, no_work, kind):
    table = partitioned(lake, kind)
    before = table.versions()
    for part, keys, reason in (
        ({}, {}, "where"),
        ({"where": "day = 'b' AND x0 > 10"}, {}, "where"),
        ({"where": "day = 'a'"}, {}, "where"),
        (PART, {"replaceWhere": None}, "replaceWhere"),
        ({"where": "dya = 'b'"}, {}, "dya"),
        (PART, {"replaceWhere": "dya = 'b'"}, "dya"),
        (PART, {"mode": "append"}, "replaceWhere"),
        (PART, {"mode": "errorifexists"}, "replaceWhere"),
    ):
        output = {**table.section, **REPLACED, **keys}
        ended = resample(
            input={**table.source, **part},
            output={key: value for key, value in output.items() if value is not None},
        )
        assert ended.code == 2, (part, keys, ended)
        assert reason in ended.error
    null_days = resample(
        input={**table.source, **PART}, output={**table.section, **REPLACED}, smote={"copyCols": []}
    )
    assert null_days.code == 2
    assert "copyCols" in null_days.error
    assert "day" in null_days.error
    assert table.versions() == before


def test_an_iceberg_table_by_its_path(spark, lake, resample):
    """A whole is replaced, and it keeps its versions; a part can be named by the table only."""
    table = partitioned(lake, "iceberg")
    path = {"path": table.folder, "format": "iceberg", "mode": "overwrite"}
    before = table.versions()
    refused = resample(input={**table.source, **PART}, output={**path, **REPLACED})
    assert refused.code == 2
    assert "replaceWhere" in refused.error
    assert table.versions() == before
    ended = resample(input=table.source, output=path)
    assert ended.code == 0, ended.err
    lake.sql(f"REFRESH TABLE {table.name}")
    assert multiset(table.rows()) == balanced(events(spark))
    assert table.versions()[:-1] == before


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_another_part_are_not_written(spark, lake, resample, kind):
    """From another table, which loses nothing."""
    table = partitioned(lake, kind)
    source = lake.folder / f"other_{kind}"
    events(spark, start=100).write.parquet(str(source))
    before = table.versions()
    output = {**table.section, **REPLACED}
    ended = resample(input={"path": str(source)}, output=output)
    assert ended.code != 0
    assert "day" in ended.error
    assert table.versions() == before
    if kind == "path":
        ended = resample(input={"path": str(source), **PART}, output=output, smote=REPEATED)
        assert ended.code == 0, ended.err
        assert class_counts(table.rows(), "day") == {"a": 15, "b": 20}


def test_a_failed_write_commits_nothing(spark, lake, resample):
    """The new rows break a constraint, which Delta finds in the write."""
    table = lake.new("delta").write(events(spark))
    lake.sql(f"ALTER TABLE {table.name} ADD CONSTRAINT is_old CHECK (id IS NOT NULL)")
    before = table.versions()
    source = lake.folder / "broken"
    events(spark).write.parquet(str(source))
    output = {"table": table.name, "mode": "overwrite"}
    ended = resample(input={"path": str(source)}, output=output)
    assert ended.code == 1
    assert "is_old" in ended.error
    assert table.versions() == before
