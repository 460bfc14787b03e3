"""A driver that resamples on one session as often as it is asked.

Reads the arguments of each run from stdin, as a line of JSON, and prints its exit code.
"""

from __future__ import annotations

import contextlib
import json
import sys

from pyspark.sql import SparkSession

from spark_smote.cli.app import main


def code_of(arguments: list[str]) -> int:
    with contextlib.redirect_stdout(sys.stderr):
        try:
            main(["resample", *arguments])
        except SystemExit as stop:
            return int(stop.code or 0)
    return 0


if __name__ == "__main__":
    spark = SparkSession.builder.appName("resample_app").getOrCreate()
    for line in sys.stdin:
        print(code_of(json.loads(line)), flush=True)
    spark.stop()
