"""What only a table with versions can do is refused elsewhere, before the work."""

from __future__ import annotations

import pytest
from lake.tables import events

pytestmark = pytest.mark.lake


def test_what_needs_versions_is_refused_without_them(spark, lake, resample, no_work, tmp_path):
    source = lake.new("delta").write(events(spark))
    files, folder = f"{lake.schema}.plain", str(tmp_path / "folder")
    events(spark).write.format("parquet").saveAsTable(files)
    events(spark).write.parquet(folder)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    for keys, part in (
        ({"mode": "append", "runId": "one"}, "runId"),
        ({"mode": "overwrite", "replaceWhere": "day = 'b'"}, "replaceWhere"),
        ({"mode": "append", "mergeSchema": True}, "mergeSchema"),
        ({"mode": "overwrite", "clusterBy": ["label"]}, "clusterBy"),
    ):
        for output in ({"path": folder}, {"table": files, "format": "parquet"}):
            ended = resample(
                input={**source.source, "where": "day = 'b'"}, output={**output, **keys}
            )
            assert ended.code == 2, (keys, output, ended)
            assert part in ended.error
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert spark.table(files).count() == 30


def test_a_part_of_plain_files_is_resampled(spark, resample, tmp_path):
    """`where` needs no versions."""
    events(spark).write.parquet(f"{tmp_path}/in")
    ended = resample(
        "--where", "day = 'b'", input={"path": f"{tmp_path}/in"}, output={"path": f"{tmp_path}/out"}
    )
    assert ended.code == 0, ended.err
    out = spark.read.parquet(f"{tmp_path}/out")
    assert {row.day for row in out.collect()} == {"b"}
    assert out.count() == 20
    for where, part in (("dya = 'b'", "dya"), ("day = ", "where"), ("x0", "where")):
        ended = resample("--dry-run", input={"path": f"{tmp_path}/in", "where": where})
        assert ended.code == 2, where
        assert part in ended.error
