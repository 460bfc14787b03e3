"""Read a table, resample its classes, write the result and a report."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from spark_smote.base import Sampler
from spark_smote.cli.arguments import Parser, add_input, add_params, input_keys, path_or_table
from spark_smote.cli.config import SECTIONS, Config, load
from spark_smote.cli.reports.file import check_report
from spark_smote.cli.reports.report import Run
from spark_smote.cli.reports.run_log import RunLog
from spark_smote.core.strategy.groups import label_of
from spark_smote.engine.planning.plan import Plan
from spark_smote.evaluation.recall import neighbor_recall, neighbor_recall_all_classes
from spark_smote.exceptions import ResamplingError, shown
from spark_smote.io.output.partition_labels import warn_of_folders
from spark_smote.io.output.row_counter import RowCounter
from spark_smote.io.output.writer import OutputWriter
from spark_smote.io.paths import canonical
from spark_smote.io.reader import read
from spark_smote.io.spec import MODES
from spark_smote.runtime.console import print_line, write_json
from spark_smote.runtime.redaction import redact, remember
from spark_smote.runtime.session import session
from spark_smote.under_sampling.random_under_sampler import RandomUnderSampler

__all__ = ["main", "run"]

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the job with flags and a config file.

    Raises
    ------
    ResamplingError, ParamError
        For arguments, a configuration or data that do not fit.
    """
    parser = Parser("spark-smote resample", __doc__ or "")
    parser.add_argument("--config", help=f"TOML file with the sections {', '.join(SECTIONS)}")
    add_input(parser, "the table")
    parser.add_argument("--output", help="a path, or a table, as --input")
    parser.add_argument("--output-format", help="by default as the path ends, or parquet")
    parser.add_argument("--mode", help=f"if the output exists: {', '.join(MODES)}")
    parser.add_argument(
        "--replace-where",
        metavar="CONDITION",
        help="with --mode overwrite: replace these rows alone, of a Delta or Iceberg table",
    )
    parser.add_argument("--run-id", help="a run whose id is found in the output is not repeated")
    parser.add_argument("--report", help="file for the JSON report; - for the last line of stdout")
    parser.add_argument("--dry-run", action="store_true", help="print the plan, write nothing")
    parser.add_argument(
        "--ui", action="store_true", help="serve Spark's web pages, to this machine alone"
    )
    parser.add_argument(
        "--under-sampling",
        metavar="STRATEGY",
        help="leave out rows of the other classes, too: samplingStrategy of RandomUnderSampler",
    )
    parser.add_argument(
        "--weights",
        metavar="POWER",
        help="add a column of class weights: power of ClassWeights, 1 balances the classes",
    )
    names = add_params(parser)
    args = parser.parse(argv)
    config = load(args.config, _flags(args, names))
    report = config.report.path
    if args.config and report and canonical(report) == canonical(args.config):
        raise ResamplingError(f"Report {report!r} is the config itself: choose another --report.")
    run(config, dry_run=args.dry_run, ui=args.ui)


def _flags(args: argparse.Namespace, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Sort the texts of the flags by the sections of the config file."""
    given: dict[str, dict[str, str | None]] = {
        "input": dict(input_keys(args)),
        "output": {
            "format": args.output_format,
            "mode": args.mode,
            "replaceWhere": args.replace_where,
            "runId": args.run_id,
            **(path_or_table(args.output) if args.output else {}),
        },
        "report": {"path": args.report},
        "under_sampling": {"samplingStrategy": args.under_sampling},
        "weights": {"power": args.weights},
        "smote": {name: value for name, value in vars(args).items() if name in names},
    }
    return {
        section: {key: value for key, value in keys.items() if value is not None}
        for section, keys in given.items()
    }


def run(config: Config, dry_run: bool = False, ui: bool = False) -> Run | None:
    """Run a configuration.

    Returns
    -------
    Run or None
        None if the output exists and the mode is `ignore`, if a run of the same id has written
        before, or if the run was stopped when the output was complete.
    """
    remember(config.input.options)
    remember(config.output.options)
    if not (dry_run or config.output.path or config.output.table):
        raise ResamplingError("No output is named: give --output, or path or table in [output].")
    writer = None
    try:
        with session("spark-smote resample", ui) as spark:
            if config.output.path or config.output.table:
                writer = OutputWriter(spark, config.output)
                if writer.exists and config.output.mode == "ignore":
                    print_line(
                        f"Output {redact(writer.name)!r} exists already; mode 'ignore' leaves it "
                        "as it is."
                    )
                    return None
            completed = _run(spark, config, writer, dry_run)
            if completed is None:
                return None
    except KeyboardInterrupt:
        if writer is None or not writer.complete:
            raise
        logger.warning("interrupted when output %r was complete", writer.name)
        return None
    finally:
        if writer is not None:
            writer.clean()
    if config.report.path and config.report.path != "-":
        _write_report(config.report.path, completed)
    print_line(completed.to_text())
    if config.report.path == "-":
        write_json("-", completed.to_dict())
    return completed


def _run(
    spark: SparkSession, config: Config, writer: OutputWriter | None, dry_run: bool
) -> Run | None:
    """Read, plan, measure and write; None if a run of the same id has written before."""
    sampler, weights = config.sampler, config.weights
    seconds: dict[str, float] = {}
    step = Steps(["read", "plan"] if dry_run else ["read", "plan", "recall", "write"], seconds)
    with step("read"):
        source = read(spark, config.input)
        frame = source.frame
        schema = sampler.check(frame)
        if weights is not None:
            schema = StructType([*schema, weights.check(frame)[weights.getWeightCol()]])
        if writer is not None:
            if (version := writer.written_before(source)) is not None:
                print_line(
                    f"Run {writer.run_id!r} is already written in version {version} of "
                    f"{redact(writer.name)!r}; nothing was done."
                )
                return None
            nulls = sampler.null_columns(frame)
            writer.check(source, schema, sampler.keeps_originals, nulls)
        if config.report.path:
            check_report(
                spark, config.report.path, {"input": config.input, "output": config.output}
            )
        log = RunLog(spark, config.report.table) if config.report.table else None
        if log is not None:
            log.check()
    with step("plan"):
        plan = sampler.plan(frame)
        lowered, outcome = _lowered(config.under_sampling, frame, plan)
        weighted = weights.plan_counted(outcome.after) if weights else None
    labels = {label_of(name) for name in plan.counts}
    warn_of_folders(config.output.partitionBy, sampler.getLabelCol(), labels)
    completed = Run(config, outcome, spark.version, input_version=source.version, seconds=seconds)
    completed.weights = weighted.weights if weighted else {}
    if writer is None or dry_run:
        return completed
    completed.run_id, completed.is_dry = writer.run_id, False
    with step("recall"):
        queries = config.report.recallQueries
        completed.neighbor_recall = neighbor_recall(sampler, frame, plan, queries)
        completed.neighbor_recall_all_classes = neighbor_recall_all_classes(
            sampler, frame, plan, queries
        )
    with step("write"):
        counter = _row_counter(sampler, outcome)
        result = sampler.apply(lowered, plan)
        if weights and weighted:
            result = weights.apply(result, weighted)
        try:
            completed.made = writer.write(result, counter)
        except Exception:
            if log is not None:
                log.write(completed, "failed")
            raise
    completed.output_version = writer.version
    if log is not None:
        log.write(completed, "done")
    return completed


def _row_counter(sampler: Sampler, plan: Plan) -> RowCounter:
    before, passed_through = plan.counts, plan.passed_through
    if not sampler.keeps_originals:
        before, passed_through = dict.fromkeys(plan.counts, 0), 0
    return RowCounter(sampler.labeled_table, before, plan.added, passed_through)


def _lowered(
    under: RandomUnderSampler | None, frame: DataFrame, plan: Plan
) -> tuple[DataFrame, Plan]:
    """Cut classes that the plan does not over-sample, and so none that it learns from."""
    if under is None:
        return frame, plan
    changes = under.changes(plan.after)
    for label in changes:
        if label in plan.added:
            raise ResamplingError(
                f"Class {shown(label)} is raised to {plan.after[label]} rows and cut to fewer by "
                "[under_sampling]; name there only the classes to cut, or raise it less."
            )
    table = under.labeled_table(frame)
    lowered = under.plan_counted(table, Plan(plan.after, plan.passed_through))
    return under.apply(frame, lowered), replace(plan, added=plan.added | changes)


def _write_report(path: str, completed: Run) -> None:
    """Write the report; a failure is a warning, as the output is complete by now."""
    try:
        write_json(path, completed.to_dict())
    except OSError as error:
        logger.warning("report %r could not be written: %s", path, error)


class Steps:
    """Log of the steps of a run, and the seconds that each one took."""

    def __init__(self, names: Sequence[str], seconds: dict[str, float]) -> None:
        self._names, self._seconds = list(names), seconds

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        position = f"[{self._names.index(name) + 1}/{len(self._names)}] {name}"
        logger.info("%s …", position)
        start = time.monotonic()
        yield
        self._seconds[name] = time.monotonic() - start
        logger.info("%s done: %.1f s", position, self._seconds[name])
