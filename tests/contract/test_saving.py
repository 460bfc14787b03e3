"""Where a saved sampler says it is from: once released, the name never changes."""

from __future__ import annotations

import json

import pytest

import spark_smote
from spark_smote.base import Sampler

SAMPLERS = [
    name
    for name in spark_smote.__all__
    if isinstance(public := getattr(spark_smote, name), type) and issubclass(public, Sampler)
]


@pytest.mark.portable
@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_is_saved_under_its_public_name(spark, tmp_path, name):
    getattr(spark_smote, name)().save(str(tmp_path / "sampler"))
    (row,) = spark.read.text(str(tmp_path / "sampler" / "metadata")).collect()
    assert json.loads(row["value"])["class"] == f"spark_smote.{name}"
