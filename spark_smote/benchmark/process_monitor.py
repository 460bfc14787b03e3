"""Runs a contender in a process of its own, and watches what that process and its children use."""

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

import spark_smote
from spark_smote.benchmark.contenders.registry import Task

__all__ = ["keep_to", "run_apart"]

INTERVAL = 0.2
"""Seconds between two looks; a process that lives shorter may go unseen."""

LEAVING = 10
"""Seconds that Spark's processes have to leave by themselves."""

OWN = ("PYSPARK_GATEWAY", "SPARK_REMOTE", "SPARK_LOCAL_REMOTE", "SPARK_CONNECT")
"""Beginnings of variables that would tie a run to a Spark of this process."""

KINDS = {"java": "jvm", "python": "worker"}
"""What the name of a process below the contender's own tells of it."""

GONE = (psutil.NoSuchProcess, psutil.AccessDenied)


def run_apart(
    make_task: Callable[[str], Task], folder: Path, timeout: float, log: Path
) -> dict[str, Any]:
    """Run a contender once.

    Parameters
    ----------
    make_task : callable
        Gives the task for the folder it may write to, which is removed afterwards.
    folder : Path
        Where that folder is made.
    timeout : float
        Seconds for all of the run, its start and the measuring of recall included.
    log : Path
        What the process wrote to stderr is kept here where it fails.

    Returns
    -------
    dict
        What the contender tells, `cpu_seconds` and `peak_mb`; or only `error`.
    """
    with tempfile.TemporaryDirectory(prefix=".run-", dir=folder) as scratch:
        task, errors = make_task(scratch), Path(scratch) / "stderr"
        try:
            return _watched(task, errors, timeout)
        except _FailedError as error:
            shutil.copyfile(errors, log)
            return {"error": f"{error}; see {log.name}"}


class _FailedError(Exception):
    """A run without a result, and why."""


def _watched(task: Task, errors: Path, timeout: float) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "spark_smote.benchmark.contenders.registry",
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
            env=_environment(task.cores),
        ) as child,
    ):
        keep_to(child.pid, task.cores)
        tree = Tree(child.pid)
        late = threading.Event()

        def stop() -> None:
            late.set()
            tree.kill()

        alarm = threading.Timer(timeout, stop)
        alarm.start()
        result: dict[str, Any] | None = None
        used: dict[str, Any] = {}
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
                        tree.mark()
                    else:
                        used = tree.used()
                    with suppress(BrokenPipeError):
                        child.stdin.write("go on\n")
                        child.stdin.flush()
                child.wait()
        finally:
            alarm.cancel()
            if child.poll() is None:
                tree.kill()
                child.wait()
            tree.clear()
    if result is not None:
        return result | used
    if late.is_set():
        raise _FailedError(f"not done in {timeout:g} s")
    raise _FailedError(f"ended with status {child.returncode}: {_last_line(errors)}")


def keep_to(pid: int, cores: int) -> None:
    """Keep a process, and all that it will start, to so many processors.

    `local[1]` says only how many tasks Spark runs at a time: its compiler, its collector and the
    Python workers would find other processors. Does nothing on macOS, which has no such call.
    """
    with suppress(*GONE):
        process = psutil.Process(pid)
        if hasattr(process, "cpu_affinity"):
            process.cpu_affinity(process.cpu_affinity()[:cores])


def _environment(cores: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    here = str(Path(spark_smote.__file__).parent.parent)
    return kept | {
        "PYTHONPATH": os.pathsep.join(filter(None, [here, kept.get("PYTHONPATH")])),
        # Spark overrides it for its Python workers: a thread a task.
        "OMP_NUM_THREADS": str(cores),
        "NUMBA_NUM_THREADS": str(cores),
    }


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it wrote nothing to stderr"


class Tree:
    """Processor time and memory of a process and all below it, looked at now and then."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._lock, self._over = threading.Lock(), threading.Event()
        self._seen: dict[psutil.Process, float] = {}
        self._peaks: dict[str, float] = {}
        self._before = 0.0
        self._thread = threading.Thread(target=self._look_often, daemon=True)

    def __enter__(self) -> Tree:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def mark(self) -> None:
        """Count from now on."""
        self._look()
        with self._lock:
            self._before = sum(self._seen.values())
            self._peaks = {}
        self._look()

    def used(self) -> dict[str, Any]:
        """Give processor seconds since the mark, and the most memory seen.

        `driver` is the process itself, `jvm` and `worker` the largest Java and the largest other
        Python process below it, `all` their sum at one moment, pages that several share counted
        for each.
        """
        self._look()
        with self._lock:
            spent = sum(self._seen.values()) - self._before
            return {"cpu_seconds": spent, "peak_mb": dict(self._peaks)}

    def kill(self) -> None:
        """End every process of the tree."""
        for process in self._processes():
            with suppress(*GONE):
                process.kill()

    def clear(self) -> None:
        """Wait for what is left of the tree, which must not slow down the next run."""
        _, left = psutil.wait_procs(list(self._seen), timeout=LEAVING)
        for process in left:
            with suppress(*GONE):
                process.kill()

    def _look_often(self) -> None:
        while not self._over.wait(INTERVAL):
            self._look()

    def _look(self) -> None:
        with self._lock:
            sizes: dict[str, float] = {"all": 0.0}
            for process in self._processes():
                with suppress(*GONE), process.oneshot():
                    times, size = process.cpu_times(), process.memory_info().rss / 1e6
                    self._seen[process] = times.user + times.system
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
        return next((kind for word, kind in KINDS.items() if word in name), "other")
