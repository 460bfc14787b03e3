"""Measure how well rows were scored, by period, and beside what an evaluation lets expect."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from spark_smote.cli.arguments import Parser, add_input, input_keys
from spark_smote.cli.reports.file import check_report
from spark_smote.cli.sections import check_names, section
from spark_smote.exceptions import ParamError, shown
from spark_smote.io.reader import read
from spark_smote.io.spec import Input
from spark_smote.model_selection.measure import measure
from spark_smote.model_selection.results.measurement import MEASURED
from spark_smote.runtime.console import print_line, write_json
from spark_smote.runtime.session import session

__all__ = ["exit_below", "main"]

logger = logging.getLogger(__name__)

BELOW = 3
"""Exit code if a figure is below what is required of it."""


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print the table and write the report.

    Raises
    ------
    ResamplingError, ParamError
        For arguments or data that do not fit.
    SystemExit
        With 3 if a figure is below its minimum in a period.
    """
    parser = Parser("spark-smote measure", __doc__ or "")
    add_input(parser, "scored rows", required=True)
    parser.add_argument("--labelCol", metavar="COLUMN", default="label")
    parser.add_argument(
        "--positive", metavar="LABEL", help="by default that of the baseline, or the rarest"
    )
    parser.add_argument(
        "--probabilityCol",
        metavar="COLUMN",
        default="probability",
        help="probability of the positive class, or of each class",
    )
    parser.add_argument("--by", metavar="COLUMN", help="its values are the periods")
    parser.add_argument(
        "--threshold", type=float, default=0.5, help="rows above it are found; by default 0.5"
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="an evaluation.json, with what to expect"
    )
    parser.add_argument(
        "--fail-below",
        metavar="FIGURE=MINIMUM",
        action="append",
        default=[],
        help="exit with 3 if a period has less, as in recall=0.8; may be repeated",
    )
    parser.add_argument("--report", help="file for the JSON report; - for the last line of stdout")
    args = parser.parse(argv)
    minima = _minima(args.fail_below)
    source = section(Input, {}, {"input": input_keys(args)})
    with session("spark-smote measure") as spark:
        if args.report:
            kept = {"baseline": Input(path=args.baseline)} if args.baseline else {}
            check_report(spark, args.report, {"input": source, **kept})
        result = measure(
            read(spark, source).frame,
            labelCol=args.labelCol,
            positive=args.positive,
            probabilityCol=args.probabilityCol,
            threshold=args.threshold,
            by=args.by,
            baseline=args.baseline,
        )
    print_line(str(result))
    if args.report:
        write_json(args.report, result.to_dict())
    broken = [
        f"{name} of {each.name} is {each.figures[name]:.4g}, below {minimum:g}"
        for name, minimum in minima.items()
        for each in result.below(name, minimum)
    ]
    exit_below(broken)


def exit_below(broken: Sequence[str]) -> None:
    """Log in what figures fall short, and exit if any does.

    Raises
    ------
    SystemExit
    """
    for line in broken:
        logger.error(line)
    if broken:
        sys.exit(BELOW)


def _minima(given: Sequence[str]) -> dict[str, float]:
    """Read ``figure=minimum``, the last one of each figure."""
    minima = {}
    for text in given:
        name, _, value = text.partition("=")
        check_names("Figure of --fail-below", [name], MEASURED)
        try:
            minima[name] = float(value)
        except ValueError as error:
            raise ParamError(
                f"--fail-below {shown(text)} has no number: write a figure and its minimum, as in "
                "recall=0.8."
            ) from error
    return minima
