"""What Databricks runs: a bundle, whose task is the command, and a notebook."""

from __future__ import annotations

import ast

from bundle import DATABRICKS, NOTEBOOK, bundle, wheel_task

from spark_smote.cli import main, resample
from spark_smote.cli.config import Config


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
