"""Compare classifiers trained on rows from hashed buckets with those trained on exact SMOTE's."""

from __future__ import annotations

import argparse
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spark_smote.benchmark.fidelity.comparison import Comparison, compare
from spark_smote.benchmark.fidelity.equivalence import (
    MARGIN,
    VERDICTS,
    Equivalence,
    signed_rank_p,
    two_one_sided_tests,
)
from spark_smote.benchmark.fidelity.tables import MAX_ROWS, known_tables, read_tables
from spark_smote.cli.arguments import Parser
from spark_smote.cli.reports.file import check_report
from spark_smote.io.spec import Input
from spark_smote.runtime.console import format_table, print_line, write_json
from spark_smote.runtime.session import session

__all__ = ["main"]

logger = logging.getLogger(__name__)

COMPARED = {"hashed": "hashed - exact", "other_seed": "other seed - exact"}
"""By name of a property of `Comparison`: its column."""


def main(argv: Sequence[str] | None = None) -> None:
    """Compare on every table, print the verdicts and write the report.

    Raises
    ------
    ResamplingError
        For arguments or data that do not fit.
    """
    parser = Parser("spark-smote fidelity", __doc__ or "")
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        help="its Parquet files with a column 'label', beside the tables that come along; of more "
        f"than {MAX_ROWS:,} rows, a sample",
    )
    parser.add_argument("--seeds", type=_two_or_more, default=10, help="2 or more: 10")
    parser.add_argument("--folds", type=_two_or_more, default=5, help="2 or more: 5")
    parser.add_argument(
        "--replication",
        type=float,
        help="of hashed SMOTE: buckets that a row is sent to, from 1, which finds fewest of the "
        "true neighbors; by default as many as a sample needs",
    )
    parser.add_argument("--report", help="file for the JSON report; - for the last line of stdout")
    args = parser.parse(argv)
    tables = [*known_tables(), *(read_tables(Path(args.data)) if args.data else ())]
    comparisons: list[Comparison] = []
    with session("spark-smote fidelity") as spark, _quiet_plans():
        spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", True)
        if args.report:
            check_report(spark, args.report, {"data": Input(path=args.data)} if args.data else {})
        for number, table in enumerate(tables, 1):
            begin = time.monotonic()
            comparisons += (
                found := compare(spark, table, args.seeds, args.folds, args.replication)
            )
            told = "; ".join(f"{each.learner} {each.hashed}" for each in found)
            seconds = time.monotonic() - begin
            logger.info("%d/%d %s, %.0f s: %s", number, len(tables), table.name, seconds, told)
    print_line(_to_text(comparisons))
    if args.report:
        settings = {name: getattr(args, name) for name in ("seeds", "folds", "replication")}
        write_json(args.report, settings | _to_dict(comparisons))


def _two_or_more(text: str) -> int:
    if text.isdecimal() and (number := int(text)) > 1:
        return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 2 or more")


@contextmanager
def _quiet_plans() -> Iterator[None]:
    """Log no steps of plans, of which there are hundreds."""
    plans = logging.getLogger("spark_smote.engine")
    before = plans.level
    plans.setLevel(logging.WARNING)
    try:
        yield
    finally:
        plans.setLevel(before)


def _pooled(comparisons: Sequence[Comparison]) -> Iterator[tuple[str, str, Equivalence, float]]:
    """Test, for each learner, the mean over tables of their means, and the signed ranks of these.

    Learners are not pooled: what they see of a table is the same.
    """
    for learner in dict.fromkeys(each.learner for each in comparisons):
        for name in COMPARED:
            means = [getattr(each, name).mean for each in comparisons if each.learner == learner]
            yield learner, name, two_one_sided_tests(means), signed_rank_p(means)


def _counts(comparisons: Sequence[Comparison]) -> dict[str, dict[str, int]]:
    """Count the verdicts."""
    found = {name: Counter(getattr(c, name).verdict for c in comparisons) for name in COMPARED}
    return {name: {verdict: found[name][verdict] for verdict in VERDICTS} for name in COMPARED}


def _to_text(comparisons: Sequence[Comparison]) -> str:
    """Format the comparisons, what they come to together, and the counts of verdicts."""
    columns = ["data", "rows", "minority", "features", "buckets", "recall", "learner", "exact"]
    columns += [part for title in COMPARED.values() for part in (title, "verdict")]
    rows = [
        [
            each.table.name,
            *(len(each.table.labels), each.table.minority, each.table.values.shape[1]),
            *(f"{each.buckets:.1f}", f"{each.recall:.3f}", each.learner),
            f"{each.scores[:, 0].mean():.4f}",
            *(
                cell
                for name in COMPARED
                for cell in (str(getattr(each, name)), getattr(each, name).verdict)
            ),
        ]
        for each in comparisons
    ]
    together = [
        f"{learner}, {COMPARED[name]}, over tables: {found}, {found.verdict} "
        f"(p = {found.p:.2g}); signed ranks p = {ranks:.2g}"
        for learner, name, found, ranks in _pooled(comparisons)
    ]
    verdicts = [
        f"{COMPARED[name]}: {', '.join(f'{count} {verdict}' for verdict, count in found.items())}"
        for name, found in _counts(comparisons).items()
    ]
    about = (
        "Average precision on the untouched fold; differences: mean over seeds ± half of the 95 % "
        f"interval; equivalent: within ±{MARGIN} by two one-sided t-tests at 5 %."
    )
    return "\n".join([format_table(columns, rows), "", about, *together, *verdicts])


def _to_dict(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return the figures, as they are in the report."""
    return {
        "margin": MARGIN,
        "comparisons": [
            {
                "data": each.table.name,
                "rows": len(each.table.labels),
                "minority": each.table.minority,
                "features": each.table.values.shape[1],
                "buckets": each.buckets,
                "recall": each.recall,
                "learner": each.learner,
                "scores": dict(zip(("exact", *COMPARED), each.scores.T.tolist(), strict=True)),
                **{name: vars(getattr(each, name)) for name in COMPARED},
            }
            for each in comparisons
        ],
        "pooled": [
            {"learner": learner, "compared": name, **vars(found), "signed_rank_p": ranks}
            for learner, name, found, ranks in _pooled(comparisons)
        ],
        "counts": _counts(comparisons),
    }
