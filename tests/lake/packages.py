"""The jars of Delta, Iceberg and S3, and the configuration of a session that has them."""

from __future__ import annotations

import re
from pathlib import Path

import pyspark

SPARK = re.match(r"\d+\.\d+", pyspark.__version__)[0]

DELTA_AND_ICEBERG = {
    "3.5": (
        "io.delta:delta-spark_2.12:3.3.3",
        "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.12.0",
    ),
    "4.0": (
        "io.delta:delta-spark_4.0_2.13:4.4.0",
        "org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.11.0",
    ),
    "4.1": (
        "io.delta:delta-spark_4.1_2.13:4.4.0",
        "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0",
    ),
    "4.2": ("io.delta:delta-spark_4.2_2.13:4.4.0",),
}
"""Maven coordinates by Spark's version; no Iceberg runtime starts on 4.2, and nothing on 4.3."""

S3 = ("s3", "s3-transfer-manager", "sts")
"""Modules of Amazon's SDK that hadoop-aws needs, of a bundle of 640 MB."""

SDK = {"3.4.1": "2.24.6", "3.4.2": "2.29.52"}
"""Version of Amazon's SDK by that of Hadoop; Hadoop 3.3, of Spark 3.5, has an older kind."""

ICEBERG = len(DELTA_AND_ICEBERG.get(SPARK, ())) > 1


def coordinates() -> list[str]:
    """Return what `spark.jars.packages` needs on this Spark."""
    (client,) = Path(pyspark.__path__[0], "jars").glob("hadoop-client-api-*.jar")
    hadoop = client.stem.rpartition("-")[2]
    s3 = []
    if hadoop in SDK:
        s3 = [f"org.apache.hadoop:hadoop-aws:{hadoop}"]
        s3 += [f"software.amazon.awssdk:{module}:{SDK[hadoop]}" for module in S3]
    return [*DELTA_AND_ICEBERG[SPARK], *s3]


def lake_conf(folder: Path) -> dict[str, str]:
    """Return the configuration of a session: Delta is `spark_catalog`, Iceberg is `ice`.

    Parameters
    ----------
    folder : Path
        Where the tables are.
    """
    extensions = ["io.delta.sql.DeltaSparkSessionExtension"]
    conf = {
        "spark.jars.packages": ",".join(coordinates()),
        "spark.jars.excludes": "software.amazon.awssdk:bundle",
        "spark.sql.warehouse.dir": str(folder / "delta"),
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # Of tables this small, all is read by one task.
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.shuffle.partitions": "1",
    }
    if ICEBERG:
        extensions.append("org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        conf |= {
            "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog",
            "spark.sql.catalog.ice.type": "hadoop",
            "spark.sql.catalog.ice.warehouse": str(folder / "iceberg"),
        }
    return conf | {"spark.sql.extensions": ",".join(extensions)}
