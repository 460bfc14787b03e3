"""Faults of a cluster that a run survives, with the rows of one that nothing disturbed."""

from __future__ import annotations

import json
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from cluster.standalone import (
    PARTS,
    Cluster,
    Driver,
    digest_of,
    driver_on,
    python_workers,
    staged_files,
    wait_for,
)

pytestmark = pytest.mark.cluster

APP = Path(__file__).with_name("resample_app.py")

SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.quantile": "0.5",
    "spark.speculation.minTaskRuntime": "3s",
}


@dataclass
class Run:
    """A run of the job on a session that has seen others."""

    driver: Driver
    output: Path
    first_stage: int

    def wait_for_search(self, done: int = 1) -> dict[str, Any]:
        """Wait until so many buckets are searched, and most are not; return the stage."""

        def searching() -> dict[str, Any] | None:
            for stage in self.driver.stages(self.first_stage):
                is_search = stage["status"] == "ACTIVE" and stage["numTasks"] > PARTS
                if is_search and done <= stage["numCompleteTasks"] < stage["numTasks"] - 4:
                    return stage
            return None

        return wait_for("the search", searching)

    def wait_for_write(self) -> None:
        """Wait until some files are written."""
        wait_for("the write", lambda: len(staged_files(self.output)) > 1)

    def python_workers(self) -> list[psutil.Process]:
        """The Python processes of all executors that run tasks."""

        def found() -> list[psutil.Process]:
            return [each for one in self.driver.executors() for each in python_workers(one)]

        return wait_for("Python workers", found)

    def finish(self, meanwhile: Callable[[], None] = lambda: None) -> tuple[int, int]:
        """Wait for the end; return the digest of what was written, and that alone."""
        answer = self.driver.process.stdout

        def has_ended() -> bool:
            meanwhile()
            return bool(select.select([answer], [], [], 0.05)[0])

        wait_for("the end of the run", has_ended)
        assert answer.readline() == "0\n"
        assert [path.name for path in self.output.parent.iterdir()] == [self.output.name]
        names = {path.name.split("-")[0].lstrip(".") for path in self.output.iterdir()}
        assert names <= {"part", "_SUCCESS", "_SUCCESS.crc"}
        return digest_of(self.output)

    def repeated(self) -> list[str]:
        """What the driver says of stages of which something was done again."""
        return [
            f"stage {stage['stageId']}.{stage['attemptId']}: {stage.get('failureReason')}"
            for stage in self.driver.stages(self.first_stage)
            if stage["attemptId"] or stage["numFailedTasks"]
        ]


@pytest.fixture(scope="module")
def driver(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    folder = tmp_path_factory.mktemp("driver")
    with driver_on(cluster, folder, str(APP), **SPECULATION) as started:
        yield started


def start(driver: Driver, job: list[str], output: Path) -> Run:
    wait_for("two executors", lambda: len(driver.executors()) == 2)
    first = max((stage["stageId"] for stage in driver.stages()), default=-1) + 1
    print(json.dumps([*job, f"--output={output}"]), file=driver.process.stdin, flush=True)
    return Run(driver, output, first)


@pytest.fixture(scope="module")
def undisturbed(driver, job, tmp_path_factory) -> tuple[int, int]:
    run = start(driver, job, tmp_path_factory.mktemp("undisturbed") / "out")
    digest = run.finish()
    assert not run.repeated()
    return digest


@pytest.fixture
def run(driver, job, undisturbed, tmp_path) -> Run:
    return start(driver, job, tmp_path / "out")


def kill_an_executor(run: Run) -> None:
    """Kill the oldest executor, and wait until the driver knows."""
    victim = run.driver.executors()[0]
    victim.send_signal(signal.SIGKILL)
    wait_for("its loss", lambda: victim not in run.driver.executors())


def test_all_rows_are_made(undisturbed):
    assert undisturbed[0] == 60_000


def test_an_executor_is_killed_in_the_search(run, undisturbed):
    run.wait_for_search()
    kill_an_executor(run)
    assert run.finish() == undisturbed
    assert run.repeated()


def test_an_executor_is_killed_in_the_write(run, undisturbed):
    run.wait_for_write()
    kill_an_executor(run)
    assert run.finish() == undisturbed
    assert run.repeated()


def test_executors_are_killed_one_after_the_other(run, undisturbed):
    run.wait_for_search()
    kill_an_executor(run)
    run.wait_for_search(done=4)
    kill_an_executor(run)
    run.wait_for_write()
    kill_an_executor(run)
    assert run.finish() == undisturbed
    assert run.repeated()


def test_python_workers_are_killed_one_after_the_other(run, undisturbed):
    for done in (1, 4):
        run.wait_for_search(done)
        for worker in run.python_workers():
            with suppress(psutil.NoSuchProcess):
                worker.kill()
    assert run.finish() == undisturbed
    assert run.repeated()


def overtaken(driver: Driver, stage: dict[str, Any]) -> set[int]:
    """Tasks of a stage of which a second attempt was the first to end."""
    attempt = f"{stage['stageId']}/{stage['attemptId']}"
    tasks = driver.ask(f"stages/{attempt}/taskList?length={stage['numTasks'] * 2}")

    def that(speculative: bool, status: str) -> set[int]:
        wanted = (speculative, status)
        return {t["index"] for t in tasks if (t["speculative"], t["status"]) == wanted}

    return that(True, "SUCCESS") & that(False, "KILLED")


def test_python_workers_that_stopped_are_overtaken(run, undisturbed):
    stage = run.wait_for_search()
    executor = run.driver.executors()[0]
    stopped: set[psutil.Process] = set()

    def stop() -> None:
        for worker in python_workers(executor):
            with suppress(psutil.NoSuchProcess):
                worker.suspend()
                stopped.add(worker)

    try:
        digest = run.finish(meanwhile=stop)
    finally:
        for worker in stopped:
            with suppress(psutil.NoSuchProcess):  # Spark kills it with its task
                worker.kill()
    assert digest == undisturbed
    wait_for("a stopped task and its copy", lambda: overtaken(run.driver, stage))


def remove(file: Path) -> None:
    file.unlink()


def corrupt(file: Path) -> None:
    """Turn every bit of a file that someone may be reading."""
    with file.open("r+b") as opened:
        turned = bytes(byte ^ 0xFF for byte in opened.read())
        opened.seek(0)
        opened.write(turned)


@pytest.mark.parametrize("spoil", [remove, corrupt])
def test_shuffle_files_are_spoiled(cluster, run, undisturbed, spoil):
    run.wait_for_search()
    spoiled = cluster.shuffle_files
    for file in spoiled:
        with suppress(FileNotFoundError):  # Spark may remove what is of older runs
            spoil(file)
    assert run.finish() == undisturbed
    assert spoiled
    assert any("FetchFailed" in reason for reason in run.repeated()), run.repeated()
