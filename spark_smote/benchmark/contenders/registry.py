"""Who takes part in the benchmark; run as a module, one run of one of them.

Such a run has a process of its own, which tells its parent on stdout, in lines of JSON, when its
clock starts and stops, and waits for the answer: the parent then knows what memory and processor
time belong to the run, and what to libraries, warm-up and the measuring of recall.
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

__all__ = ["CONTENDERS", "LIMITS", "Clock", "Contender", "Contending", "Task", "installed"]

K = 5

QUERIES = 2000
"""Rows whose neighbors are compared with the true ones."""


@dataclass(frozen=True)
class Contender:
    """A way to resample a table: its name in the results, and where and with what it runs.

    Where its method needs `data` of another shape, it takes part only if it is named.
    """

    title: str
    module: str
    needs: tuple[str, ...] = ()
    data: str = "mixture"

    @property
    def by_default(self) -> bool:
        """Whether it takes part where no contenders are named."""
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

LIMITS = {"spark_smote-exact": 100_000, "imbalanced-learn": 100_000, "lsh": 5_000}
"""Most minority rows by default: their time grows with the square of the rows."""


def installed(name: str) -> bool:
    """Tell whether all that a contender needs is there."""
    return all(find_spec(module) for module in CONTENDERS[name].needs)


@dataclass(frozen=True)
class Task:
    """One run of one contender.

    Attributes
    ----------
    contender : str
        Key of `CONTENDERS`.
    source, scratch : str
        The table, and an empty folder for the result and everything else.
    features, majority, minority : int
    target : int
        Minority rows after.
    cores : int
    driver_memory : str
        Heap of Spark's driver, as in "4g".
    recall : bool
        Whether to measure it, when the clock has stopped.
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
        """Where the result goes."""
        return os.path.join(self.scratch, "result")


class Clock:
    """Times the part of a run that counts; the parent learns of both ends."""

    def __init__(self, says: TextIO, hears: TextIO) -> None:
        self._says, self._hears = says, hears
        self._born = time.monotonic()
        self.ready_seconds = self.seconds = 0.0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Time this once."""
        self.ready_seconds = time.monotonic() - self._born
        self._meet("start")
        begin = time.monotonic()
        yield
        self.seconds = time.monotonic() - begin
        self._meet("stop")

    def _meet(self, event: str) -> None:
        self.tell({"event": event})
        self._hears.readline()

    def tell(self, message: dict[str, Any]) -> None:
        """Send the parent a line."""
        self._says.write(json.dumps(message) + "\n")
        self._says.flush()


class Contending(Protocol):
    """The function `run` of the modules that hold contenders."""

    def __call__(self, task: Task, clock: Clock) -> dict[str, Any]:
        """Prepare, resample under the clock, and give what else is known of the run."""


def _main(task: Task) -> None:
    # Libraries print to stdout as they like; the parent reads a copy of it that only we know.
    says = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    clock = Clock(says, sys.stdin)
    run: Contending = importlib.import_module(
        f"spark_smote.benchmark.contenders.{CONTENDERS[task.contender].module}"
    ).run
    extra = run(task, clock)
    rows = _rows_written(task.result)
    clock.tell(
        {
            "event": "result",
            "seconds": clock.seconds,
            "ready_seconds": clock.ready_seconds,
            "rows_written": {str(label): count for label, count in rows.items()},
            "counts_exact": rows == {0: task.majority, 1: task.target},
            **extra,
        }
    )


def _rows_written(path: str) -> dict[int, int]:
    import numpy as np
    from pyarrow import dataset

    labels = dataset.dataset(path, format="parquet").to_table(columns=["label"])["label"]
    values, counts = np.unique(labels.to_numpy(), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


if __name__ == "__main__":
    _main(Task(**json.loads(sys.argv[1])))
