"""The files for Databricks, and the bundle read as its command line does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["DATABRICKS", "NOTEBOOK", "bundle", "wheel_task"]

DATABRICKS = Path(__file__).parents[1] / "jobs" / "databricks"
NOTEBOOK = DATABRICKS / "resample_notebook.py"


def bundle() -> dict[str, Any]:
    import yaml  # the environment of Spark 3.5 collects tests without it

    content: dict[str, Any] = yaml.safe_load((DATABRICKS / "databricks.yml").read_text())
    return content


def wheel_task(**variables: str) -> dict[str, Any]:
    """The job's only task, with variables in the place of their names."""
    content = bundle()
    values = {name: text["default"] for name, text in content["variables"].items()} | variables
    (task,) = content["resources"]["jobs"]["resample"]["tasks"]
    wheel: dict[str, Any] = task["python_wheel_task"]
    for name, value in values.items():
        wheel["parameters"] = [p.replace(f"${{var.{name}}}", value) for p in wheel["parameters"]]
    return wheel
