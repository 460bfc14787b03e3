"""The notebook for Databricks, on a Delta table to which others write meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from bundle import NOTEBOOK
from helpers import NAMES, class_counts, spark_conf, two_classes

pytestmark = pytest.mark.lake

VALUES = {
    "catalog": "spark_catalog", "schema": "default", "input": "notebook_in",
    "output": "notebook_out", "input_cols": ",".join(NAMES), "label_col": "label",
}  # fmt: skip


class Widgets:
    """The widgets of a notebook, filled in."""

    def __init__(self) -> None:
        self.defaults: dict[str, str] = {}

    def text(self, name: str, default: str, label: str) -> None:
        self.defaults[name] = default

    def get(self, name: str) -> str:
        assert name in self.defaults
        return VALUES[name]


def test_the_notebook_balances_one_version_of_a_table(spark, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    rows = two_classes(spark, few=40, many=90)
    shown: list[Any] = []

    def display(what: Any) -> None:
        shown.append([tuple(row) for row in what.collect()] if hasattr(what, "collect") else what)
        rows.limit(10).write.insertInto("notebook_in")  # while the notebook runs

    with spark_conf(spark, "spark.sql.sources.default", "delta"):
        rows.write.saveAsTable("notebook_in")
        names = {"spark": spark, "dbutils": SimpleNamespace(widgets=Widgets()), "display": display}
        exec(compile(NOTEBOOK.read_text(), NOTEBOOK, "exec"), names)
    planned, written, figure = shown
    assert sorted(planned) == [("0", 90, 90), ("1", 40, 90)]
    assert written == [(0, False, 90), (1, False, 40), (1, True, 50)]
    before, after = (sum(len(dots.get_offsets()) for dots in a.collections) for a in figure.axes)
    assert (before, after) == (130, 180)
    assert class_counts(spark.table("notebook_out")) == {0: 90, 1: 90}
    for name in ("notebook_in", "notebook_out"):
        spark.sql(f"DROP TABLE {name}")
