"""Jobs that append to and overwrite a folder and a table, on a disk without room for their rows.

Usage: disk_app.py INPUT PLACE; prints JSON: for each job, its exit code, the last line of its log,
and how many rows the output has; and last, what is in PLACE.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import Any

from spark_smote.cli import app
from spark_smote.runtime.session import session

OLD_ROWS = 3


def run(source: str, place: str) -> list[Any]:
    results: list[Any] = []
    with session("disk_app") as spark:
        spark.sql(f"CREATE SCHEMA small LOCATION '{place}/small'")
        old = spark.range(OLD_ROWS).coalesce(1)
        old.write.saveAsTable("small.old")
        old.write.parquet(f"{place}/old")
        for output in ("small.old", f"{place}/old"):
            for mode in ("append", "overwrite"):
                flags = ["--output", output, "--mode", mode, "--inputCols", "x0,x1,x2"]
                code, log = 0, io.StringIO()
                try:
                    with contextlib.redirect_stderr(log):
                        app.main(["resample", "--input", source, *flags])
                except SystemExit as stop:
                    code = int(stop.code or 0)
                now = spark.read.parquet(output) if "/" in output else spark.table(output)
                results.append([code, log.getvalue().splitlines()[-1], now.count()])
    return [*results, sorted(os.listdir(place)), os.listdir(f"{place}/small")]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*sys.argv[1:])))
