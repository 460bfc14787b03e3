"""Registry of the benchmark's contenders; executed as a module, one run of one contender.

Such a run has a process of its own. It writes to stdout, in lines of JSON, when its clock starts
and stops, and waits for the parent's answer. So the parent can tell the memory and processor time
of the run from those of imports, warm-up and the measurement of recall.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol, TextIO

__all__ = [
    "CONTENDERS",
    "LIMITS",
    "QUERIES",
    "Clock",
    "Contender",
    "K",
    "Task",
    "installed",
    "split_name",
    "title",
]

K = 5
"""Neighbors of each row."""

QUERIES = 2000
"""Rows whose neighbors are compared with the true ones, for recall."""


@dataclass(frozen=True)
class Contender:
    """A way to resample a table.

    Attributes
    ----------
    title : str
        Its name in the results.
    module : str
        The module of this package that runs it.
    needs : tuple of str
        Modules that must be installed.
    data : str
        The shape of data that its method needs; if it is not "mixture", the contender takes part
        only if it is named.
    """

    title: str
    module: str
    needs: tuple[str, ...] = ()
    data: str = "mixture"

    @property
    def by_default(self) -> bool:
        """Whether it takes part if no contenders are named."""
        return self.data == "mixture"


CONTENDERS = {
    "spark_smote": Contender("spark_smote", "spark"),
    "spark_smote-exact": Contender("spark_smote, exact", "spark"),
    "spark_smote-borderline": Contender("spark_smote, BorderlineSMOTE", "spark", data="overlap"),
    "spark_smote-adasyn": Contender("spark_smote, ADASYN", "spark", data="overlap"),
    "spark_smote-nc": Contender("spark_smote, SMOTENC", "spark", data="census"),
    "floor": Contender("floor: Spark copies as many rows", "spark"),
    "imbalanced-learn": Contender("imbalanced-learn, exact", "in_memory", ("imblearn",)),
    "imbalanced-learn-nc": Contender(
        "imbalanced-learn, SMOTENC", "in_memory", ("imblearn",), "census"
    ),
    "hnswlib": Contender("imbalanced-learn + hnswlib", "in_memory", ("imblearn", "hnswlib")),
    "faiss-ivf": Contender("imbalanced-learn + faiss IVF", "in_memory", ("imblearn", "faiss")),
    "faiss-hnsw": Contender("imbalanced-learn + faiss HNSW", "in_memory", ("imblearn", "faiss")),
    "pynndescent": Contender(
        "imbalanced-learn + pynndescent", "in_memory", ("imblearn", "pynndescent")
    ),
    "lsh": Contender("BucketedRandomProjectionLSH", "spark"),
}
"""All contenders, by name."""

LIMITS = {"spark_smote-exact": 100_000, "imbalanced-learn": 100_000, "lsh": 5_000}
"""By default, the most minority rows of contenders whose time grows with their square."""


def installed(name: str) -> bool:
    """Return whether all modules that a contender needs are installed."""
    return all(find_spec(module) for module in CONTENDERS[name].needs)


def split_name(name: str) -> tuple[str, str]:
    """Split the name of a contender into its key and a git revision, empty for the present.

    Examples
    --------
    >>> split_name("spark_smote@5910a90"), split_name("floor")
    (('spark_smote', '5910a90'), ('floor', ''))
    """
    key, _, revision = name.partition("@")
    return key, revision


def title(name: str) -> str:
    """Return the title of a contender, with its git revision if it has one."""
    key, revision = split_name(name)
    return f"{CONTENDERS[key].title}@{revision}" if revision else CONTENDERS[key].title


@dataclass(frozen=True)
class Task:
    """One run of one contender.

    Attributes
    ----------
    contender : str
        Key of `CONTENDERS`.
    source, scratch : str
        The table, and an empty folder for the result and all other files.
    features, majority, minority : int
    target : int
        Minority rows in the result.
    cores : int
    driver_memory : str
        Heap of Spark's driver, as in "4g".
    recall : bool
        Whether to measure recall after the clock has stopped.
    """

    contender: str
    source: str
    scratch: str
    features: int
    majority: int
    minority: int
    target: int
    cores: int
    driver_memory: str
    recall: bool

    @property
    def result(self) -> str:
        """Path of the result."""
        return os.path.join(self.scratch, "result")


class Clock:
    """Clock for the part of a run that counts; it informs the parent of start and stop."""

    def __init__(self, to_parent: TextIO, from_parent: TextIO) -> None:
        self._to_parent, self._from_parent = to_parent, from_parent
        self._created = time.monotonic()
        self.ready_seconds = self.seconds = 0.0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Time the body of a `with` statement, once."""
        self.ready_seconds = time.monotonic() - self._created
        self._synchronize("start")
        begin = time.monotonic()
        yield
        self.seconds = time.monotonic() - begin
        self._synchronize("stop")

    def _synchronize(self, event: str) -> None:
        """Send the parent an event, and wait for its answer."""
        self.send({"event": event})
        self._from_parent.readline()

    def send(self, message: dict[str, Any]) -> None:
        """Send the parent a message, as one line."""
        self._to_parent.write(json.dumps(message) + "\n")
        self._to_parent.flush()


class RunFunction(Protocol):
    """The function `run` of a module that runs contenders."""

    def __call__(self, task: Task, clock: Clock) -> dict[str, Any]:
        """Resample while the clock runs, after preparations, and return the other figures."""


def _main(task: Task) -> None:
    # The parent reads a copy of stdout: libraries print to stdout itself, now stderr.
    to_parent = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    clock = Clock(to_parent, sys.stdin)
    run: RunFunction = importlib.import_module(
        f"spark_smote.benchmark.contenders.{CONTENDERS[task.contender].module}"
    ).run
    figures = run(task, clock)
    rows = _rows_written(task.result)
    clock.send(
        {
            "event": "result",
            "seconds": clock.seconds,
            "ready_seconds": clock.ready_seconds,
            "rows_written": {str(label): count for label, count in rows.items()},
            "counts_exact": rows == {0: task.majority, 1: task.target},
            **figures,
        }
    )


def _rows_written(path: str) -> dict[int, int]:
    """Count the rows of each label in a result."""
    import numpy as np
    from pyarrow import dataset

    labels = dataset.dataset(path, format="parquet").to_table(columns=["label"])["label"]
    values, counts = np.unique(labels.to_numpy(), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


if __name__ == "__main__":
    _main(Task(**json.loads(sys.argv[1])))
