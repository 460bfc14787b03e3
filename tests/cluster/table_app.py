"""A job that overwrites a table on two executors, one of which dies when the old rows go.

Usage: table_app.py INPUT WAREHOUSE OUTPUT; prints JSON: exit code, rows by class, tables, killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

from cluster_app import executors
from pyspark.sql import DataFrameWriter, SparkSession

from spark_smote.cli import app

OLD_ROWS = 3


def run(source: str, warehouse: str, output: str) -> dict[str, Any]:
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("table_app")
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.executorEnv.PYTHONPATH": os.environ["PYTHONPATH"],
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": warehouse,
    }.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.range(OLD_ROWS).write.saveAsTable(output)
    killed: list[int] = []
    save = DataFrameWriter.saveAsTable

    def save_without_an_executor(self: Any, name: str, *args: Any, **kwargs: Any) -> None:
        if name == output and not killed:
            killed.append(executors()[0])
            os.kill(killed[0], signal.SIGKILL)
            time.sleep(3)  # until the driver has heard of it
        save(self, name, *args, **kwargs)

    DataFrameWriter.saveAsTable = save_without_an_executor
    code = 0
    flags = ["--inputCols", "x0,x1,x2", "--mode", "overwrite"]
    try:
        app.main(["resample", "--input", source, "--output", output, *flags])
    except SystemExit as stop:
        code = int(stop.code or 0)
    tables = [row.tableName for row in spark.sql("SHOW TABLES").collect()]
    rows = {t: spark.table(t).count() for t in tables}
    spark.stop()
    return {"code": code, "rows": rows, "killed": len(killed)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*sys.argv[1:])))
