"""Contenders of the benchmark that run on Spark, each in a warm session of its own."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml.feature import BucketedRandomProjectionLSH
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from spark_smote.benchmark.contenders.indexes import share_found
from spark_smote.benchmark.contenders.registry import CONTENDERS, QUERIES, Clock, K, Task
from spark_smote.benchmark.datasets import category_slots, make_table
from spark_smote.benchmark.event_log import read_stages
from spark_smote.engine.planning.plan import NeighborPlan
from spark_smote.evaluation.recall import measure_class_recall
from spark_smote.over_sampling.adasyn import ADASYN
from spark_smote.over_sampling.borderline_smote import BorderlineSMOTE
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.over_sampling.smotenc import SMOTENC
from spark_smote.runtime.session import session

__all__ = ["run"]

WARM_UP_ROWS, WARM_UP_OTHERS, WARM_UP_BUCKET = 1000, 20_000, 500
"""Where classes overlap, so many others that some rows are in danger."""

HASH_TABLES, HASH_BUCKET = 3, 0.25
"""Tables, and width of a bucket in standard deviations of the projected rows.

Spark recommends far wider ones, 1 to 10 times rows^(-1/features) for vectors of length 1, which
in tens of dimensions holds every row. Of these, a tenth of all rows meet in a bucket.
"""


@dataclass(frozen=True)
class Resampled:
    """What a contender leaves: the seconds of its steps, in order, and how to judge it."""

    steps: dict[str, float]
    recall: Callable[[], float | None]
    counted: bool = True


def run(task: Task, clock: Clock) -> dict[str, Any]:
    """Start Spark, warm it up, resample twice, and read the event log of the first time."""
    logs = Path(task.scratch) / "events"
    logs.mkdir()
    os.environ["PYSPARK_SUBMIT_ARGS"] = _submit_args(task, logs)
    begin = time.monotonic()
    with session("spark-smote benchmark") as spark:
        started = time.monotonic() - begin
        _warm_up(spark, task)
        with clock():
            began = time.time()
            done = _resampled(spark, task)
            ended = time.time()
        # The warm-up's few rows leave the JVM code to compile; now it has.
        begin = time.monotonic()
        _resampled(spark, replace(task, scratch=str(Path(task.scratch) / "again")))
        again = time.monotonic() - begin
        recall = done.recall() if task.recall else None
    # The log is whole when the session has ended.
    (log,) = logs.iterdir()
    return {
        **({} if done.counted else {"counts_exact": None}),
        "recall": recall,
        "session_seconds": started,
        "again_seconds": again,
        "steps": done.steps,
        "stages": read_stages(log, began, ended, done.steps),
    }


def _resampled(spark: SparkSession, task: Task, bucket_size: int | None = None) -> Resampled:
    if task.contender in OTHERS:
        return OTHERS[task.contender](spark, task)
    sampler = SAMPLERS[task.contender](task)
    if bucket_size:
        sampler.setBucketSize(bucket_size)
    return _smote(spark, task, sampler)


def _submit_args(task: Task, logs: Path) -> str:
    """Spark as it is by default, but for what a single machine needs and the event log."""
    conf = {
        "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": logs.as_uri(),
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
    }
    flags = [part for key, value in conf.items() for part in ("--conf", f"{key}={value}")]
    master = ["--master", f"local[{task.cores}]", "--driver-memory", task.driver_memory]
    return shlex.join([*master, *flags, "pyspark-shell"])


def _warm_up(spark: SparkSession, task: Task) -> None:
    """Do the same with few rows: starts the Python workers and compiles what the JVM will run."""
    data, few = CONTENDERS[task.contender].data, WARM_UP_ROWS
    many = WARM_UP_OTHERS if data == "overlap" else 2 * few
    folder = Path(task.scratch) / "warm-up"
    folder.mkdir()
    table = make_table(data, few, many, task.features, folder)
    small = replace(
        task, source=table.path, scratch=str(folder), majority=many, minority=few, target=2 * few
    )
    # Small buckets, so that the hash is fitted and used as well.
    _resampled(spark, small, WARM_UP_BUCKET)


def _smote(spark: SparkSession, task: Task, sampler: SMOTE) -> Resampled:
    begin = time.monotonic()
    frame = spark.read.parquet(task.source)
    sampler.setSamplingStrategy({1: task.target})
    read = time.monotonic()
    # What `transform` does; the plan serves to measure recall too.
    plan = sampler.plan(frame)
    planned = time.monotonic()
    sampler.apply(frame, plan).write.parquet(task.result)
    steps = {
        "read schema": read - begin,
        **plan.seconds,
        "resample and write": time.monotonic() - planned,
    }
    assert isinstance(plan, NeighborPlan)
    table = sampler.feature_table(frame)
    return Resampled(steps, lambda: measure_class_recall(table, plan, QUERIES))


def _floor(spark: SparkSession, task: Task) -> Resampled:
    """Read the same rows and write as many as SMOTE does, the minority's more than once."""
    begin = time.monotonic()
    frame = spark.read.parquet(task.source)
    again = frame.filter("label = 1")
    made = task.target - task.minority
    if made != task.minority:
        # About as many: to count them exactly would be work that is no copy.
        whole, rest = divmod(made / task.minority, 1)
        one_more = F.pmod(F.xxhash64("features"), F.lit(2**20)) / 2**20 < rest
        copies = F.array_repeat(F.lit(0), F.lit(int(whole)) + one_more.cast("int"))
        again = again.withColumn("copy", F.explode(copies)).drop("copy")
    frame.unionByName(again).write.parquet(task.result)
    return Resampled({"copy": time.monotonic() - begin}, lambda: None, made == task.minority)


def _lsh(spark: SparkSession, task: Task) -> Resampled:
    """Do what Spark offers: its own LSH joined with itself, and the k nearest of each row.

    Every pair that meets is ranked: a threshold would only lose some.
    """
    begin = time.monotonic()
    frame = spark.read.parquet(task.source)
    rows = frame.filter("label = 1").select(F.xxhash64("features").alias("id"), "features")
    # So few bytes come in one partition, and the join of all its pairs would be one task.
    vectors = rows.select("id", array_to_vector(F.col("features")).alias("vector"))
    vectors = vectors.repartition(4 * task.cores)
    hashing = BucketedRandomProjectionLSH(
        inputCol="vector",
        outputCol="hashes",
        bucketLength=HASH_BUCKET * _spread(frame),
        numHashTables=HASH_TABLES,
        seed=1,
    )
    pairs = (
        hashing.fit(vectors)
        .approxSimilarityJoin(vectors, vectors, float("inf"), "distance")
        .select(F.col("datasetA.id").alias("base"), F.col("datasetB.id").alias("other"), "distance")
        .filter("base != other")
    )
    by_distance = Window.partitionBy("base").orderBy("distance", "other")
    nearest = pairs.withColumn("rank", F.row_number().over(by_distance)).filter(f"rank <= {K}")
    found = nearest.groupBy("base").agg(F.array_sort(F.collect_list("other")).alias("others"))
    made = task.target - task.minority
    bases = found if made == task.minority else found.limit(made)
    place = F.pmod(F.xxhash64("base", F.lit("choice")), F.size("others")) + 1
    gap = F.pmod(F.xxhash64("base", F.lit("gap")), F.lit(2**24)) / 2**24
    chosen = bases.select(
        "base", F.element_at("others", place.cast("int")).alias("other"), gap.alias("gap")
    )
    between = F.expr("zip_with(b.features, o.features, (x, y) -> float(x + gap * (y - x)))")
    synthetic = (
        chosen.join(rows.alias("b"), F.col("b.id") == F.col("base"))
        .join(rows.dropDuplicates(["id"]).alias("o"), F.col("o.id") == F.col("other"))
        .select(between.alias("features"), F.lit(1).alias("label"))
    )
    frame.unionByName(synthetic).write.parquet(task.result)
    seconds = time.monotonic() - begin
    return Resampled({"resample and write": seconds}, lambda: _lsh_recall(rows, found))


def _spread(frame: DataFrame) -> float:
    """Measure the standard deviation of a feature of the minority, on average."""
    each = frame.filter("label = 1").select(F.posexplode("features").alias("feature", "value"))
    variances = each.groupBy("feature").agg(F.var_pop("value").alias("variance"))
    return float(variances.agg(F.sqrt(F.avg("variance"))).collect()[0][0])


def _lsh_recall(minority: DataFrame, found: DataFrame) -> float:
    rows = minority.toPandas().drop_duplicates("id", ignore_index=True)
    place = {name: number for number, name in enumerate(rows["id"])}
    queries = np.random.default_rng(0).choice(len(rows), min(QUERIES, len(rows)), replace=False)
    asked = [int(rows["id"][query]) for query in queries]
    answers = found.filter(F.col("base").isin(asked)).collect()
    used = {row["base"]: [place[other] for other in row["others"]] for row in answers}
    points = np.stack(rows["features"].tolist()).astype(np.float32)
    return share_found(
        points, queries, [np.array(used.get(name, []), np.int64) for name in asked], K
    )


SAMPLERS: dict[str, Callable[[Task], SMOTE]] = {
    "spark_smote": lambda _: SMOTE(),
    # One bucket holds the class, whose search is exact.
    "spark_smote-exact": lambda task: SMOTE(bucketSize=max(16, task.minority)),
    "spark_smote-borderline": lambda _: BorderlineSMOTE(),
    "spark_smote-adasyn": lambda _: ADASYN(),
    "spark_smote-nc": lambda task: SMOTENC(categoricalSlots=category_slots(task.features)),
}

OTHERS: dict[str, Callable[[SparkSession, Task], Resampled]] = {"floor": _floor, "lsh": _lsh}
