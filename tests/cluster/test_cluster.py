"""Same seed, same rows: on one core, on real executors, and when one of them dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import two_classes
from pyspark.sql import SparkSession

pytestmark = pytest.mark.cluster

TESTS = Path(__file__).parent
MASTERS = ONE, EXECUTORS = "local[1]", "local-cluster[2,1,1024]"


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("cluster") / "table.parquet")
    two_classes(spark, few=6000, many=100).repartition(6).write.parquet(path)
    return path


@pytest.fixture(scope="module")
def runs(table: str) -> dict[str, Any]:
    """What one process made on each master, one after the other."""
    environment = {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(TESTS.parents[1]),
    }
    ended = subprocess.run(
        [sys.executable, str(TESTS / "cluster_app.py"), table, *MASTERS],
        env=environment, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    return json.loads(ended.stdout.splitlines()[-1])


def test_one_core_makes_the_rows(runs):
    assert runs[ONE]["rows"] == 7_001


def test_two_executors_make_the_same_rows_though_one_is_killed(runs):
    assert runs[EXECUTORS] == {**runs[ONE], "killed": 1}
