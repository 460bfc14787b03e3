"""Runner of the benchmark: every contender on every table, and the files with the results."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from spark_smote.benchmark.contenders.registry import LIMITS, Task, split_name
from spark_smote.benchmark.contenders.revisions import PRESENT, Sources, extracted
from spark_smote.benchmark.datasets import SHAPES, BenchmarkTable, make_table, pack_table
from spark_smote.benchmark.plots import draw_recall, draw_seconds
from spark_smote.benchmark.ratios import ratios_to_revisions
from spark_smote.benchmark.results import Result, add_extrapolated, result_of, to_markdown, to_text
from spark_smote.exceptions import ResamplingError
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
"""Distributions whose versions the report names."""


@dataclass(frozen=True)
class Settings:
    """Settings of a benchmark; see the help of its arguments."""

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


def run(settings: Settings) -> list[Result]:
    """Run every contender on every table; the results are written after each table."""
    revisions = dict.fromkeys(filter(None, (split_name(name)[1] for name in settings.contenders)))
    results: list[Result] = []
    with extracted(revisions) as sources:
        settings.folder.mkdir(parents=True, exist_ok=True)
        # All tables first: an invalid one fails before hours of work.
        for table in list(_tables(settings)):
            results += run_contenders(table, settings, sources)
            add_extrapolated(results)
            write_results(results, settings)
    print_line(to_text(results))
    print_line(
        f"\nbenchmark.md, benchmark.json, seconds.png and recall.png are in {settings.folder}."
    )
    return results


def _tables(settings: Settings) -> Iterator[BenchmarkTable]:
    """Make the tables of all data sets and sizes."""
    names = [name if name in SHAPES else Path(name).stem for name in settings.data]
    if len(set(names)) < len(names):
        raise ResamplingError(
            f"Two tables have one name in --data {names}; rename one of the files."
        )
    folder = settings.folder / "data"
    for name in settings.data:
        if name not in SHAPES:
            yield pack_table(Path(name), folder)
            continue
        for rows in settings.rows:
            logger.info("%s of %d minority rows …", name, rows)
            majority = round(rows * settings.majority)
            yield make_table(name, rows, majority, settings.features, folder)


def run_contenders(
    table: BenchmarkTable, settings: Settings, sources: Mapping[str, Sources]
) -> list[Result]:
    """Run all contenders on one table, one after the other in each round.

    A machine that slows down for a while thus does so for all. Recall is measured in the first
    round only: it hardly differs between rounds. A contender that fails does not run again.
    """
    # Needs psutil, which `main` has checked for.
    from spark_smote.benchmark.process_monitor import run_monitored

    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in settings.contenders}
    notes = {name: _why_skipped(name, table, settings) for name in settings.contenders}
    for number in range(settings.rounds):
        for name in settings.contenders:
            if notes[name] or any("error" in run for run in runs[name]):
                continue
            make_task = partial(_task, name, table, settings, number == 0)
            log = settings.folder / f"{table.name}-{table.minority}-{name}.log"
            revision = split_name(name)[1]
            own = sources[revision] if revision else PRESENT
            figures = run_monitored(make_task, settings.folder, settings.timeout, log, own)
            runs[name].append(figures)
            outcome = figures.get("error") or f"{figures['seconds']:.2f} s"
            progress = f"{table.name} {table.minority:,}, round {number + 1}/{settings.rounds}"
            logger.info("%s, %s: %s", progress, name, outcome)
    return [result_of(table, name, runs[name], notes[name]) for name in settings.contenders]


def _why_skipped(name: str, table: BenchmarkTable, settings: Settings) -> str:
    """Return the note of a contender whose limit the table exceeds; empty for others."""
    limit = LIMITS.get(split_name(name)[0], table.minority)
    if not settings.limits or table.minority <= limit:
        return ""
    return f"not run above {limit:,} rows without --no-limits"


def _task(name: str, table: BenchmarkTable, settings: Settings, recall: bool, scratch: str) -> Task:
    return Task(
        contender=split_name(name)[0],
        source=table.path,
        scratch=scratch,
        features=table.features,
        majority=table.majority,
        minority=table.minority,
        target=table.target(settings.times),
        cores=settings.cores,
        driver_memory=settings.driver_memory,
        recall=recall,
    )


def write_results(results: list[Result], settings: Settings) -> None:
    """Write the page, all figures as JSON, and the plots."""
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
    write_json(
        str(folder / "benchmark.json"),
        {**about, "results": results, "ratios": ratios_to_revisions(results)},
    )
    (folder / "benchmark.md").write_text(to_markdown(results, about), encoding="utf-8")
    draw_seconds(results, folder / "seconds.png")
    draw_recall(results, folder / "recall.png")


def _is_installed(distribution: str) -> bool:
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False
