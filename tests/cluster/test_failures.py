"""Faults of a cluster that end a run: it says why, and the old output is whole."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster.standalone import (
    PATIENCE,
    Cluster,
    Driver,
    digest_of,
    staged_files,
    start_driver,
    wait_for,
)

from spark_smote.runtime.errors import MORE_MEMORY

pytestmark = pytest.mark.cluster

StartFn = Callable[..., Driver]


@pytest.fixture
def output(tmp_path: Path, job: list[str]) -> Iterator[Path]:
    """An output that a run is to replace, alone in its folder, and is not replaced."""
    path = tmp_path / "outputs" / "out"
    shutil.copytree(job[1].removeprefix("--input="), path)
    before = digest_of(path)
    yield path
    assert digest_of(path) == before


@pytest.fixture
def start(cluster: Cluster, job: list[str], output: Path, tmp_path: Path) -> Iterator[StartFn]:
    """Start the command that replaces the output."""
    flags = [*job, f"--output={output}", "--mode=overwrite"]
    started = []

    def run(**conf: str) -> Driver:
        driver = start_driver(
            cluster, tmp_path / "driver", "-m", "spark_smote.cli", "resample", *flags, **conf
        )
        started.append(driver)
        return driver

    yield run
    for driver in started:
        if driver.process.poll() is None:
            os.killpg(driver.process.pid, signal.SIGKILL)


def wait_for_end(driver: Driver) -> str:
    """Wait for the end of a driver and its executors; return its last line."""
    driver.process.wait(PATIENCE)
    wait_for("the end of its executors", lambda: not driver.executor_processes())
    return driver.log.read_text().splitlines()[-1]


def test_sigterm_ends_a_run(start, output):
    driver = start()
    wait_for("the write", lambda: staged_files(output))
    driver.process.terminate()
    last = wait_for_end(driver)
    assert last == "spark-smote: error: interrupted; the output is as it was"
    assert driver.process.returncode == 1
    assert [path.name for path in output.parent.iterdir()] == [output.name]


def test_python_runs_out_of_memory(start, output):
    driver = start(**{"spark.executor.pyspark.memory": "200m"})
    last = wait_for_end(driver)
    assert "Python ran out of memory" in last
    assert last.endswith(MORE_MEMORY)
    assert driver.process.returncode == 1
    assert [path.name for path in output.parent.iterdir()] == [output.name]


def test_the_driver_is_killed_in_the_write(start, output):
    driver = start()
    wait_for("the write", lambda: staged_files(output))
    os.killpg(driver.process.pid, signal.SIGKILL)
    wait_for_end(driver)
    assert driver.process.returncode == -signal.SIGKILL
    assert staged_files(output), "it was killed after the write"
