"""Report of a run, as text and as JSON."""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

import pyspark

import spark_smote
from spark_smote.cli.config import WEIGHTS, Config
from spark_smote.core.strategy.groups import group_of, label_of
from spark_smote.core.strategy.labels import label_order
from spark_smote.engine.planning.plan import Plan
from spark_smote.evaluation.recall import NOT_MEASURED, Recall
from spark_smote.runtime.console import format_table
from spark_smote.runtime.redaction import redact, redact_section

__all__ = ["Run", "class_text"]


@dataclass
class Run:
    """Configuration, plan and outcome of one run."""

    config: Config
    plan: Plan
    spark_version: str
    run_id: str | None = None
    started: float = field(default_factory=time.time)
    input_version: str | None = None
    output_version: str | None = None
    is_dry: bool = True
    made: dict[Any, int] | None = None
    weights: dict[Any, float] = field(default_factory=dict)
    neighbor_recall: Recall = NOT_MEASURED
    neighbor_recall_all_classes: Recall | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def classes(self) -> list[dict[str, Any]]:
        """Rows of each class before, asked for, made (None if not known), after, and the weight."""
        plan, after = self.plan, self.plan.after
        return [
            {
                **self._group(name),
                "label": label_of(name),
                "before": plan.counts[name],
                "asked": plan.added.get(name, 0),
                "made": None if self.made is None else self.made[name],
                "after": after[name],
                **({"weight": self.weights.get(name)} if self.weights else {}),
            }
            for name in sorted(plan.counts, key=label_order)
        ]

    def _group(self, name: Any) -> dict[str, dict[str, Any]]:
        values = group_of(name)
        return {"group": dict(zip(self.groups, values, strict=True))} if values else {}

    @property
    def groups(self) -> list[str]:
        """Names of the columns of groups."""
        sampler = self.config.sampler
        return sampler.getGroupCols() if sampler.isSet("groupCols") else []

    @property
    def buckets(self) -> dict[str, float]:
        """Number of buckets, and their fewest, median and most rows, guests included."""
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
        """Return the report as JSON values, without credentials."""
        sampler, under = self.config.sampler, self.config.under_sampling
        weights = self.config.weights
        report = {
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
            "under_sampling": under.getSamplingStrategy() if under else None,
            "weights": {
                name: weights.getOrDefault(name) for name in WEIGHTS if weights.isDefined(name)
            }
            if weights
            else None,
            "input": redact_section(asdict(self.config.input)),
            "output": redact_section(asdict(self.config.output)),
            "run_id": self.run_id,
            "input_version": self.input_version,
            "output_version": self.output_version,
            "dry_run": self.is_dry,
            "classes": self.classes,
            "passed_through": self.plan.passed_through,
            "buckets": self.buckets,
            "neighbor_recall": asdict(self.neighbor_recall),
            "neighbor_recall_all_classes": self.neighbor_recall_all_classes
            and asdict(self.neighbor_recall_all_classes),
            "plan_seconds": {step: round(spent, 3) for step, spent in self.plan.seconds.items()},
            "seconds": {step: round(spent, 3) for step, spent in self.seconds.items()},
        }
        return {key: _json(value) for key, value in report.items()}

    def to_text(self) -> str:
        """Return the summary for a person."""
        columns = [*self.groups, "class", "rows now", "asked", "made", "rows after"]
        weight = ["weight"] if self.weights else []
        columns += weight
        rows = [_cells(**row) for row in self.classes]
        if passed := self.plan.passed_through:
            groups = [""] * len(self.groups)
            rows.append(["(passed through)", *groups, passed, 0, 0, passed, *["-" for _ in weight]])
        buckets, row_bytes = self.buckets, self.plan.n_features * 8
        lines = [format_table(columns, rows), ""]
        if buckets["count"]:
            lines.append(
                f"buckets          {buckets['count']:,} of {buckets['min']:,} to "
                f"{buckets['max']:,} rows, median {buckets['median']:,.0f}"
            )
        if self.is_dry and self.plan.bucket_rows:
            added = _format_bytes(sum(self.plan.added.values()) * row_bytes)
            shuffled = _format_bytes(sum(self.plan.bucket_rows) * row_bytes)
            lines.append(
                f"estimate         {added} of new features, {shuffled} shuffled, uncompressed"
            )
        elif not self.is_dry:
            lines.append(f"neighbor recall  {self.neighbor_recall}")
            if self.neighbor_recall_all_classes:
                lines.append(f"- of all classes {self.neighbor_recall_all_classes}")
        output = self.config.output
        name = redact(output.path or output.table or "nowhere yet; name an --output")
        dry_run = " (dry run: not written)" if self.is_dry else ""
        version = f", version {self.output_version}" if self.output_version else ""
        lines.append(f"output           {name}{version}{dry_run}")
        steps = ", ".join(f"{step} {spent:.1f}" for step, spent in self.seconds.items())
        lines.append(f"seconds          {steps}")
        return "\n".join(lines)


def _cells(label: Any, group: Mapping[str, Any] | None = None, **rows: float | None) -> list[Any]:
    """Return what a table shows of a class: names as text, and numbers, - for an unknown one."""
    numbers = [
        "-" if number is None else f"{number:.6g}" if isinstance(number, float) else number
        for number in rows.values()
    ]
    return [*map(str, (group or {}).values()), str(label), *numbers]


def class_text(label: Any, group: Mapping[str, Any]) -> str:
    """Return a class as one text: its group, if any, as folders are named, and its label.

    Examples
    --------
    >>> class_text(1, {"tenant": "acme", "day": None}), class_text("fraud", {})
    ('tenant=acme/day=None/1', 'fraud')
    """
    return "/".join([*(f"{name}={value}" for name, value in group.items()), str(label)])


def _json(value: Any) -> Any:
    """Return a value as JSON has it; other labels, such as Infinity or a decimal, as text."""
    if isinstance(value, Mapping):
        return {str(key): _json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(inner) for inner in value]
    if (
        value is None
        or isinstance(value, (str, int))
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return value
    return str(value)


def _format_bytes(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
