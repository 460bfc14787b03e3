"""A server of Spark Connect whose Python workers lack the package."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.standalone import ROOT, SPARK_HOME, environment, free_port, wait_for
from helpers import NAMES, blobs, class_counts
from pyarrow import parquet, table

from spark_smote.runtime.errors import MISSING_ON_WORKERS
from spark_smote.runtime.java import use_java

pytestmark = pytest.mark.cluster

ROWS, FEW = 600, 100

COMMAND = """
import sys
sys.modules.update(dict.fromkeys(["py4j", "pyspark.core"]))  # pyspark-client has neither
from spark_smote.cli import main
main()
"""

LIBRARY = """
import sys
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from spark_smote import SMOTE
from spark_smote.runtime.errors import brief

_, path, package = sys.argv
spark = SparkSession.builder.getOrCreate()
smote = SMOTE(inputCols=["x0", "x1", "x2"])
try:
    smote.transform(spark.read.parquet(path)).collect()
except PySparkException as error:
    print(brief(error))
spark.addArtifacts(package, pyfile=True)  # the server keeps the plan of a frame that failed
print(smote.transform(spark.read.parquet(path)).count())
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    use_java()
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    python = folder / "python"  # without `site`, no editable installation is found
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    python.chmod(0o755)
    settings = (
        "spark.connect.grpc.binding.address=127.0.0.1",
        f"spark.connect.grpc.binding.port={port}",
        "spark.sql.shuffle.partitions=3",
        "spark.ui.enabled=false",
    )
    command = [str(SPARK_HOME / "bin" / "spark-submit"), "--master=local[2]"]
    command += ["--class=org.apache.spark.sql.connect.service.SparkConnectServer"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, *(f"--conf={setting}" for setting in settings)],
            env=environment(PYSPARK_PYTHON=str(python), PYTHONPATH=str(SPARK_HOME.parent)),
            cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip

    def answers() -> bool:
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_for("a server of Spark Connect", answers)
        yield f"sc://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def data(tmp_path: Path) -> str:
    columns = dict(zip(NAMES, blobs(ROWS, len(NAMES), seed=0).T, strict=True))
    path = str(tmp_path / "input.parquet")
    parquet.write_table(table({**columns, "label": [int(i < FEW) for i in range(ROWS)]}), path)
    return path


def run(server: str, program: str, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment(SPARK_REMOTE=server, PYTHONPATH=str(ROOT)),
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout


def test_a_job_of_a_client_alone_sends_the_package(server, data, tmp_path):
    output = str(tmp_path / "output")
    flags = [
        f"--input={data}",
        f"--output={output}",
        "--report=-",
        f"--inputCols={','.join(NAMES)}",
    ]
    run(server, COMMAND, "resample", *flags)
    rows = parquet.read_table(output).to_pylist()
    assert class_counts(rows) == {0: ROWS - FEW, 1: ROWS - FEW}


def test_the_library_works_when_the_package_was_sent(server, data, package):
    error, count = run(server, LIBRARY, data, str(package)).splitlines()
    assert error == MISSING_ON_WORKERS
    assert int(count) == 2 * (ROWS - FEW)
