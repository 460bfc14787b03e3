"""Compare resampling with class weights and a moved threshold, on folds of a table.

Whatever learns, learns from training rows alone, and the rows that are scored are the table's own.
The verdict is at the end, and may be not to resample.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from spark_smote.cli.arguments import Parser, add_input, input_keys, path_or_table
from spark_smote.cli.evaluation.config import SECTIONS, Config, load
from spark_smote.cli.evaluation.keys import KEYS
from spark_smote.cli.evaluation.requirement import Requirement
from spark_smote.cli.measure import exit_below
from spark_smote.cli.reports.file import check_report
from spark_smote.html_report import check_installed
from spark_smote.io.reader import Source, read
from spark_smote.io.spec import Input
from spark_smote.model_selection.evaluate import evaluate
from spark_smote.model_selection.fitting.forecast import forecast
from spark_smote.model_selection.results.evaluation import Evaluation
from spark_smote.runtime.console import print_line, write_json
from spark_smote.runtime.redaction import redact, remember
from spark_smote.runtime.session import session

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> None:
    """Evaluate, print the table and the verdict, and write the reports.

    Raises
    ------
    ResamplingError, ParamError
        For arguments, a configuration or data that do not fit.
    RuntimeError
        If a page is asked for, and what makes it is not installed.
    SystemExit
        With 3 if the recommended method falls short of what is required.
    """
    parser = _parser()
    args = parser.parse(argv)
    reports = {"path": args.report, "html": args.report_html}
    keys = {name: getattr(args, name) for name in KEYS}
    config = load(
        args.config,
        {
            "input": input_keys(args),
            "evaluate": {name: text for name, text in keys.items() if text is not None},
            "report": {name: path for name, path in reports.items() if path is not None},
        },
    )
    required = [Requirement.parse(text, config.options) for text in args.require]
    if config.report.html:
        check_installed()
    remember(config.input.options)
    with session("spark-smote evaluate", args.ui) as spark:
        source = read(spark, config.input)
        kept = {"input": config.input}
        if args.config:
            kept["config"] = Input(path=args.config)
        if config.report.path:
            check_report(spark, config.report.path, kept)
            kept["other report"] = Input(path=config.report.path)
        if config.report.html:
            check_report(spark, config.report.html, kept, "choose another --report-html")
        if args.dry_run:
            print_line(str(forecast(config.set_up(source.frame))))
            return
        result = _named(evaluate(source.frame, **config.parameters), source)
    _report(result, config)
    exit_below([line for each in required if (line := each.broken_by(result))])


def _parser() -> Parser:
    parser = Parser("spark-smote evaluate", __doc__ or "")
    parser.add_argument("--config", help=f"TOML file with the sections {', '.join(SECTIONS)}")
    add_input(parser, "the table, as it was before any resampling")
    parser.add_argument("--report", help="file for the JSON report; - for the last line of stdout")
    parser.add_argument("--report-html", metavar="FILE", help="file for a page with pictures")
    parser.add_argument(
        "--require",
        metavar="CONDITION",
        action="append",
        default=[],
        help="exit with 3 unless the recommended method keeps it, as in 'pr_auc>=0.6'; may be "
        "repeated",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be fitted, and time one fit"
    )
    parser.add_argument(
        "--ui", action="store_true", help="serve Spark's web pages, to this machine alone"
    )
    group = parser.add_argument_group(
        "keys of [evaluate] (lists with commas, other values as in TOML)"
    )
    for name, key in KEYS.items():
        group.add_argument(f"--{name}", metavar="VALUE", help=key.doc)
    return parser


def _named(result: Evaluation, source: Source) -> Evaluation:
    """Add the input and its version to a result, and to the command that it recommends."""
    place = source.input
    name = place.path or place.table or place.format or ""
    data = {**result.data, "input": redact(name), "input_version": source.version}
    flags = {
        "input": _as_flag(place),
        "input-format": place.format,
        "input-version": place.version,
        "where": place.where,
    }
    words = " ".join(f"--{flag} {shlex.quote(text)}" for flag, text in flags.items() if text)
    command = result.verdict.command.replace("--input TABLE", words, 1)
    return replace(result, data=data, verdict=replace(result.verdict, command=command))


def _as_flag(place: Input) -> str:
    """Return the text of --input that names a place."""
    if place.table:
        is_told = path_or_table(place.table) == {"table": place.table}
        return place.table if is_told else f"`{place.table}`"
    path = place.path or ""
    return path if path_or_table(path) == {"path": path} else f"./{path}"


def _report(result: Evaluation, config: Config) -> None:
    """Print the result, and write it to the files that are named."""
    print_line(str(result))
    if config.report.path:
        write_json(config.report.path, result.to_dict())
    if config.report.html:
        result.to_html(config.report.html)
