"""Run a contender in its own process, and measure the use of that process and its children."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from spark_smote.benchmark.contenders import launcher
from spark_smote.benchmark.contenders.registry import Task
from spark_smote.benchmark.contenders.revisions import PRESENT, Sources

__all__ = ["limit_cores", "run_monitored"]

INTERVAL = 0.2
"""Seconds between two measurements; a process that lives shorter may be missed."""

EXIT_SECONDS = 10
"""Seconds that Spark's processes have to end by themselves."""

SESSION_VARIABLES = ("PYSPARK_GATEWAY", "SPARK_REMOTE", "SPARK_LOCAL_REMOTE", "SPARK_CONNECT")
"""Prefixes of environment variables that would connect a run to this process's Spark."""

KINDS = {"java": "jvm", "python": "worker"}
"""By part of a child process's name: the kind of process it is."""

GONE = (psutil.NoSuchProcess, psutil.AccessDenied)
"""Errors of a process that has ended meanwhile."""


def run_monitored(
    make_task: Callable[[str], Task],
    folder: Path,
    timeout: float,
    log: Path,
    sources: Sources = PRESENT,
) -> dict[str, Any]:
    """Run a contender once, in a process of its own.

    Parameters
    ----------
    make_task : callable
        Makes the task for a scratch folder, which is removed afterwards.
    folder : Path
        Where the scratch folder is made.
    timeout : float
        Seconds for the whole run, its start and the measurement of recall included.
    log : Path
        File for the stderr of a run that fails.
    sources : Sources
        Sources of this package to run, in all processes; by default the present ones.

    Returns
    -------
    dict
        The figures that the contender sends, `cpu_seconds` and `peak_mb`; or only `error`.
    """
    with tempfile.TemporaryDirectory(prefix=".run-", dir=folder) as scratch:
        task, errors = make_task(scratch), Path(scratch) / "stderr"
        try:
            return _run(task, sources, errors, timeout)
        except _FailedError as error:
            shutil.copyfile(errors, log)
            return {"error": f"{error}; see {log.name}"}


class _FailedError(Exception):
    """A run has no result, for the reason given."""


def _run(task: Task, sources: Sources, errors: Path, timeout: float) -> dict[str, Any]:
    """Run a task, with its stderr in a file, and return its figures."""
    command = [
        sys.executable,
        # The folder of the script would be searched for modules.
        "-P",
        launcher.__file__,
        str(sources.folder),
        sources.module,
        json.dumps(asdict(task)),
    ]
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=task.scratch,
            env=_environment(task.cores, sources.folder),
        ) as child,
    ):
        limit_cores(child.pid, task.cores)
        tree = ProcessTree(child.pid)
        timed_out = threading.Event()

        def stop() -> None:
            timed_out.set()
            tree.kill()

        timer = threading.Timer(timeout, stop)
        timer.start()
        result: dict[str, Any] | None = None
        usage: dict[str, Any] = {}
        try:
            with tree:
                assert child.stdin is not None
                assert child.stdout is not None
                for line in child.stdout:
                    message = json.loads(line)
                    if (event := message.pop("event")) == "result":
                        result = message
                        continue
                    if event == "start":
                        tree.start()
                    else:
                        usage = tree.usage()
                    with suppress(BrokenPipeError):
                        child.stdin.write("go on\n")
                        child.stdin.flush()
                child.wait()
        finally:
            timer.cancel()
            if child.poll() is None:
                tree.kill()
                child.wait()
            tree.wait()
    if result is not None:
        return result | usage
    if timed_out.is_set():
        raise _FailedError(f"not done in {timeout:g} s")
    raise _FailedError(f"ended with status {child.returncode}: {_last_line(errors)}")


def limit_cores(pid: int, cores: int) -> None:
    """Limit a process, and all that it will start, to a number of processors.

    `local[1]` only limits the tasks that Spark runs at a time: its compiler, its garbage collector
    and the Python workers would use other processors. On macOS this does nothing: it has no such
    call.
    """
    with suppress(*GONE):
        process = psutil.Process(pid)
        if hasattr(process, "cpu_affinity"):
            process.cpu_affinity(process.cpu_affinity()[:cores])


def _environment(cores: int, root: Path) -> dict[str, str]:
    """Return the environment variables of a run."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(SESSION_VARIABLES)
    }
    return kept | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(root), kept.get("PYTHONPATH")])),
        # Spark overrides it for its Python workers, with one thread a task.
        "OMP_NUM_THREADS": str(cores),
        "NUMBA_NUM_THREADS": str(cores),
    }


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it wrote nothing to stderr"


class ProcessTree:
    """Processor time and memory of a process and all its descendants, measured at intervals."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._cpu_seconds: dict[psutil.Process, float] = {}
        self._peaks: dict[str, float] = {}
        self._cpu_seconds_before = 0.0
        self._thread = threading.Thread(target=self._measure_at_intervals, daemon=True)

    def __enter__(self) -> ProcessTree:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def start(self) -> None:
        """Count processor time and peaks of memory from now on."""
        self._measure()
        with self._lock:
            self._cpu_seconds_before = sum(self._cpu_seconds.values())
            self._peaks = {}
        self._measure()

    def usage(self) -> dict[str, Any]:
        """Return processor seconds and peaks of memory since the start.

        `driver` is the process itself, `jvm` and `worker` the largest Java and the largest other
        Python process below it. `all` is their sum at one moment; pages that several processes
        share count for each.
        """
        self._measure()
        with self._lock:
            cpu_seconds = sum(self._cpu_seconds.values()) - self._cpu_seconds_before
            return {"cpu_seconds": cpu_seconds, "peak_mb": dict(self._peaks)}

    def kill(self) -> None:
        """End every process of the tree."""
        for process in self._processes():
            with suppress(*GONE):
                process.kill()

    def wait(self) -> None:
        """Wait for the end of all processes, which would slow down the next run; kill late ones."""
        _, alive = psutil.wait_procs(list(self._cpu_seconds), timeout=EXIT_SECONDS)
        for process in alive:
            with suppress(*GONE):
                process.kill()

    def _measure_at_intervals(self) -> None:
        while not self._stopped.wait(INTERVAL):
            self._measure()

    def _measure(self) -> None:
        with self._lock:
            sizes: dict[str, float] = {"all": 0.0}
            for process in self._processes():
                with suppress(*GONE), process.oneshot():
                    times, size = process.cpu_times(), process.memory_info().rss / 1e6
                    self._cpu_seconds[process] = times.user + times.system
                    kind = self._kind(process)
                    sizes[kind] = max(sizes.get(kind, 0.0), size)
                    sizes["all"] += size
            for kind, size in sizes.items():
                self._peaks[kind] = max(self._peaks.get(kind, 0.0), round(size, 1))

    def _processes(self) -> list[psutil.Process]:
        with suppress(*GONE):
            return [self._root, *self._root.children(recursive=True)]
        return []

    def _kind(self, process: psutil.Process) -> str:
        if process == self._root:
            return "driver"
        name = process.name().lower()
        return next((kind for part, kind in KINDS.items() if part in name), "other")
