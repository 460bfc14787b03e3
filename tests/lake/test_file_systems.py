"""Tables on file systems that are not local, and tables of plain files in partitions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers import class_counts, multiset
from lake.tables import balanced, events
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
def test_parquet_and_delta_where_only_spark_sees_them(spark, resample, request, system):
    url = request.getfixturevalue(system)
    events(spark).write.parquet(f"{url}/in")
    once = balanced(events(spark))
    flags = ["--run-id", "one"]
    for number, (source, kind) in enumerate((("in", "parquet"), ("delta0", "delta"))):
        path = f"{url}/{kind}{number}"
        output = {"path": path, "format": kind}
        ended = resample(input={"path": f"{url}/{source}"}, output=output)
        assert ended.code == 0, ended.err
        assert multiset(spark.read.format(kind).load(path)) == once
        if number == 0:
            events(spark).write.format("delta").save(f"{url}/delta0")
    output["mode"] = "append"
    for _ in range(2):
        ended = resample(*flags, input={"path": f"{url}/delta0"}, output=output)
        assert ended.code == 0, ended.err
    assert "already written in version 1" in ended.out
    assert multiset(spark.read.format("delta").load(path)) == once + once
    plain = {"path": f"{url}/parquet0", "mode": "append"}
    ended = resample(input={"path": f"{url}/in"}, output=plain)
    assert ended.code == 0, ended.err
    assert multiset(spark.read.parquet(plain["path"])) == once + once
    own = {"path": f"{url}/delta0", "format": "delta", "mode": "overwrite"}
    ended = resample(input={"path": f"{url}/delta0"}, output=own)
    assert ended.code == 0, ended.err
    assert multiset(spark.read.format("delta").load(own["path"])) == once


def test_a_table_of_plain_files_in_partitions(spark, lake, resample):
    source, name = lake.new("delta").write(events(spark)), f"{lake.schema}.hive"
    lake.sql(
        f"""CREATE TABLE {name} (id BIGINT, x0 DOUBLE, x1 DOUBLE, label INT, day STRING)
        USING parquet PARTITIONED BY (day)"""
    )
    columns = events(spark).columns
    once = balanced(events(spark))
    output = {"table": name, "format": "parquet", "partitionBy": ["day"]}
    for mode, times in (("append", 1), ("append", 2), ("overwrite", 1)):
        ended = resample(input=source.source, output={**output, "mode": mode})
        assert ended.code == 0, ended.err
        assert multiset(spark.table(name).select(columns)) == once + once * (times - 1)
    parts = {row.partition for row in spark.sql(f"SHOW PARTITIONS {name}").collect()}
    assert parts == {"day=a", "day=b"}
    out = lake.new("delta")
    ended = resample(input={"table": name, "where": "day = 'b'"}, output=out.section)
    assert ended.code == 0, ended.err
    assert class_counts(out.rows(), "day") == {"b": 20}
