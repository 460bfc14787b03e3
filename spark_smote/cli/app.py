"""Entry point of the command `spark-smote`: subcommands, logs, errors and exit codes."""

from __future__ import annotations

import argparse
import errno
import importlib
import logging
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from pyspark.errors import AnalysisException, PySparkException

from spark_smote import __version__
from spark_smote.exceptions import ParamError, ResamplingError, shown
from spark_smote.runtime.errors import brief
from spark_smote.runtime.redaction import RedactingFilter

try:
    from py4j.protocol import Py4JError
except ModuleNotFoundError:  # pyspark-client alone: no Java, and none of its errors
    JAVA_ERRORS: tuple[type[Exception], ...] = ()
else:
    JAVA_ERRORS = (Py4JError,)

__all__ = ["main"]

COMMANDS = {
    "resample": ("spark_smote.cli.resample", "resample the classes of a table"),
    "evaluate": (
        "spark_smote.cli.evaluate",
        "compare resampling with a moved threshold and weights, on a table's own folds",
    ),
    "measure": (
        "spark_smote.cli.measure",
        "measure rows that a model scored, by period, beside what was expected",
    ),
    "demo": (
        "spark_smote.cli.demo",
        "see what resampling does to a classifier, with data that comes along",
    ),
    "benchmark": (
        "spark_smote.benchmark",
        "time it beside others on the same rows, and judge the neighbors they find",
    ),
    "fidelity": (
        "spark_smote.benchmark.fidelity",
        "compare classifiers trained on rows from hashed buckets and from exact SMOTE",
    ),
}

FAILED = 1
"""Exit code of a run that failed though its input was right."""

WRONG_INPUT = 2
"""Exit code for arguments, a configuration or data that do not fit."""

STOP_SIGNALS = ("SIGTERM", "SIGHUP")
"""Signals that stop a run; Windows has no SIGHUP."""

INPUT_ERRORS = (ResamplingError, ParamError, AnalysisException)

PATH_ERRORS = frozenset(
    (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
)
"""Codes of errors that another path avoids."""

RUN_ERRORS: tuple[type[Exception], ...]
RUN_ERRORS = (PySparkException, *JAVA_ERRORS, OSError, MemoryError, ImportError)
"""Errors of jobs, disks, networks and installations."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command; return when it is done.

    Raises
    ------
    SystemExit
        With 2 for arguments, a configuration or data that do not fit, 3 for a figure that is not
        what is required, 1 for any other failure.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    command, rest = _parse(arguments)
    verbose = "--verbose" in rest
    with _logging(verbose), _stoppable():
        try:
            importlib.import_module(COMMANDS[command][0]).main(rest)
        except KeyboardInterrupt as stop:
            _fail(f"interrupted; {str(stop) or 'the output is as it was'}", FAILED, verbose)
        except INPUT_ERRORS as error:
            _fail(brief(error), WRONG_INPUT, verbose)
        except Exception as error:
            if isinstance(error, OSError) and error.filename and error.errno in PATH_ERRORS:
                reason = f"{shown(error.filename)} cannot be used ({error.strerror})"
                _fail(f"{reason}: choose another path.", WRONG_INPUT, verbose)
            _fail(_describe_failure(error), FAILED, verbose)


def _describe_failure(error: Exception) -> str:
    """Describe a failure, and call it a defect unless the surroundings are to blame."""
    if type(error) is RuntimeError:  # raised by this package, in words for the user
        return brief(error)
    if isinstance(error, JAVA_ERRORS):  # whose text begins with the name of Java's error
        return brief(error)
    message = f"{type(error).__name__}: {brief(error)}"
    if isinstance(error, RUN_ERRORS):
        return message
    return (
        f"{message}; this is a defect of spark_smote, not of your input; run again with --verbose "
        "for the traceback and report it"
    )


def _parse(argv: list[str]) -> tuple[str, list[str]]:
    listed = "\n".join(f"  {name:<10} {text}" for name, (_, text) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="spark-smote",
        description="SMOTE resampling of imbalanced classes on Apache Spark.",
        epilog=f"commands:\n{listed}\n\n`spark-smote COMMAND --help` says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"spark-smote {__version__}")
    parser.add_argument("command", choices=list(COMMANDS), metavar="COMMAND")
    return parser.parse_args(argv[:1]).command, argv[1:]


def _fail(message: str, code: int, verbose: bool) -> NoReturn:
    logging.getLogger("spark_smote").error(message, exc_info=verbose)
    sys.exit(code)


@contextmanager
def _logging(verbose: bool) -> Iterator[None]:
    """Write the package's own log to stderr, without credentials."""
    logger = logging.getLogger("spark_smote")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(_LineFormatter())
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.propagate = False  # a root handler would print each line again
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


class _LineFormatter(logging.Formatter):
    """Format of log lines: time and message, or for warnings and errors the level and message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        text = super().formatMessage(record)
        if record.levelno < logging.WARNING:
            return text
        return f"spark-smote: {record.levelname.lower()}: {record.message}"


@contextmanager
def _stoppable() -> Iterator[None]:
    """Make SIGTERM, and a lost terminal, stop a run like Ctrl-C, so that it cleans up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> NoReturn:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in STOP_SIGNALS if hasattr(signal, name)]
    # nohup ignores SIGHUP, which must stay so.
    before = {n: signal.signal(n, stop) for n in numbers if signal.getsignal(n) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
