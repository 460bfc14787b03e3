"""Spark's stages in a span of time, read from its event log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

__all__ = ["read_stages"]

MEASURES = {
    "task_seconds": ("internal.metrics.executorRunTime", 1e-3),
    "jvm_cpu_seconds": ("internal.metrics.executorCpuTime", 1e-9),
    "python_seconds": ("time to run Python workers", 1e-3),
    "shuffle_mb": ("internal.metrics.shuffle.write.bytesWritten", 1e-6),
    "to_python_mb": ("data sent to Python workers", 1e-6),
    "from_python_mb": ("data returned from Python workers", 1e-6),
}
"""By measure: the accumulator of a stage, and its unit. Some versions of Spark lack Python's."""

IGNORED_OPERATORS = ("WholeStageCodegen", "AQEShuffleRead", "mapPartitions")
"""Prefixes of operators that say nothing about what a stage does."""


def read_stages(
    log: Path, began: float, ended: float, steps: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Read the stages that ran between two moments.

    Parameters
    ----------
    log : Path
        An event log in one file, not compressed.
    began, ended : float
        Seconds since the epoch.
    steps : dict
        Seconds of each step, one after the other from `began` on.

    Returns
    -------
    list of dict
        For each stage its step, Spark's operators, tasks, seconds and `MEASURES`, ordered by the
        stage's start.
    """
    stages = []
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if event["Event"] != "SparkListenerStageCompleted":
                continue
            info = event["Stage Info"]
            start, end = (info[f"{edge} Time"] / 1000 for edge in ("Submission", "Completion"))
            if began <= start <= ended:
                stages.append((start, end, info))
    return [
        {
            "step": _step(start - began, steps),
            "operators": _operators(info["RDD Info"]),
            "tasks": info["Number of Tasks"],
            "seconds": round(end - start, 3),
            **_measures(info["Accumulables"]),
        }
        for start, end, info in sorted(stages, key=lambda stage: stage[0])
    ]


def _step(after: float, steps: Mapping[str, float]) -> str:
    """Find the step that ran `after` seconds since the first one began."""
    for name, end in zip(steps, accumulate(steps.values()), strict=True):
        if after < end:
            return name
    return list(steps)[-1]


def _operators(rdds: Iterable[Mapping[str, Any]]) -> str:
    """List the operators of a stage, in the order in which rows pass through them."""
    ordered = sorted(rdds, key=lambda rdd: int(rdd["RDD ID"]))
    names = [json.loads(rdd["Scope"])["name"].strip() for rdd in ordered if "Scope" in rdd]
    distinct = dict.fromkeys(name for name in names if not name.startswith(IGNORED_OPERATORS))
    return " > ".join(distinct) or "generated code"


def _measures(accumulables: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Sum accumulators of the same name, such as those of two Python steps in a stage."""
    sums: dict[str, float] = {}
    for entry in accumulables:
        for measure, (name, unit) in MEASURES.items():
            if entry["Name"] == name:
                sums[measure] = sums.get(measure, 0.0) + float(entry["Value"]) * unit
    return {measure: round(value, 3) for measure, value in sums.items()}
