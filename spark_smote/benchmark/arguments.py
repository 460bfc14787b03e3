"""Time this package and other resamplers on the same rows, and measure their recall."""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from spark_smote.benchmark.contenders.registry import CONTENDERS, LIMITS, installed
from spark_smote.benchmark.contenders.revisions import resolve
from spark_smote.benchmark.datasets import SHAPES
from spark_smote.benchmark.runner import Settings, run
from spark_smote.cli.arguments import Parser
from spark_smote.exceptions import ResamplingError

__all__ = ["main"]

BESIDE_BASELINE = ["spark_smote", "floor"]
"""Contenders by default if there are baselines."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark from command-line arguments.

    Raises
    ------
    ResamplingError
        If arguments or data are invalid.
    RuntimeError
        If matplotlib or psutil is missing.
    """
    settings = _settings(argv)
    for module in ("matplotlib", "psutil"):
        if importlib.util.find_spec(module) is None:
            raise RuntimeError(
                f"The benchmark needs {module}, which is not installed: run "
                "`pip install 'spark-smote[benchmark]'`."
            )
    run(settings)


def _settings(argv: Sequence[str] | None) -> Settings:
    """Read the settings from command-line arguments."""
    parser = Parser("spark-smote benchmark", __doc__ or "")
    parser.add_argument(
        "--data",
        help=f"{', '.join(SHAPES)}, or a Parquet table with numeric columns and an integer "
        "'label', 1 the rarer class; by default mixture",
        action="append",
        metavar="LIST",
    )
    parser.add_argument(
        "--rows",
        type=_whole_numbers,
        help="minority rows of generated data: 100000",
        action="append",
        metavar="LIST",
    )
    parser.add_argument(
        "--features", type=_positive(int), default=32, help="features of generated data: 32"
    )
    parser.add_argument(
        "--majority",
        type=_more_than_one,
        default=2.0,
        help="majority rows, as a multiple of the minority: 2",
    )
    parser.add_argument(
        "--times",
        type=_more_than_one,
        default=2.0,
        help="minority rows in the result, as a multiple of those before, at most the majority: 2",
    )
    parser.add_argument(
        "--contenders",
        help=f"some of {', '.join(CONTENDERS)}; by default all that are installed, less a few, "
        f"or {' and '.join(BESIDE_BASELINE)} with --baseline",
        action="append",
        metavar="LIST",
    )
    parser.add_argument(
        "--baseline",
        help="git revisions of this package, to run its contenders at them, too",
        action="append",
        metavar="LIST",
    )
    parser.add_argument(
        "--rounds", type=_positive(int), default=3, help="runs of each contender: 3"
    )
    parser.add_argument(
        "--cores",
        type=_positive(int),
        default=os.cpu_count() or 1,
        help="processors that a run may use (no limit on macOS): by default all",
    )
    parser.add_argument(
        "--driver-memory", type=_memory, default="4g", help="heap of Spark's driver: 4g"
    )
    parser.add_argument(
        "--timeout",
        type=_positive(float),
        default=1800.0,
        help="seconds that a run may take, start and warm-up included: 1800",
    )
    limits = ", ".join(f"{name} {rows:,}" for name, rows in LIMITS.items())
    parser.add_argument(
        "--no-limits", action="store_true", help=f"lift the limits of minority rows: {limits}"
    )
    parser.add_argument(
        "--folder", default="spark-smote-benchmark", help="where the results are written"
    )
    args = parser.parse(argv)
    rows = {number for numbers in args.rows or [[100_000]] for number in numbers}
    return Settings(
        data=_split(args.data) or ["mixture"],
        rows=sorted(rows),
        features=args.features,
        majority=args.majority,
        times=args.times,
        contenders=_contenders(_split(args.contenders), _split(args.baseline)),
        rounds=args.rounds,
        cores=args.cores,
        driver_memory=args.driver_memory,
        timeout=args.timeout,
        limits=not args.no_limits,
        folder=Path(args.folder).absolute(),
    )


def _split(lists: Iterable[str] | None) -> list[str]:
    """Split lists at commas; the first of equal parts stays."""
    parts = [part.strip() for text in lists or [] for part in text.split(",")]
    return list(dict.fromkeys(filter(None, parts)))


def _contenders(names: list[str], revisions: list[str]) -> list[str]:
    """Check the names of contenders, the default ones if there are none, and add revisions."""
    for name in names:
        if name not in CONTENDERS:
            raise ResamplingError(
                f"Contender {name!r} is unknown; choose of {', '.join(CONTENDERS)}."
            )
        if not installed(name):
            raise ResamplingError(
                f"Contender {name!r} needs {' and '.join(CONTENDERS[name].needs)}: run "
                "`pip install 'spark-smote[benchmark]'`, or leave it out."
            )
    if revisions:
        return _with_revisions(names or BESIDE_BASELINE, revisions)
    return names or [
        name for name, contender in CONTENDERS.items() if contender.by_default and installed(name)
    ]


def _with_revisions(names: list[str], revisions: list[str]) -> list[str]:
    """Add contenders of this package at git revisions, each after the present one."""
    ours = [name for name in names if name.startswith("spark_smote")]
    if not ours:
        raise ResamplingError(
            f"--baseline {','.join(revisions)} needs a contender of this package at present, but "
            f"--contenders {names} has none of this package; add spark_smote."
        )
    hashes = dict.fromkeys(resolve(revision) for revision in revisions)
    return [
        each
        for name in names
        for each in (name, *(f"{name}@{short}" for short in hashes if name in ours))
    ]


def _positive(number_type: Callable[[str], float]) -> Callable[[str], Any]:
    """Build a parser of positive numbers."""

    def parse(text: str) -> float:
        try:
            if (number := number_type(text)) > 0:
                return number
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")

    return parse


def _whole_numbers(text: str) -> list[int]:
    return [_positive(int)(part.strip()) for part in text.split(",")]


def _more_than_one(text: str) -> float:
    if (number := _positive(float)(text)) > 1:
        return float(number)
    raise argparse.ArgumentTypeError(f"{text!r} is not above 1, which leaves nothing to balance")


def _memory(text: str) -> str:
    if re.fullmatch(r"[1-9]\d*[kmgt]", text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not a size as Spark takes it, such as 4g")
