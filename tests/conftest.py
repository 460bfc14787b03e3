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
if SESSION_KIND == "classic" and pyspark.__version__ >= "4":
    # Most plans run once, on few rows: to compile their code takes longer than to run without.
    # Code is generated, as users have it, on Spark 3.5, on Spark Connect and in other processes.
    CONF |= {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.spark)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    use_java()
    builder = SparkSession.builder.appName("spark_smote tests")
    connect = SESSION_KIND == "connect"
    builder = builder.remote("local[2]") if connect else builder.master("local[2]")
    for key, value in CONF.items():
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
