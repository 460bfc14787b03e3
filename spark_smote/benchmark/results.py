"""Results of the benchmark: medians of the rounds, extrapolation, tables."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spark_smote.benchmark.contenders.registry import K, title
from spark_smote.benchmark.datasets import BenchmarkTable
from spark_smote.benchmark.ratios import ratios_to_revisions
from spark_smote.runtime.console import format_table

__all__ = ["Result", "add_extrapolated", "extrapolate", "result_of", "to_markdown", "to_text"]

Result = dict[str, Any]
"""The figures of a contender on a table, as they are in benchmark.json."""

Run = Mapping[str, Any]
"""The figures of one run, or only its `error`."""

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
"""Columns of the table of all contenders."""

RATIOS = {
    "seconds": "seconds",
    "again_seconds": "again",
    "cpu_seconds_above_floor": "CPU above the floor",
}
"""By key of a ratio: the column of the table of ratios to revisions."""

RATIO_COLUMNS = ("contender", "beside", "data", "minority rows", *RATIOS.values())
"""Columns of that table."""

RATIO_CAPTION = "Present medians divided by those of a revision:"

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
"""By key of a stage: the column of the table of stages."""

STAGE_COLUMNS = tuple(STAGES.values())
"""Columns of the table of stages."""

STAGE_DIGITS = (0, 0, 0, 2, 2, 2, 2, 1, 1, 1)
"""Decimal places of each of these columns."""

TEXT_COLUMNS = ("contender", "beside", "data", "counts", "note", "step", "operators")
"""Columns that are aligned to the left."""


def result_of(
    table: BenchmarkTable, contender: str, rounds: Sequence[Run], note: str = ""
) -> Result:
    """Summarize the rounds of one contender on one table.

    Times and memory are medians; steps and stages are those of the run with the median time. If a
    round failed, there is a note in place of all figures.
    """
    errors = [run["error"] for run in rounds if "error" in run]
    result: Result = {
        "contender": contender,
        "title": title(contender),
        "data": table.name,
        "rows": table.minority,
        "majority": table.majority,
        "features": table.features,
        "seconds": None,
        "extrapolated": False,
        "note": errors[0] if errors else note,
        "rounds": [
            {name: run[name] for name in ("seconds", "cpu_seconds", "error") if name in run}
            for run in rounds
        ],
    }
    if errors or not rounds:
        return result
    for name in ("seconds", "again_seconds", "cpu_seconds", "ready_seconds", "session_seconds"):
        result[name] = _median(run[name] for run in rounds if name in run)
    result["peak_mb"] = {
        kind: _median(run["peak_mb"][kind] for run in rounds if kind in run["peak_mb"])
        for kind in ("driver", "jvm", "worker", "all")
    }
    result["recall"] = next((run["recall"] for run in rounds if run["recall"] is not None), None)
    exact = [run["counts_exact"] for run in rounds]
    result["counts_exact"] = None if None in exact else all(exact)
    result["rows_written"] = rounds[0]["rows_written"]
    middle = sorted(rounds, key=lambda run: float(run["seconds"]))[(len(rounds) - 1) // 2]
    result["steps"] = {name: round(seconds, 3) for name, seconds in middle["steps"].items()}
    result["stages"] = middle.get("stages", [])
    return result


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
    (fewer, fast), (more, slow) = sorted(measured.items())[-2:]
    power = math.log(slow / fast) / math.log(more / fewer)
    return float(slow * (rows / more) ** power)


def add_extrapolated(results: Iterable[Result]) -> None:
    """Extrapolate the seconds of contenders that were skipped at a size, in place."""
    known = list(results)
    for skipped in known:
        if skipped["rounds"]:
            continue
        measured = {
            other["rows"]: other["seconds"]
            for other in known
            if all(other[key] == skipped[key] for key in ("contender", "data", "features"))
            and other["rounds"]
            and other["seconds"] is not None
            and other["rows"] < skipped["rows"]
        }
        if len(measured) > 1:
            skipped["seconds"] = round(extrapolate(measured, skipped["rows"]), 1)
            skipped["extrapolated"] = True


def _summary_rows(results: Iterable[Result]) -> list[list[str]]:
    """Return the cells of the table of all contenders."""
    rows = []
    for result in results:
        peaks = result.get("peak_mb", {})
        exact = result.get("counts_exact")
        seconds = _format_seconds(result["seconds"])
        rows.append(
            [
                result["title"],
                result["data"],
                f"{result['rows']:,}",
                f"~{seconds}" if result["extrapolated"] else seconds,
                _format_seconds(result.get("again_seconds")),
                _format_seconds(result.get("cpu_seconds")),
                _format(result.get("recall"), 3),
                "-" if exact is None else "exact" if exact else "not exact",
                *(_format(peaks.get(kind), 0) for kind in ("driver", "jvm", "worker")),
                _format(result.get("ready_seconds"), 1),
                result["note"],
            ]
        )
    return rows


def _ratio_rows(results: Iterable[Result]) -> list[list[str]]:
    """Return the cells of the table of ratios to revisions."""
    return [
        [
            title(ratio["contender"]),
            title(f"{ratio['contender']}@{ratio['revision']}"),
            ratio["data"],
            f"{ratio['rows']:,}",
            *(_format(ratio[name], 2) for name in RATIOS),
        ]
        for ratio in ratios_to_revisions(results)
    ]


def _with_stages(results: Sequence[Result]) -> list[Result]:
    """Select the results of spark_smote, whose stages are shown."""
    return [
        result
        for result in results
        if result["contender"].startswith("spark_smote") and result.get("stages")
    ]


def _stage_rows(result: Result) -> list[list[str]]:
    """Return the cells of the table of a contender's Spark stages."""
    return [
        [
            stage[name] if isinstance(stage.get(name), str) else _format(stage.get(name), digits)
            for name, digits in zip(STAGES, STAGE_DIGITS, strict=True)
        ]
        for stage in result["stages"]
    ]


def _format(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _format_seconds(value: float | None) -> str:
    return _format(value, 2 if value is not None and value < 10 else 1)


def to_text(results: Sequence[Result]) -> str:
    """Format the results for a terminal."""
    parts = [format_table(SUMMARY_COLUMNS, _summary_rows(results))]
    if compared := _ratio_rows(results):
        parts += [RATIO_CAPTION, format_table(RATIO_COLUMNS, compared)]
    for result in _with_stages(results):
        parts += [_stage_heading(result), format_table(STAGE_COLUMNS, _stage_rows(result))]
    return "\n\n".join(parts)


def to_markdown(results: Sequence[Result], about: Mapping[str, Any]) -> str:
    """Format the results as a page of Markdown."""
    compared = _ratio_rows(results)
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    parts = [
        "# Benchmark",
        f"Parquet to Parquet on {about['cores']} cores, Spark's driver with "
        f"{about['driver_memory']}; median of {about['rounds']} interleaved rounds. {versions}.",
        _markdown_table(SUMMARY_COLUMNS, _summary_rows(results)),
        *([RATIO_CAPTION, _markdown_table(RATIO_COLUMNS, compared)] if compared else []),
        "`~`: extrapolated by the contender's own growth between its two largest sizes. "
        "`before`: seconds before the clock starts, for imports or the start of Spark, and a "
        "warm-up on few rows. `again`: the same a second time, in the same Spark session. Memory: "
        "the peak of the main process, its JVM and its largest Python worker.",
        "![seconds against rows](seconds.png)",
        "![recall against seconds](recall.png)",
    ]
    for result in _with_stages(results):
        parts += [
            f"## {_stage_heading(result)}",
            _markdown_table(STAGE_COLUMNS, _stage_rows(result)),
        ]
    return "\n\n".join(parts) + "\n"


def _stage_heading(result: Result) -> str:
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in result["steps"].items())
    return f"{result['title']}, {result['data']}, {result['rows']:,} minority rows: {steps}"


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = [":--" if name in TEXT_COLUMNS else "--:" for name in columns]
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ([*columns], rule, *cells))
