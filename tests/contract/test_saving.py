"""Where a saved stage says it is from: once released, the name never changes."""

from __future__ import annotations

import json

import pytest

import spark_smote
from spark_smote.training_stage import Stage

STAGES = [
    name
    for name in spark_smote.__all__
    if isinstance(public := getattr(spark_smote, name), type) and issubclass(public, Stage)
]


@pytest.mark.portable
@pytest.mark.parametrize("name", STAGES)
def test_a_stage_is_saved_under_its_public_name(spark, tmp_path, name):
    getattr(spark_smote, name)().save(str(tmp_path / "stage"))
    (row,) = spark.read.text(str(tmp_path / "stage" / "metadata")).collect()
    assert json.loads(row["value"])["class"] == f"spark_smote.{name}"
