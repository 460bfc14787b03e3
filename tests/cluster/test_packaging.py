"""The wheel: what it asks pip for, and its command as a task of Databricks calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from bundle import wheel_task
from cluster.standalone import SPARK_HOME, environment
from helpers import blobs
from html_report.made import evaluation
from packaging.requirements import Requirement
from pyarrow import parquet, table

from spark_smote.html_report import render
from spark_smote.runtime.java import use_java

pytestmark = pytest.mark.cluster

TASK = """
import io, json, sys
from contextlib import redirect_stdout
from importlib import metadata
from pyspark.sql import SparkSession

task, data, warehouse = json.loads(sys.argv[1])
spark = SparkSession.builder.config("spark.sql.warehouse.dir", warehouse).getOrCreate()
spark.read.parquet(data).write.saveAsTable("transactions")

def run(*more):
    sys.argv = ["notebook", *task["parameters"], *more]
    points = metadata.distribution(task["package_name"]).entry_points
    (entry,) = (point for point in points if point.name == task["entry_point"])
    return entry.load()()

with redirect_stdout(io.StringIO()) as output:  # as the notebook around a task does
    ended = [run()]
report = json.loads(output.getvalue().splitlines()[-1])
try:
    run("--labelCol=froud")
except SystemExit as stop:
    ended.append(stop.code)
rows = spark.table("transactions_balanced").groupBy("fraud", "synthetic").count()
counts = sorted(map(tuple, rows.collect()))
print(json.dumps([ended, report["classes"], counts, sys.modules["spark_smote"].__file__]))
"""


def test_pip_brings_a_spark_only_where_it_is_asked_for(wheel):
    (built,) = metadata.distributions(path=[str(wheel)])
    requirements = list(map(Requirement, built.requires or ()))

    def names(extra: str) -> set[str]:
        wanted = [r for r in requirements if not r.marker or r.marker.evaluate({"extra": extra})]
        further = [names(e) for r in wanted if r.name == built.name for e in r.extras]
        return {r.name for r in wanted}.union(*further)

    assert names("") == {"numpy", "pandas", "pyarrow", "scikit-learn", "threadpoolctl"}
    for extra in ("spark", "demo", "benchmark", "dev"):
        assert "pyspark" in names(extra)


def test_the_wheel_holds_what_the_report_is_made_of(wheel):
    """And renders it without being unpacked, as Spark's ``--py-files`` has it."""
    made = evaluation(methods=("none", "over"), learners=("forest",), points=50)
    code = "import json, sys, spark_smote.html_report as report; assert '.whl' in report.__file__; "
    code += "sys.stdout.write(report.render(json.load(sys.stdin)))"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(wheel)},
        cwd=wheel.parent, input=json.dumps(made), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout == render(made)


def test_the_task_of_the_bundle_runs_where_the_wheel_alone_is_installed(wheel, tmp_path):
    use_java()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(tmp_path / "site"), str(wheel)], check=True)
    columns = dict(zip(["amount", "hour"], blobs(300, 2, seed=0).T, strict=True))
    parquet.write_table(table({**columns, "fraud": [int(i < 60) for i in range(300)]}),
                        tmp_path / "data.parquet")  # fmt: skip
    task = wheel_task(catalog="spark_catalog", schema="default")
    ended = subprocess.run(
        # Without `site` there is no editable installation.
        [sys.executable, "-S", "-c", TASK,
         json.dumps([task, str(tmp_path / "data.parquet"), str(tmp_path / "warehouse")])],
        env=environment(PYTHONPATH=f"{tmp_path / 'site'}:{SPARK_HOME.parent}"),
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    codes, classes, counts, where = json.loads(ended.stdout.splitlines()[-1])
    assert codes == [None, 2], ended.stderr[-3000:]  # a returned code would be no failure
    assert [(row["label"], row["made"]) for row in classes] == [(0, 0), (1, 180)]
    assert "'froud'" in ended.stderr
    assert counts == [[0, False, 240], [1, False, 60], [1, True, 180]]
    assert Path(where).is_relative_to(tmp_path / "site")
