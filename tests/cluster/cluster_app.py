"""A program that resamples on one master after the other and prints digests of the new rows.

Usage: cluster_app.py TABLE MASTER...; of a master's several executors, one dies while buckets run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE

SMOTE_PARAMS = {
    "inputCols": ["x0", "x1", "x2"],
    "bucketSize": 400,
    "samplingStrategy": {"1": 13_001},
    "outputMode": "synthetic",
}


def executors() -> list[int]:
    """Process ids of the executors that this driver's master started."""
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    mine = f"--app-id {SparkSession.active().sparkContext.applicationId}"
    return [
        int(line.split()[0])
        for line in found.stdout.splitlines()
        if "CoarseGrainedExecutorBackend" in line and mine in line and "bin/java" in line
    ]


def kill_one_executor(killed: list[int]) -> None:
    """Wait until the shuffle is written and some buckets are made, then kill an executor."""
    tracker = SparkSession.active().sparkContext.statusTracker()
    for _ in range(6000):
        for stage in tracker.getActiveStageIds():
            info = tracker.getStageInfo(stage)
            if info and info.numTasks > 10 and 2 <= info.numCompletedTasks < info.numTasks - 4:
                victim = executors()[0]
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
                return
        time.sleep(0.01)


def digest_on(master: str, table: str) -> dict[str, object]:
    builder = SparkSession.builder.master(master).appName("cluster_app")
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.executorEnv.PYTHONPATH": os.environ["PYTHONPATH"],
        "spark.sql.shuffle.partitions": "5",
    }.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    made = SMOTE(**SMOTE_PARAMS).transform(spark.read.parquet(table))
    killed: list[int] = []
    if master.startswith("local-cluster"):
        threading.Thread(target=kill_one_executor, args=(killed,), daemon=True).start()
    digest = made.agg(
        F.count("*").alias("rows"),
        F.sum(F.xxhash64(*made.columns).cast("decimal(38,0)")).cast("string").alias("digest"),
    ).collect()[0]
    spark.stop()
    return {**digest.asDict(), "killed": len(killed)}


if __name__ == "__main__":
    table, *masters = sys.argv[1:]
    print(json.dumps({master: digest_on(master, table) for master in masters}))
