"""Tables on file systems that are not local, and tables of plain files in partitions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers import class_counts, multiset
from lake.tables import REPEATED, balanced, events
from pyspark.sql import SparkSession

pytestmark = pytest.mark.lake


@pytest.fixture
def s3(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a bucket on a server of this process."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    settings = {
        "endpoint": endpoint,
        "endpoint.region": "us-east-1",
        "path.style.access": "true",
        "access.key": "none",
        "secret.key": "none",
        "aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    }
    for key, value in settings.items():
        spark.conf.set(f"fs.s3a.{key}", value)
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    client.create_bucket(Bucket="lake")
    yield "s3a://lake"
    server.stop()


@pytest.fixture
def viewfs(spark: SparkSession, tmp_path) -> str:
    """The URL of a file system that only Spark sees, of which a local folder is a part."""
    spark.conf.set("fs.viewfs.mounttable.lake.link./data", f"file://{tmp_path}")
    return "viewfs://lake/data"


@pytest.mark.parametrize("system", ["s3", "viewfs"])
def test_tables_where_only_spark_sees_them(spark, resample, request, system):
    """Parquet and Delta are read, created and appended to; Delta is overwritten."""
    url = request.getfixturevalue(system)
    events(spark).write.parquet(f"{url}/in")
    plain, delta = {"path": f"{url}/plain"}, {"path": f"{url}/delta", "format": "delta"}
    once = balanced(events(spark))
    for said in ("", "already written in version 0"):
        new = {**delta, "mode": "append", "runId": "zero"}
        ended = resample(input={"path": f"{url}/in"}, output=new)
        assert ended.code == 0, ended.err
        assert said in ended.out
        assert multiset(spark.read.format("delta").load(delta["path"])) == once
    for rows in (20, 40):
        source = {"path": delta["path"], "version": 0, "where": "id IS NOT NULL"}
        output = {**plain, "mode": "append"}
        ended = resample(input=source, output=output, smote=REPEATED)
        assert ended.code == 0, ended.err
        assert ended.report["input_version"] == "0"
        assert class_counts(spark.read.parquet(plain["path"])) == {0: rows, 1: rows}
    run = {**delta, "mode": "append", "runId": "one"}
    for said in ("", "already written in version 1"):
        ended = resample(input={"path": f"{url}/in"}, output=run, smote=REPEATED)
        assert ended.code == 0, ended.err
        assert said in ended.out
        assert class_counts(spark.read.format("delta").load(delta["path"])) == {0: 40, 1: 40}
    if system == "viewfs":
        whole = {**delta, "mode": "overwrite"}
        ended = resample(input={"path": f"{url}/in"}, output=whole, smote=REPEATED)
        assert ended.code == 0, ended.err
        assert class_counts(spark.read.format("delta").load(delta["path"])) == {0: 20, 1: 20}


def test_a_table_of_plain_files_in_partitions(spark, lake, resample):
    source, name = lake.new("delta").write(events(spark)), f"{lake.schema}.hive"
    lake.sql(
        f"""CREATE TABLE {name} (id BIGINT, x0 DOUBLE, x1 DOUBLE, label INT, day STRING)
        USING parquet PARTITIONED BY (day)"""
    )
    columns = events(spark).columns
    once = balanced(events(spark))
    output = {"table": name, "format": "parquet", "partitionBy": ["day"]}
    events(spark).write.insertInto(name)
    for mode, rows in (("append", multiset(events(spark)) + once), ("overwrite", once)):
        ended = resample(input=source.source, output={**output, "mode": mode})
        assert ended.code == 0, ended.err
        assert multiset(spark.table(name).select(columns)) == rows
    parts = {row.partition for row in spark.sql(f"SHOW PARTITIONS {name}").collect()}
    assert parts == {"day=a", "day=b"}
    read = resample(
        "--dry-run", input={"table": name, "where": "day = 'b' AND id > 0"}, smote=REPEATED
    )
    assert read.code == 0, read.err
    assert {row["label"]: row["before"] for row in read.report["classes"]} == {0: 10, 1: 5}
