"""What was asked, made and measured: a table to read, and JSON to keep."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyspark
from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

import spark_smote
from spark_smote.columns import quoted
from spark_smote.config import Config
from spark_smote.plan import Plan
from spark_smote.redaction import redact, redact_all
from spark_smote.sampler import Sampler

__all__ = ["Recall", "Run", "WrittenRows", "say", "table", "write_json"]

ROWS = "rows"


class WrittenRows:
    """Counts rows per class while they are written, without a second pass."""

    def __init__(self, sampler: Sampler, plan: Plan) -> None:
        self._plan, self._synthetic = plan, not sampler.keeps_originals
        self._label, self._observation = sampler.getLabelCol(), Observation()

    def watch(self, frame: DataFrame) -> DataFrame:
        """Give the frame to write, which must be written exactly once."""
        label = quoted(self._label)
        counts: list[Column] = [
            F.count(F.when(label == F.lit(value), 1)).alias(f"class_{number}")
            for number, value in enumerate(self._plan.counts)
        ]
        return frame.observe(self._observation, F.count(F.lit(1)).alias(ROWS), *counts)

    def made(self) -> dict[Any, int]:
        """Give the synthetic rows written of each class.

        Raises
        ------
        RuntimeError
            Where what was written is not what was planned.
        """
        seen, plan = self._observation.get, self._plan
        before = {label: 0 if self._synthetic else rows for label, rows in plan.counts.items()}
        written = {label: seen[f"class_{number}"] for number, label in enumerate(plan.counts)}
        made = {label: written[label] - before[label] for label in plan.counts}
        asked = {label: plan.made.get(label, 0) for label in plan.counts}
        rest = seen[ROWS] - sum(written.values())
        if made != asked or rest != (0 if self._synthetic else plan.unlabelled):
            raise RuntimeError(
                f"The write holds {written} rows by class and {rest} without a label, where "
                f"{asked} were to be added to {before} and {plan.unlabelled} without a label: the "
                "input changed during the run, or is not the same each time it is read."
            )
        return made


@dataclass(frozen=True)
class Recall:
    """Share of the true neighbours that are found, if it is known, and how it is."""

    value: float | None
    note: str

    def __str__(self) -> str:
        return self.note if self.value is None else f"{self.value:.3f}, {self.note}"


@dataclass
class Run:
    """One run: what it was told, what it planned and what came out."""

    config: Config
    plan: Plan
    spark_version: str
    made: dict[Any, int] | None = None
    recall: Recall = Recall(None, "not measured")
    recall_among_all: Recall | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def classes(self) -> list[dict[str, Any]]:
        """Rows of each class before, asked for, made (None in a dry run) and after."""
        plan = self.plan
        return [
            {
                "label": label,
                "before": plan.counts[label],
                "asked": plan.made.get(label, 0),
                "made": None if self.made is None else self.made[label],
                "after": plan.after[label],
            }
            for label in sorted(plan.counts)
        ]

    @property
    def buckets(self) -> dict[str, float]:
        """Number of buckets, and the rows they hold, guests included."""
        rows = self.plan.bucket_rows
        if not rows:
            return {"count": 0}
        return {
            "count": len(rows),
            "min": min(rows),
            "median": statistics.median(rows),
            "max": max(rows),
        }

    def to_dict(self) -> dict[str, Any]:
        """Give the report as JSON takes it, without credentials."""
        sampler, under = self.config.sampler, self.config.under
        return {
            "versions": {
                "spark_smote": spark_smote.__version__,
                "spark": self.spark_version,
                "pyspark": pyspark.__version__,
                "python": sys.version.split()[0],
                **{name: version(name) for name in ("numpy", "scikit-learn")},
            },
            "method": type(sampler).__name__,
            "params": {
                param.name: sampler.getOrDefault(param)
                for param in sampler.params
                if sampler.isDefined(param)
            },
            "under": under.getSamplingStrategy() if under else None,
            "input": redact_all(asdict(self.config.input)),
            "output": redact_all(asdict(self.config.output)),
            "dry_run": self.made is None,
            "classes": self.classes,
            "unlabelled": self.plan.unlabelled,
            "buckets": self.buckets,
            "recall": asdict(self.recall),
            "recall_among_all": self.recall_among_all and asdict(self.recall_among_all),
            "plan_seconds": {step: round(taken, 3) for step, taken in self.plan.seconds.items()},
            "seconds": {step: round(taken, 3) for step, taken in self.seconds.items()},
        }

    def to_text(self) -> str:
        """Give the summary for a person."""
        columns = ["class", "rows now", "asked", "made", "rows after"]
        rows = [["-" if value is None else value for value in row.values()] for row in self.classes]
        if self.plan.unlabelled:
            rows.append(["(no label)", self.plan.unlabelled, 0, 0, self.plan.unlabelled])
        buckets, width = self.buckets, self.plan.width
        lines = [table(columns, rows), ""]
        if buckets["count"]:
            least, most = buckets["min"], buckets["max"]
            lines.append(
                f"buckets     {buckets['count']:,} of {least:,} to {most:,} rows, "
                f"median {buckets['median']:,.0f}"
            )
        if self.made is None and self.plan.bucket_rows:
            made = _bytes(sum(self.plan.made.values()) * width * 8)
            sent = _bytes(sum(self.plan.bucket_rows) * width * 8)
            lines.append(f"estimate    {made} of new features, {sent} shuffled, uncompressed")
        elif self.made is not None:
            lines.append(f"recall      {self.recall}")
            if self.recall_among_all:
                lines.append(f"among all   {self.recall_among_all}")
        output = self.config.output
        where = output.path or output.table or "nowhere yet; name an --output"
        lines.append(f"output      {where}" + (" (dry run: not written)" * (self.made is None)))
        steps = ", ".join(f"{step} {taken:.1f}" for step, taken in self.seconds.items())
        lines.append(f"seconds     {steps}")
        return "\n".join(lines)


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Set rows under their headings; the first column to the left, numbers to the right."""
    cells = [
        [f"{c:,}" if isinstance(c, int) and i else str(c) for i, c in enumerate(row)]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    ruled = [list(columns), ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            c.rjust(w) if i else c.ljust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in ruled
    )


def say(text: str) -> None:
    """Write a line to stdout, without credentials."""
    sys.stdout.write(redact(text) + "\n")
    sys.stdout.flush()


def write_json(path: str, content: Mapping[str, Any]) -> None:
    """Write a JSON file at once, whole; ``-`` is a line of stdout."""
    if path == "-":
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    place = Path(path)
    part = place.with_name(f".{place.name}.part")
    part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, place)


def _bytes(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
