"""What the services of docker-compose.yml run, as real processes on loopback."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from cluster.standalone import AUTHENTICATION, COMPOSE, ROOT, SPARK_HOME, environment
from helpers import class_counts, two_classes

pytestmark = pytest.mark.cluster


def client_command() -> list[str]:
    """Read the client's command, a block list."""
    block = re.search(r"    command:\n((?:      - .*\n)+)", COMPOSE)
    assert block
    return [line.removeprefix("      - ") for line in block[1].splitlines()]


def submit(master: str, package: Path, *command: str) -> str:
    settings = ("spark.driver.host=127.0.0.1", "spark.executor.memory=512m", *AUTHENTICATION)
    flags = [f"--conf={setting}" for setting in settings]
    ended = subprocess.run(
        [str(SPARK_HOME / "bin" / "spark-submit"), "--master", master, *flags,
         "--py-files", str(package), *command],
        env=environment(), cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-4000:]
    return ended.stdout


def test_the_clients_job_runs_on_the_cluster(spark, cluster, package, tmp_path):
    table = two_classes(spark, few=300, many=1000)
    table.write.parquet(str(tmp_path / "input"))
    (tmp_path / "job.toml").write_text(
        '[smote]\ninputCols = ["x0", "x1", "x2"]\nbucketSize = 100\n'
    )
    swaps = {
        "--config=${CONFIG:-conf/resample.toml}": f"--config={tmp_path / 'job.toml'}",
        "--input=${INPUT:-/data/input}": f"--input={tmp_path / 'input'}",
        "--output=${OUTPUT:-/data/output}": f"--output={tmp_path / 'output'}",
        "--conf=spark.eventLog.dir=file:///spark-events": f"--conf=spark.eventLog.dir={tmp_path}",
    }
    program, where, *rest = (swaps.get(part, part) for part in client_command())
    assert program == "spark-submit"
    assert where == "--master=spark://spark-master:7077"
    submit(cluster.url, package, *rest)
    assert class_counts(spark.read.parquet(str(tmp_path / "output"))) == {0: 1000, 1: 1000}


def test_the_services_share_a_secret_and_may_do_little():
    assert [f"-D{setting}" in COMPOSE for setting in AUTHENTICATION] == [True, True]
    assert {f"--conf={setting}" for setting in AUTHENTICATION} <= set(client_command())
    assert "${SPARK_AUTH_SECRET:?" in (ROOT / "docker-compose.yml").read_text()  # or no start
    shared = COMPOSE[COMPOSE.index("x-spark:") : COMPOSE.index("x-healthcheck:")]
    for limit in ("cap_drop: [ALL]", '"no-new-privileges:true"', "mem_limit:"):
        assert limit in shared
    services = COMPOSE[COMPOSE.index("\nservices:") : COMPOSE.index("\nvolumes:")]
    names = re.findall(r"^  [\w-]+:$", services, re.MULTILINE)
    assert len(names) == len(re.findall(r"<<: \*(?:spark|worker)$", services, re.MULTILINE)) == 5
    assert re.search(r"FROM python:3\.\d+\.\d+-", services)


def test_executors_import_the_package_from_the_zip(cluster, package, tmp_path):
    program = tmp_path / "where.py"
    program.write_text(
        "from pyspark.sql import SparkSession\n"
        "def where(frames):\n"
        "    import pandas, spark_smote\n"
        "    for frame in frames:\n"
        "        yield pandas.DataFrame({'path': [spark_smote.__file__]})\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "found = spark.range(4, numPartitions=4).mapInPandas(where, 'path string').distinct()\n"
        "print([row.path for row in found.collect()])\n"
    )
    printed = submit(cluster.url, package, str(program)).splitlines()[-1]
    assert "spark_smote.zip" in printed
    assert str(ROOT) not in printed
