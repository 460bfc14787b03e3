"""What Databricks runs: a bundle, whose task is the command, and a notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from bundle import DATABRICKS, bundle, wheel_task
from helpers import NAMES, class_counts, two_classes
from pyspark.sql import SparkSession

from spark_smote.cli import main, resample
from spark_smote.cli.config import Config

NOTEBOOK = DATABRICKS / "resample_notebook.py"


def test_the_task_of_the_bundle_is_a_run_of_the_command(monkeypatch):
    seen: list[Config] = []
    monkeypatch.setattr(resample, "run", lambda config, **flags: seen.append(config))
    main(wheel_task(catalog="main", schema="ml")["parameters"])
    (config,) = seen
    assert config.input.table == "main.ml.transactions"
    assert config.output.table == "main.ml.transactions_balanced"
    assert config.output.mode == "overwrite"
    assert config.sampler.getInputCols() == ["amount", "hour"]
    assert config.sampler.getLabelCol() == "fraud"


def test_the_bundle_installs_the_wheel_that_it_builds():
    artifact = bundle()["artifacts"]["wheel"]
    assert "--wheel-dir dist" in artifact["build"]
    built = DATABRICKS / artifact["path"] / "dist"
    (environment,) = bundle()["resources"]["jobs"]["resample"]["environments"]
    (dependency,) = environment["spec"]["dependencies"]
    assert (DATABRICKS / dependency).resolve().parent == built.resolve()
    assert (DATABRICKS / artifact["path"] / "pyproject.toml").exists()


def test_the_targets_set_variables_that_there_are():
    targets = bundle()["targets"]
    assert {name: target["mode"] for name, target in targets.items()} == {
        "dev": "development", "prod": "production"
    }  # fmt: skip
    for target in targets.values():
        assert target["variables"].keys() <= bundle()["variables"].keys()


class Widgets:
    """The widgets of a notebook; some values are typed in."""

    def __init__(self, **typed: str) -> None:
        self.values = typed

    def text(self, name: str, default: str, label: str) -> None:
        self.values.setdefault(name, default)

    def get(self, name: str) -> str:
        return self.values[name]


@pytest.fixture
def schema(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    spark.sql(f"CREATE SCHEMA smote_notebook LOCATION '{tmp_path_factory.mktemp('tables')}'")
    yield "smote_notebook"
    spark.sql("DROP SCHEMA smote_notebook CASCADE")


def test_the_notebook_writes_a_balanced_table(spark, schema, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    two_classes(spark, few=40, many=90).write.saveAsTable(f"{schema}.transactions")
    typed = {"catalog": "spark_catalog", "schema": schema, "label_col": "label"}
    widgets = Widgets(**typed, input_cols=",".join(NAMES))
    shown: list[Any] = []
    names = {"spark": spark, "dbutils": SimpleNamespace(widgets=widgets), "display": shown.append}
    exec(compile(NOTEBOOK.read_text(), NOTEBOOK, "exec"), names)
    assert class_counts(spark.table(f"{schema}.transactions_balanced")) == {0: 90, 1: 90}
    *tables, figure = shown
    planned, written = ([tuple(row) for row in table.collect()] for table in tables)
    assert sorted(planned) == [("0", 90, 90), ("1", 40, 90)]
    assert written == [(0, False, 90), (1, False, 40), (1, True, 50)]
    before, after = (sum(len(dots.get_offsets()) for dots in a.collections) for a in figure.axes)
    assert (before, after) == (130, 180)


def test_the_notebook_uses_nothing_that_serverless_compute_lacks():
    lacking = {"cache", "persist", "unpersist", "checkpoint", "localCheckpoint", "rdd"}
    lacking |= {"sparkContext", "addPyFile", "toLocalIterator", "createGlobalTempView"}
    nodes = ast.walk(ast.parse(NOTEBOOK.read_text()))
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert "saveAsTable" in used
    assert not used & lacking


def test_the_notebook_is_in_the_source_format_of_databricks():
    first, *cells = NOTEBOOK.read_text().split("\n\n# COMMAND ----------\n\n")
    assert first.startswith("# Databricks notebook source\n# MAGIC %md\n")
    assert "# MAGIC %pip install --quiet ../.." in cells
    for cell in cells:  # a cell is of one language
        magic = [line.startswith("# MAGIC") for line in cell.strip().splitlines()]
        assert all(magic) or not any(magic)
