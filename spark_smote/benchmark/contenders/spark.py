"""Contenders that run on Spark, each in a warm session of its own."""

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

from spark_smote.benchmark.contenders.indexes import recall_at_k
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

WARM_UP_ROWS = 1000
"""Minority rows of the warm-up."""

WARM_UP_OTHERS = 20_000
"""Majority rows of the warm-up if classes overlap: enough for some rows in danger."""

WARM_UP_BUCKET = 500
"""Bucket size of the warm-up, small enough for a hash to be fitted and used."""

LSH_TABLES = 3
"""Hash tables of Spark's LSH."""

LSH_BUCKET_STD = 0.25
"""Length of a bucket of Spark's LSH, in standard deviations of the projected rows.

Spark recommends far longer ones, 1 to 10 times rows^(-1/features) for vectors of length 1; in tens
of dimensions, one such bucket holds all rows. A bucket of this length holds a tenth of them.
"""


@dataclass(frozen=True)
class Resampled:
    """Outcome of a contender.

    Attributes
    ----------
    steps : dict of str to float
        Seconds of its steps, in order.
    measure_recall : callable
        Measures its recall, if it has one.
    exact_counts : bool
        Whether its classes should have exactly the rows asked for.
    """

    steps: dict[str, float]
    measure_recall: Callable[[], float | None]
    exact_counts: bool = True


def run(task: Task, clock: Clock) -> dict[str, Any]:
    """Start Spark, warm it up, resample twice, and read the event log of the first run."""
    logs = Path(task.scratch) / "events"
    logs.mkdir()
    os.environ["PYSPARK_SUBMIT_ARGS"] = _submit_args(task, logs)
    begin = time.monotonic()
    with session("spark-smote benchmark") as spark:
        session_seconds = time.monotonic() - begin
        _warm_up(spark, task)
        with clock():
            began = time.time()
            resampled = _resample(spark, task)
            ended = time.time()
        # The few rows of the warm-up leave code that the JVM has not compiled; now it has.
        begin = time.monotonic()
        _resample(spark, replace(task, scratch=str(Path(task.scratch) / "again")))
        again_seconds = time.monotonic() - begin
        recall = resampled.measure_recall() if task.recall else None
    # The log is complete when the session has ended.
    (log,) = logs.iterdir()
    return {
        **({} if resampled.exact_counts else {"counts_exact": None}),
        "recall": recall,
        "session_seconds": session_seconds,
        "again_seconds": again_seconds,
        "steps": resampled.steps,
        "stages": read_stages(log, began, ended, resampled.steps),
    }


def _resample(spark: SparkSession, task: Task, bucket_size: int | None = None) -> Resampled:
    """Read the table, resample it by the contender and write the result."""
    if task.contender in OTHERS:
        return OTHERS[task.contender](spark, task)
    sampler = SAMPLERS[task.contender](task)
    if bucket_size:
        sampler.setBucketSize(bucket_size)
    return _smote(spark, task, sampler)


def _submit_args(task: Task, logs: Path) -> str:
    """Return Spark's arguments: its defaults, but for a single machine and the event log."""
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
    """Resample few rows, to start the Python workers and let the JVM compile."""
    data, minority = CONTENDERS[task.contender].data, WARM_UP_ROWS
    majority = WARM_UP_OTHERS if data == "overlap" else 2 * minority
    folder = Path(task.scratch) / "warm-up"
    folder.mkdir()
    table = make_table(data, minority, majority, task.features, folder)
    small = replace(
        task,
        source=table.path,
        scratch=str(folder),
        majority=majority,
        minority=minority,
        target=2 * minority,
    )
    _resample(spark, small, WARM_UP_BUCKET)


def _smote(spark: SparkSession, task: Task, sampler: SMOTE) -> Resampled:
    begin = time.monotonic()
    frame = spark.read.parquet(task.source)
    sampler.setSamplingStrategy({1: task.target})
    read = time.monotonic()
    # As `transform` does, but the plan is kept to measure recall.
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
    """Read the same rows and write as many as SMOTE does, with minority rows copied."""
    begin = time.monotonic()
    frame = spark.read.parquet(task.source)
    again = frame.filter("label = 1")
    new_rows = task.target - task.minority
    if new_rows != task.minority:
        # About as many: an exact count would take more work than a copy.
        whole, rest = divmod(new_rows / task.minority, 1)
        one_more = F.pmod(F.xxhash64("features"), F.lit(2**20)) / 2**20 < rest
        copies = F.array_repeat(F.lit(0), F.lit(int(whole)) + one_more.cast("int"))
        again = again.withColumn("copy", F.explode(copies)).drop("copy")
    frame.unionByName(again).write.parquet(task.result)
    return Resampled({"copy": time.monotonic() - begin}, lambda: None, new_rows == task.minority)


def _lsh(spark: SparkSession, task: Task) -> Resampled:
    """Interpolate with what Spark offers: its LSH joins rows, of which the k nearest are kept.

    All joined pairs are ranked: a threshold would only lose some.
    """
    begin = time.monotonic()
    frame = spark.read.parquet(task.source)
    rows = frame.filter("label = 1").select(F.xxhash64("features").alias("id"), "features")
    # So few bytes are read as one partition, and the join of all pairs would be one task.
    vectors = rows.select("id", array_to_vector(F.col("features")).alias("vector"))
    vectors = vectors.repartition(4 * task.cores)
    hashing = BucketedRandomProjectionLSH(
        inputCol="vector",
        outputCol="hashes",
        bucketLength=LSH_BUCKET_STD * _mean_std(frame),
        numHashTables=LSH_TABLES,
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
    neighbors = nearest.groupBy("base").agg(F.array_sort(F.collect_list("other")).alias("others"))
    new_rows = task.target - task.minority
    bases = neighbors if new_rows == task.minority else neighbors.limit(new_rows)
    choice = F.pmod(F.xxhash64("base", F.lit("choice")), F.size("others")) + 1
    gap = F.pmod(F.xxhash64("base", F.lit("gap")), F.lit(2**24)) / 2**24
    chosen = bases.select(
        "base", F.element_at("others", choice.cast("int")).alias("other"), gap.alias("gap")
    )
    between = F.expr("zip_with(b.features, o.features, (x, y) -> float(x + gap * (y - x)))")
    synthetic = (
        chosen.join(rows.alias("b"), F.col("b.id") == F.col("base"))
        .join(rows.dropDuplicates(["id"]).alias("o"), F.col("o.id") == F.col("other"))
        .select(between.alias("features"), F.lit(1).alias("label"))
    )
    frame.unionByName(synthetic).write.parquet(task.result)
    seconds = time.monotonic() - begin
    return Resampled({"resample and write": seconds}, lambda: _lsh_recall(rows, neighbors))


def _mean_std(frame: DataFrame) -> float:
    """Compute the root of the mean variance of the minority's features."""
    values = frame.filter("label = 1").select(F.posexplode("features").alias("feature", "value"))
    variances = values.groupBy("feature").agg(F.var_pop("value").alias("variance"))
    return float(variances.agg(F.sqrt(F.avg("variance"))).collect()[0][0])


def _lsh_recall(minority: DataFrame, neighbors: DataFrame) -> float:
    """Compute recall of the neighbors that Spark's LSH found for some rows."""
    rows = minority.toPandas().drop_duplicates("id", ignore_index=True)
    position = {id_: i for i, id_ in enumerate(rows["id"])}
    queries = np.random.default_rng(0).choice(len(rows), min(QUERIES, len(rows)), replace=False)
    ids = [int(rows["id"][query]) for query in queries]
    answers = neighbors.filter(F.col("base").isin(ids)).collect()
    used = {row["base"]: [position[other] for other in row["others"]] for row in answers}
    points = np.stack(rows["features"].tolist()).astype(np.float32)
    return recall_at_k(points, queries, [np.array(used.get(id_, []), np.int64) for id_ in ids], K)


SAMPLERS: dict[str, Callable[[Task], SMOTE]] = {
    "spark_smote": lambda _: SMOTE(),
    # One bucket holds the class, so the search is exact.
    "spark_smote-exact": lambda task: SMOTE(bucketSize=max(16, task.minority)),
    "spark_smote-borderline": lambda _: BorderlineSMOTE(),
    "spark_smote-adasyn": lambda _: ADASYN(),
    "spark_smote-nc": lambda task: SMOTENC(categoricalSlots=category_slots(task.features)),
}
"""Samplers of this package, by contender."""

OTHERS: dict[str, Callable[[SparkSession, Task], Resampled]] = {"floor": _floor, "lsh": _lsh}
"""Other ways to resample on Spark, by contender."""
