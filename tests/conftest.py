from __future__ import annotations

import os
import sys
from collections.abc import Iterator

# Before NumPy starts: two sessions and their workers share two cores, and busy pools wait busily.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import pyspark
import pytest
from helpers import NAMES, ROWS, SESSION_KIND, overlapping, write_and_read
from html_report.chromium import CHROMIUM
from lake.packages import DELTA_AND_ICEBERG, SPARK, lake_conf
from pyspark.sql import DataFrame, SparkSession

from spark_smote.runtime.java import use_java

os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ.setdefault("PYTHONHASHSEED", "0")
# Every JVM here, those of other processes too, ends before its second compiler could pay, and
# before what is Spark's own need be verified; the plain code cache is too small for so many plans.
os.environ.setdefault(
    "JAVA_TOOL_OPTIONS",
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m "
    "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote",
)

CONF = {
    "spark.sql.shuffle.partitions": "3",
    "spark.default.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # What a page without a server would show of old jobs.
    "spark.ui.retainedJobs": "20",
    "spark.ui.retainedStages": "20",
    "spark.ui.retainedTasks": "100",
    "spark.sql.ui.retainedExecutions": "5",
}
if SESSION_KIND != "connect" and pyspark.__version__ >= "4":
    # Most plans run once, on few rows: to compile their code takes longer than to run without.
    # Code is generated, as users have it, on Spark 3.5, on Spark Connect and in other processes.
    CONF |= {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}


NO_LAKE = (
    "The lake tests need a session with Delta and Iceberg: run `make test-lake`, or set "
    f"SPARK_SMOTE_TEST_SESSION=lake on Spark {', '.join(DELTA_AND_ICEBERG)}; this is {SPARK}."
)
NO_BROWSER = "No Chromium here (Debian's package chromium): the report is not opened in a browser."


def pytest_configure() -> None:
    if SESSION_KIND == "lake" and SPARK not in DELTA_AND_ICEBERG:
        raise pytest.UsageError(NO_LAKE)


def leave_out(mark: str, config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """Remove the tests with a mark from `items`, and return them."""
    marked = [item for item in items if item.get_closest_marker(mark)]
    config.hook.pytest_deselected(items=marked)
    items[:] = [item for item in items if item not in marked]
    return marked


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if SESSION_KIND != "lake":
        lake = leave_out("lake", config, items)
        if lake and not items:
            raise pytest.UsageError(NO_LAKE)
    if CHROMIUM is None and leave_out("browser", config, items):
        config.issue_config_time_warning(pytest.PytestWarning(NO_BROWSER), stacklevel=1)
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.spark)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    use_java()
    builder = SparkSession.builder.appName("spark_smote tests")
    connect = SESSION_KIND == "connect"
    builder = builder.remote("local[2]") if connect else builder.master("local[2]")
    lake = lake_conf(tmp_path_factory.mktemp("lake")) if SESSION_KIND == "lake" else {}
    for key, value in (CONF | lake).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def overlap(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """Columns x0, x1, x2 (double), label and id (bigint) of `helpers.overlapping`."""
    points, label = overlapping()
    frame = pd.DataFrame(points, columns=NAMES).assign(label=label, id=np.arange(ROWS))
    return write_and_read(spark.createDataFrame(frame), tmp_path_factory)
