"""The benchmark's results: medians of the rounds, growth with the rows, tables."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spark_smote.benchmark.contenders.registry import CONTENDERS, K
from spark_smote.benchmark.datasets import BenchmarkTable
from spark_smote.runtime.console import format_table

__all__ = ["Standing", "add_extrapolated", "extrapolate", "standing", "to_markdown", "to_text"]

Standing = dict[str, Any]
"""A contender on a table, as benchmark.json has it."""

Run = Mapping[str, Any]

SUMMARY_COLUMNS = (
    "contender",
    "data",
    "minority rows",
    "seconds",
    "again, s",
    "CPU seconds",
    f"recall@{K}",
    "counts",
    "driver MB",
    "JVM MB",
    "worker MB",
    "before, s",
    "note",
)

STAGES = {
    "step": "step",
    "operators": "operators",
    "tasks": "tasks",
    "seconds": "seconds",
    "task_seconds": "task s",
    "jvm_cpu_seconds": "JVM CPU s",
    "python_seconds": "in Python s",
    "shuffle_mb": "shuffled MB",
    "to_python_mb": "to Python MB",
    "from_python_mb": "from Python MB",
}

STAGE_COLUMNS = tuple(STAGES.values())


def standing(
    rows: BenchmarkTable, contender: str, rounds: Sequence[Run], note: str = ""
) -> Standing:
    """Sum up the rounds of one contender on one table.

    Times and memory are medians; steps and stages are those of the run in the middle. A round
    that failed leaves a note in place of all figures.
    """
    errors = [run["error"] for run in rounds if "error" in run]
    found: Standing = {
        "contender": contender,
        "title": CONTENDERS[contender].title,
        "data": rows.name,
        "rows": rows.minority,
        "majority": rows.majority,
        "features": rows.features,
        "seconds": None,
        "extrapolated": False,
        "note": errors[0] if errors else note,
        "rounds": [
            {name: run[name] for name in ("seconds", "cpu_seconds", "error") if name in run}
            for run in rounds
        ],
    }
    if errors or not rounds:
        return found
    for name in ("seconds", "again_seconds", "cpu_seconds", "ready_seconds", "session_seconds"):
        found[name] = _median(run[name] for run in rounds if name in run)
    found["peak_mb"] = {
        kind: _median(run["peak_mb"][kind] for run in rounds if kind in run["peak_mb"])
        for kind in ("driver", "jvm", "worker", "all")
    }
    found["recall"] = next((run["recall"] for run in rounds if run["recall"] is not None), None)
    exact = [run["counts_exact"] for run in rounds]
    found["counts_exact"] = None if None in exact else all(exact)
    found["rows_written"] = rounds[0]["rows_written"]
    middle = sorted(rounds, key=lambda run: float(run["seconds"]))[(len(rounds) - 1) // 2]
    found["steps"] = {name: round(taken, 3) for name, taken in middle["steps"].items()}
    found["stages"] = middle.get("stages", [])
    return found


def _median(values: Iterable[float]) -> float | None:
    known = list(values)
    return round(statistics.median(known), 3) if known else None


def extrapolate(measured: Mapping[int, float], rows: int) -> float:
    """Estimate seconds at a size by the power law through the two largest sizes measured.

    Examples
    --------
    >>> extrapolate({10: 0.5, 100: 1.0, 200: 4.0}, 800)
    64.0
    """
    (less, fast), (more, slow) = sorted(measured.items())[-2:]
    power = math.log(slow / fast) / math.log(more / less)
    return float(slow * (rows / more) ** power)


def add_extrapolated(standings: Iterable[Standing]) -> None:
    """Give those left out above their limit the seconds that their own growth leads to."""
    known = list(standings)
    for left_out in known:
        if left_out["rounds"]:
            continue
        measured = {
            other["rows"]: other["seconds"]
            for other in known
            if all(other[key] == left_out[key] for key in ("contender", "data", "features"))
            and other["rounds"]
            and other["seconds"] is not None
            and other["rows"] < left_out["rows"]
        }
        if len(measured) > 1:
            left_out["seconds"] = round(extrapolate(measured, left_out["rows"]), 1)
            left_out["extrapolated"] = True


def _summary_rows(standings: Iterable[Standing]) -> list[list[str]]:
    """Give the cells of the table of all contenders."""
    rows = []
    for found in standings:
        peaks = found.get("peak_mb", {})
        exact = found.get("counts_exact")
        seconds = _seconds(found["seconds"])
        rows.append(
            [
                found["title"],
                found["data"],
                f"{found['rows']:,}",
                f"~{seconds}" if found["extrapolated"] else seconds,
                _seconds(found.get("again_seconds")),
                _seconds(found.get("cpu_seconds")),
                _figure(found.get("recall"), 3),
                "-" if exact is None else "exact" if exact else "not exact",
                *(_figure(peaks.get(kind), 0) for kind in ("driver", "jvm", "worker")),
                _figure(found.get("ready_seconds"), 1),
                found["note"],
            ]
        )
    return rows


def _with_stages(standings: Sequence[Standing]) -> list[Standing]:
    """Select our own runs, of which it matters where the time goes."""
    return [
        found
        for found in standings
        if found["contender"].startswith("spark_smote") and found.get("stages")
    ]


def _stage_rows(found: Standing) -> list[list[str]]:
    """Give the cells of the table of a contender's Spark stages."""
    return [
        [
            stage[name] if isinstance(stage.get(name), str) else _figure(stage.get(name), digits)
            for name, digits in zip(STAGES, (0, 0, 0, 2, 2, 2, 2, 1, 1, 1), strict=True)
        ]
        for stage in found["stages"]
    ]


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _seconds(value: float | None) -> str:
    return _figure(value, 2 if value is not None and value < 10 else 1)


def to_text(standings: Sequence[Standing]) -> str:
    """Give the results for a person at a terminal."""
    parts = [format_table(SUMMARY_COLUMNS, _summary_rows(standings))]
    for found in _with_stages(standings):
        parts += [_stage_heading(found), format_table(STAGE_COLUMNS, _stage_rows(found))]
    return "\n\n".join(parts)


def to_markdown(standings: Sequence[Standing], about: Mapping[str, Any]) -> str:
    """Give the results as a page."""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    parts = [
        "# Benchmark",
        f"Parquet to Parquet on {about['cores']} cores, Spark's driver with "
        f"{about['driver_memory']}; median of {about['rounds']} interleaved rounds. {versions}.",
        _markdown_table(SUMMARY_COLUMNS, _summary_rows(standings)),
        "`~` is extrapolated by the contender's own growth between its two largest sizes. "
        "`before` is what no clock counts: imports or Spark's start, and a warm-up of few rows; "
        "`again` is the same a second time, in the same Spark session. Memory is the "
        "most seen of the main process, its JVM and its largest Python worker.",
        "![seconds against rows](seconds.png)",
        "![recall against seconds](recall.png)",
    ]
    for found in _with_stages(standings):
        parts += [
            f"## {_stage_heading(found)}",
            _markdown_table(STAGE_COLUMNS, _stage_rows(found)),
        ]
    return "\n\n".join(parts) + "\n"


def _stage_heading(found: Standing) -> str:
    steps = ", ".join(f"{name} {taken:.1f} s" for name, taken in found["steps"].items())
    return f"{found['title']}, {found['data']}, {found['rows']:,} minority rows: {steps}"


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    words = ("contender", "data", "counts", "note", "step", "operators")
    ruled = [":--" if name in words else "--:" for name in columns]
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ([*columns], ruled, *cells))
