"""A standalone cluster on loopback: its processes, and drivers that use it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import psutil
import pyspark
from pyarrow import parquet

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
SPARK_HOME = Path(pyspark.__path__[0])
SECRET = "Very5ecretWord"
COMPOSE = re.sub(r"\$\{SPARK_AUTH_SECRET.*?\}", SECRET, (ROOT / "docker-compose.yml").read_text())
AUTHENTICATION = ("spark.authenticate=true", f"spark.authenticate.secret={SECRET}")

PATIENCE = 300
"""Seconds to wait for what takes a few on a quiet machine."""

PARTS = 12
"""Files that a run writes."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, look: Callable[[], T | None]) -> T:
    """Look again and again until something is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


def read_json(url: str) -> Any:
    """Read a page of Spark's own, or None if it is not there."""
    try:
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)
    except (OSError, ValueError):  # it may say in words that it is starting
        return None


def service_command(kind: str) -> list[str]:
    """Read the command of a service, a flow list that names its class, out of the file."""
    found = re.search(
        rf"\[(spark-class, org\.apache\.spark\.deploy\.{kind}.*?)\]", COMPOSE, re.DOTALL
    )
    assert found, kind
    return [part.strip().strip('"') for part in found[1].split(",")]


def environment(**extra: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SPARK_REMOTE")}
    return kept | {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_JAVA_OPTS": " ".join(f"-D{setting}" for setting in AUTHENTICATION),
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_CONF_DIR": str(ROOT / "conf"),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        **extra,
    }


@dataclass(frozen=True)
class Cluster:
    """A master and two workers of one core.

    Attributes
    ----------
    url : str
    folder : Path
        Holds the logs, and `local`, where executors keep their shuffle files.
    """

    url: str
    folder: Path

    @property
    def shuffle_files(self) -> list[Path]:
        """Complete files of the shuffles that executors hold."""
        return list((self.folder / "local").rglob("shuffle_*.*"))


@contextmanager
def standalone_cluster(folder: Path) -> Iterator[Cluster]:
    """Start what docker-compose.yml does; Java must have been found."""
    port, page = free_port(), free_port()
    swaps = {"spark-master": "127.0.0.1", "7077": str(port), "8080": str(page), "2": "1",
             "2g": "1g", "/tmp/spark-work": str(folder / "work"),
             "spark://spark-master:7077": f"spark://127.0.0.1:{port}"}  # fmt: skip
    started = []

    def start(kind: str, **extra: str) -> None:
        command = [swaps.get(part, part) for part in service_command(kind)]
        command[0] = str(SPARK_HOME / "bin" / command[0])
        log = (folder / f"{kind}{len(started)}.log").open("w")
        started.append(subprocess.Popen(command, env=environment(**extra), stdout=log, stderr=log))

    def both_workers() -> bool:
        state = read_json(f"http://127.0.0.1:{page}/json/")
        return state is not None and state["aliveworkers"] == 2

    (folder / "local").mkdir()
    try:
        start("master.Master")
        for host in ("127.0.0.1", "localhost"):  # speculation tries another host only
            start(
                "worker.Worker",
                SPARK_WORKER_WEBUI_PORT=str(free_port()),
                SPARK_LOCAL_HOSTNAME=host,
                SPARK_LOCAL_DIRS=str(folder / "local"),
            )
        try:
            wait_for("two workers", both_workers)
        except AssertionError as error:
            raise AssertionError(
                "".join(log.read_text() for log in folder.glob("*.log"))
            ) from error
        yield Cluster(f"spark://127.0.0.1:{port}", folder)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


@dataclass
class Driver:
    """A Python process that drives an application on a cluster, seen from outside.

    Attributes
    ----------
    process : Popen
    port : int
        Where executors find the driver.
    page : str
        Address of the driver's own web page.
    log : Path
        What it writes to stderr.
    """

    process: subprocess.Popen[str]
    port: int
    page: str
    log: Path

    def ask(self, what: str) -> Any:
        """Read a list of Spark's REST API, or an empty one before there is an application."""
        applications = read_json(f"{self.page}/api/v1/applications")
        if not applications:
            return []
        return read_json(f"{self.page}/api/v1/applications/{applications[0]['id']}/{what}") or []

    def stages(self, first: int = 0) -> list[dict[str, Any]]:
        """Attempts of stages from a number on."""
        return [stage for stage in self.ask("stages") if stage["stageId"] >= first]

    def executors(self) -> list[psutil.Process]:
        """The executors that this driver sees, the oldest first."""
        seen = {entry["id"] for entry in self.ask("executors") if entry["isActive"]}
        alive = self.executor_processes()
        return [alive[number] for number in sorted(seen & alive.keys(), key=int)]

    def executor_processes(self) -> dict[str, psutil.Process]:
        """Processes of this driver's executors, by the executor's id."""
        found = {}
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if f"-Dspark.driver.port={self.port}" in words:
                found[words[words.index("--executor-id") + 1]] = process
        return found


def python_workers(executor: psutil.Process) -> list[psutil.Process]:
    """The Python processes of an executor that run tasks: children of its daemon."""
    found = []
    for daemon in executor.children():
        with suppress(psutil.NoSuchProcess):  # it was something else, and short
            found += daemon.children()
    return found


def digest_of(output: Path) -> tuple[int, int]:
    """The number of rows, and a sum of their hashes that does not depend on order."""
    frame = parquet.read_table(output).to_pandas()
    return len(frame), int(pd.util.hash_pandas_object(frame, index=False).sum())


def staged_files(output: Path) -> list[Path]:
    """Files of rows in hidden folders beside an output."""
    hidden = [folder for folder in output.parent.iterdir() if folder.name.startswith(".")]
    return [file for folder in hidden for file in folder.rglob("part-*")]


@contextmanager
def driver_on(cluster: Cluster, folder: Path, *command: str, **conf: str) -> Iterator[Driver]:
    """Start a Python program whose session is on the cluster; it ends when it can read no more."""
    port, page = free_port(), free_port()
    settings = {
        "spark.master": cluster.url,
        **dict(setting.split("=") for setting in AUTHENTICATION),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.port": str(port),
        "spark.executor.memory": "512m",
        "spark.executorEnv.PYTHONPATH": str(ROOT),
        "spark.ui.port": str(page),
        "spark.ui.liveUpdate.period": "0",  # at once
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.files.minPartitionNum": "4",
        **conf,
    }
    (folder / "conf").mkdir(parents=True)
    lines = [f"{key} {value}\n" for key, value in settings.items()]
    (folder / "conf" / "spark-defaults.conf").write_text("".join(lines))
    (folder / "conf" / "log4j2.properties").write_text(
        (ROOT / "conf/log4j2.properties").read_text()
    )
    log = folder / "driver.log"
    process = subprocess.Popen(
        [sys.executable, *command],
        env=environment(SPARK_CONF_DIR=str(folder / "conf"), PYTHONPATH=str(ROOT)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log.open("w"),
        text=True,
        start_new_session=True,
    )
    try:
        yield Driver(process, port, f"http://127.0.0.1:{page}", log)
        process.communicate(timeout=PATIENCE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
