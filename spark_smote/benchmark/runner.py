"""The benchmark's rounds: every contender on every table, and the files that come of it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from spark_smote.benchmark.contenders.registry import LIMITS, Task
from spark_smote.benchmark.datasets import SHAPES, BenchmarkTable, make_table, pack_table
from spark_smote.benchmark.plots import draw_recall, draw_seconds
from spark_smote.benchmark.results import Standing, add_extrapolated, standing, to_markdown, to_text
from spark_smote.runtime.console import print_line, write_json

__all__ = ["Settings", "run"]

logger = logging.getLogger(__name__)

LIBRARIES = (
    "spark-smote",
    "pyspark",
    "numpy",
    "scikit-learn",
    "imbalanced-learn",
    "hnswlib",
    "faiss-cpu",
    "pynndescent",
)


@dataclass(frozen=True)
class Settings:
    """What the flags say."""

    data: list[str]
    rows: list[int]
    features: int
    majority: float
    times: float
    contenders: list[str]
    rounds: int
    cores: int
    driver_memory: str
    timeout: float
    limits: bool
    folder: Path


def run(settings: Settings) -> list[Standing]:
    """Run every contender on every table; what is known is written after each table."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    standings: list[Standing] = []
    # All of them first: a table that does not fit shows before hours of work.
    for rows in list(_tables(settings)):
        standings += compete(rows, settings)
        add_extrapolated(standings)
        publish(standings, settings)
    print_line(to_text(standings))
    print_line(
        f"\nbenchmark.md, benchmark.json, seconds.png and recall.png are in {settings.folder}."
    )
    return standings


def _tables(settings: Settings) -> Iterator[BenchmarkTable]:
    names = [name if name in SHAPES else Path(name).stem for name in settings.data]
    if len(set(names)) < len(names):
        raise ValueError(f"Two tables have one name in --data {names}; rename one of the files.")
    folder = settings.folder / "data"
    for name in settings.data:
        if name not in SHAPES:
            yield pack_table(Path(name), folder)
            continue
        for rows in settings.rows:
            logger.info("%s of %d minority rows …", name, rows)
            majority = round(rows * settings.majority)
            yield make_table(name, rows, majority, settings.features, folder)


def compete(rows: BenchmarkTable, settings: Settings) -> list[Standing]:
    """Run all contenders on one table, one after the other in each round.

    So a machine that slows down for a while does so for all. Recall is measured in the first
    round only: it is the same in each, or all but. Who fails once does not run again.
    """
    from spark_smote.benchmark.process_monitor import (
        run_apart,  # needs psutil, which `main` has looked for
    )

    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in settings.contenders}
    notes = {name: _left_out(name, rows, settings) for name in settings.contenders}
    for number in range(settings.rounds):
        for name in settings.contenders:
            if notes[name] or any("error" in run for run in runs[name]):
                continue
            make_task = partial(_task, name, rows, settings, number == 0)
            log = settings.folder / f"{rows.name}-{rows.minority}-{name}.log"
            told = run_apart(make_task, settings.folder, settings.timeout, log)
            runs[name].append(told)
            outcome = told.get("error") or f"{told['seconds']:.2f} s"
            place = f"{rows.name} {rows.minority:,}, round {number + 1}/{settings.rounds}"
            logger.info("%s, %s: %s", place, name, outcome)
    return [standing(rows, name, runs[name], notes[name]) for name in settings.contenders]


def _left_out(name: str, rows: BenchmarkTable, settings: Settings) -> str:
    most = LIMITS.get(name, rows.minority)
    if not settings.limits or rows.minority <= most:
        return ""
    return f"not run above {most:,} rows without --no-limits"


def _task(name: str, rows: BenchmarkTable, settings: Settings, recall: bool, scratch: str) -> Task:
    return Task(
        contender=name,
        source=rows.path,
        scratch=scratch,
        features=rows.features,
        majority=rows.majority,
        minority=rows.minority,
        target=rows.target(settings.times),
        cores=settings.cores,
        driver_memory=settings.driver_memory,
        recall=recall,
    )


def publish(standings: list[Standing], settings: Settings) -> None:
    """Write the table, all figures and the pictures."""
    about = {
        "cores": settings.cores,
        "rounds": settings.rounds,
        "driver_memory": settings.driver_memory,
        "versions": {
            "python": sys.version.split()[0],
            **{name: version(name) for name in LIBRARIES if _is_installed(name)},
        },
    }
    folder = settings.folder
    write_json(str(folder / "benchmark.json"), {**about, "results": standings})
    (folder / "benchmark.md").write_text(to_markdown(standings, about), encoding="utf-8")
    draw_seconds(standings, folder / "seconds.png")
    draw_recall(standings, folder / "recall.png")


def _is_installed(distribution: str) -> bool:
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False
