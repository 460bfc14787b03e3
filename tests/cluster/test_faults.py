"""What stands when a disk fills, a run is killed, or an executor dies while a table is replaced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import class_counts, tree, two_classes
from pyspark.sql import SparkSession

pytestmark = pytest.mark.cluster

TESTS = Path(__file__).parent
JOB = [sys.executable, "-m", "spark_smote.cli", "resample"]
FEATURES = ["--inputCols", "x0,x1,x2"]


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("faults") / "table")
    two_classes(spark, few=300, many=3000).repartition(4).write.parquet(path)
    return path


def environment() -> dict[str, str]:
    foreign = ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED", "PYSPARK_GATEWAY_PORT")
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    paths = os.pathsep.join([str(TESTS.parents[1]), str(TESTS)])
    return kept | {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": paths}


def test_a_full_disk_leaves_every_old_output_alone(table, tmp_path):
    program = [sys.executable, str(TESTS / "disk_app.py"), table, str(tmp_path)]
    mount = 'mount -t tmpfs -o size=200k tmpfs "$1" && shift && exec "$@"'
    ended = subprocess.run(  # the mount ends with the process
        ["unshare", "--mount", "--map-root-user", "sh", "-c", mount, "sh", tmp_path, *program],
        env=environment(), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    *jobs, folders, tables = json.loads(ended.stdout.splitlines()[-1])
    assert len(jobs) == 4
    for code, line, rows in jobs:
        assert (code, rows) == (1, 3)
        assert "No space left on device" in line
    assert (folders, tables) == (["old", "small"], ["old"])


def test_a_job_that_was_killed_in_the_write_runs_again(spark, table, tmp_path):
    output = tmp_path / "out"
    spark.range(3).write.parquet(str(output))
    before = tree(output)
    job = [*JOB, "--input", table, "--output", str(output), *FEATURES, "--mode", "overwrite"]
    first = subprocess.Popen(job, env=environment(), stderr=subprocess.DEVNULL)
    while first.poll() is None and not list(tmp_path.glob(".out.smote-*/new")):
        time.sleep(0.005)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    (left,) = tmp_path.glob(".out.smote-*")
    assert tree(output) == before
    again = subprocess.run(job, env=environment(), capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr[-3000:]
    assert f"warning: {left} is of a run that was killed" in again.stderr
    assert class_counts(spark.read.parquet(str(output))) == {0: 3000, 1: 3000}
    assert {path.name for path in tmp_path.iterdir()} == {"out", left.name}


def test_a_table_outlives_an_executor_that_dies_when_it_is_replaced(table, tmp_path):
    ended = subprocess.run(
        [sys.executable, str(TESTS / "table_app.py"), table, str(tmp_path / "tables"), "default.t"],
        env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "code": 0,
        "rows": {"t": 6000},
        "killed": 1,
    }
    assert os.listdir(tmp_path / "tables") == ["t"]
