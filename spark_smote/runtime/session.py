"""The Spark session of a command: the active one, or one started for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from spark_smote.runtime.java import use_java

__all__ = ["session"]


@contextmanager
def session(name: str) -> Iterator[SparkSession]:
    """Find the active session, or start one and stop it at the end.

    The master comes from spark-submit, SPARK_REMOTE or spark-defaults.conf; if none names it,
    Spark itself uses all cores of this machine.
    """
    if (active := _active()) is not None:
        yield active
        return
    builder = SparkSession.builder.appName(name)
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    remote = os.environ.get("SPARK_REMOTE", "").startswith("sc://")
    if not submitted and not remote:
        use_java()
        # Workers would run the first python3 on PATH, whatever is installed there.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if not remote:
        builder = builder.config("spark.ui.showConsoleProgress", sys.stderr.isatty())
    started = builder.getOrCreate()
    try:
        yield started
    finally:
        started.stop()


def _active() -> SparkSession | None:
    try:
        return SparkSession.active()
    except PySparkRuntimeError:
        return None
