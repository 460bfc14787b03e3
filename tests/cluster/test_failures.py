"""Faults of a cluster that end a run: it says why, and the old output is whole."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from cluster.standalone import (
    PATIENCE,
    Cluster,
    Driver,
    digest_of,
    driver_on,
    staged_files,
    wait_for,
)

from spark_smote.runtime.errors import MORE_MEMORY

pytestmark = pytest.mark.cluster

RunFn = Callable[..., AbstractContextManager[Driver]]


@pytest.fixture
def output(tmp_path: Path, job: list[str]) -> Iterator[Path]:
    """An output that a run is to replace, alone in its folder, and is not replaced."""
    path = tmp_path / "outputs" / "out"
    shutil.copytree(job[1].removeprefix("--input="), path)
    before = digest_of(path)
    yield path
    assert digest_of(path) == before


@pytest.fixture
def run(cluster: Cluster, job: list[str], output: Path, tmp_path: Path) -> RunFn:
    """Start the command that replaces the output."""
    command = ["-m", "spark_smote.cli", "resample", *job, f"--output={output}", "--mode=overwrite"]
    return partial(driver_on, cluster, tmp_path / "driver", *command)


def wait_for_end(driver: Driver) -> str:
    """Wait for the end of a driver and its executors; return its last line."""
    driver.process.wait(PATIENCE)
    wait_for("the end of its executors", lambda: not driver.executor_processes())
    return driver.log.read_text().splitlines()[-1]


def test_sigterm_ends_a_run(run, output):
    with run() as driver:
        wait_for("the write", lambda: staged_files(output))
        driver.process.terminate()
        last = wait_for_end(driver)
    assert last == "spark-smote: error: interrupted; the output is as it was"
    assert driver.process.returncode == 1
    assert [path.name for path in output.parent.iterdir()] == [output.name]


def test_python_runs_out_of_memory(run, output):
    with run(**{"spark.executor.pyspark.memory": "200m"}) as driver:
        last = wait_for_end(driver)
    assert "Python ran out of memory" in last
    assert last.endswith(MORE_MEMORY)
    assert driver.process.returncode == 1
    assert [path.name for path in output.parent.iterdir()] == [output.name]


def test_the_driver_is_killed_in_the_write(run, output):
    with run() as driver:
        wait_for("the write", lambda: staged_files(output))
        os.killpg(driver.process.pid, signal.SIGKILL)
        wait_for_end(driver)
    assert driver.process.returncode == -signal.SIGKILL
    assert staged_files(output), "it was killed after the write"
