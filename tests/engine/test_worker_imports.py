"""Python workers import what they need: neither pyspark.ml nor scikit-learn, which take seconds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from helpers import feature_names, two_classes

from spark_smote import SMOTE

SLOW = ("pyspark.ml", "sklearn")


@pytest.mark.parametrize(
    "module", ["engine.buckets.worker", "engine.buckets.judging", "evaluation.neighbor_pairs"]
)
def test_worker_modules_import_nothing_slow(module):
    program = f"import json, sys, spark_smote.{module}\nprint(json.dumps(sorted(sys.modules)))"
    # What is found here is found there: each module from where this process has it.
    printed = subprocess.check_output(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, text=True
    )
    assert [name for name in json.loads(printed) if name.startswith(SLOW)] == []


@pytest.fixture
def modules_of_new_workers(spark, monkeypatch):
    """Run `work` in workers that ran nothing before; what they have imported by then."""

    def look(batches):
        import sys

        import pandas as pd

        for _ in batches:
            yield pd.DataFrame({"name": sorted(sys.modules)})

    def run(pool, work):
        # Workers are shared among functions of one environment.
        monkeypatch.setitem(spark.sparkContext.environment, "SPARK_SMOTE_TEST_POOL", pool)
        work()
        found = spark.range(40, numPartitions=4).mapInPandas(look, "name string").distinct()
        return {row["name"] for row in found.collect()}

    return run


def test_workers_of_a_resampling_import_nothing_slow(spark, modules_of_new_workers):
    df = two_classes(spark)

    def resample():
        for bucket_size in (None, 16):
            smote = SMOTE(inputCols=feature_names(df), bucketSize=bucket_size)
            assert smote.transform(df).count() == 400

    idle = modules_of_new_workers("idle", lambda: None)
    busy = modules_of_new_workers("busy", resample)
    assert not [name for name in idle if name.startswith("spark_smote")]
    assert "spark_smote.engine.buckets.worker" in busy
    assert sorted(name for name in busy - idle if name.startswith(SLOW)) == []
