"""The contract over every sampler that adds rows, by one table; see also `test_contract`."""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import FEW, NAMES, matrix, multiset, overlapping
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

import spark_smote
from spark_smote import (
    ADASYN,
    SMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
    ProWSyn,
    RandomOverSampler,
    RandomUnderSampler,
    SafeLevelSMOTE,
)
from spark_smote.base import OverSampler
from spark_smote.cli.config import METHODS, load

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

SAMPLERS: dict[str, OverSampler] = {
    "borderline-1": BorderlineSMOTE(),
    "borderline-2": BorderlineSMOTE(kind="borderline-2"),
    "adasyn": ADASYN(),
    "safe-level": SafeLevelSMOTE(),
    "prowsyn": ProWSyn(levels=3),
    "k-means": KMeansSMOTE(clusters=3, clusterBalanceThreshold=0.0),
}
PORTABLE = ["borderline-2", "adasyn", "prowsyn", "k-means"]
"""The others go the way of one of these."""

CASES = [
    *(pytest.param((name, 700), marks=[variant] * (name not in PORTABLE)) for name in SAMPLERS),
    pytest.param(("adasyn", None), marks=variant),
]
"""Samplers and bucket sizes: in one bucket all go the same way."""


@dataclass
class Result:
    """A sampler, its output, and the output's rows."""

    sampler: OverSampler
    frame: DataFrame
    rows: Counter[str]


@pytest.fixture(scope="module", params=CASES, ids=str)
def resampled(request: pytest.FixtureRequest, overlap: DataFrame) -> Result:
    name, bucket_size = request.param
    sampler = SAMPLERS[name].copy().setInputCols(NAMES).setSyntheticCol("made")
    sampler.setParams(bucketSize=bucket_size, copyCols=["id"])
    frame = sampler.setSamplingStrategy({0: 1234, 1: 1001}).transform(overlap)
    return Result(sampler, frame, multiset(frame))


def test_originals_counts_and_schema_are_kept(overlap, resampled):
    synthetic = Counter({row: n for row, n in resampled.rows.items() if "made=True" in row})
    originals = multiset(overlap.withColumn("made", F.lit(False)))
    assert resampled.rows - synthetic == originals
    assert synthetic.total() == 234 + 401
    assert sum("label=0" in row for row in synthetic.elements()) == 234
    assert_schema_equality(resampled.frame.schema, overlap.withColumn("made", F.lit(False)).schema)


@variant
def test_partitions_and_order_do_not_matter(overlap, resampled):
    other = resampled.sampler.transform(overlap.repartition(4).sortWithinPartitions("x1"))
    assert multiset(other.filter("made")) == resampled.rows - multiset(
        resampled.frame.filter("not made")
    )


def test_it_is_a_method_of_the_job_and_saved_whole(spark, tmp_path, resampled):
    assert METHODS[type(resampled.sampler).__name__] is type(resampled.sampler)
    resampled.sampler.save(str(tmp_path / "it"))
    loaded = type(resampled.sampler).load(str(tmp_path / "it"))
    assert loaded.extractParamMap() == resampled.sampler.extractParamMap()


@variant
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_is_public_and_told_of(method):
    """Exported, every Param a keyword with a setter and a getter, and in the docstring."""
    assert getattr(spark_smote, method.__name__) is method
    text: Any = method.__doc__
    own = {param.name for param in method().params}
    assert set(inspect.signature(method).parameters) == own
    for name in own:
        capital = name[0].upper() + name[1:]
        assert callable(getattr(method, "get" + capital))
        assert callable(getattr(method, "set" + capital))
    inherited = {param.name for param in SMOTE().params} if "**params" in text else set()
    assert [name for name in own - inherited if name not in text] == []
    assert ">>> from spark_smote import " + method.__name__ in text


@variant
@pytest.mark.parametrize("method", [RandomOverSampler, RandomUnderSampler])
@pytest.mark.parametrize("features", [{"inputCols": NAMES}, {"featuresCol": "none such"}], ids=str)
def test_a_method_without_features_ignores_them_and_says_so_once(overlap, caplog, method, features):
    """Another method is another name, and nothing else."""
    plain = method().plan(overlap)
    assert "no effect" not in caplog.text
    with caplog.at_level("INFO", logger="spark_smote"):
        sampler = method(**features)
        planned = sampler.plan(overlap)
        assert sampler.apply(overlap, planned).schema == sampler.check(overlap)
    assert (planned.after, planned.copies) == (plain.after, plain.copies)
    (told,) = [text for text in caplog.messages if "no effect" in text]
    assert f"{method.__name__} draws whole rows" in told
    assert f"{next(iter(features))} has no effect" in told


@variant
@pytest.mark.parametrize("method", METHODS)
def test_the_same_config_names_any_method(method):
    given = {"inputCols": ["a", "b"], "labelCol": "y", "seed": 3}
    config = load(None, {"input": {"path": "in"}, "smote": {"method": method, "inputCols": "a,b"}})
    assert config.sampler.getInputCols() == METHODS[method](**given).getInputCols() == ["a", "b"]


def imblearn_sampler(name: str) -> Any:
    from imblearn import over_sampling as oracle

    twins = {
        "smote": oracle.SMOTE,
        "borderline-1": oracle.BorderlineSMOTE,
        "borderline-2": lambda **kw: oracle.BorderlineSMOTE(kind="borderline-2", **kw),
        "adasyn": oracle.ADASYN,
    }
    return twins[name](sampling_strategy={1: FEW + 8000}, random_state=1)


@variant
@pytest.mark.parametrize("name", ["smote", "borderline-1", "borderline-2", "adasyn"])
def test_new_rows_are_distributed_as_imbalanced_learns(overlap, name):
    """Means and deviations within four standard errors, feature by feature."""
    sampler = {**SAMPLERS, "smote": SMOTE()}[name].copy().setInputCols(NAMES)
    sampler.setParams(distanceScaling="none", outputMode="synthetic")
    made = matrix(sampler.setSamplingStrategy({1: FEW + 8000}).transform(overlap), NAMES)
    points, label = overlapping()
    expected = imblearn_sampler(name).fit_resample(points, label)[0][len(points) :]
    assert abs(len(made) - len(expected)) < 200  # ADASYN's own rounding
    error = expected.std(axis=0) * np.sqrt(2 / len(made))
    assert (np.abs(made.mean(axis=0) - expected.mean(axis=0)) < 4 * error).all()
    assert (np.abs(made.std(axis=0) - expected.std(axis=0)) < 4 * error).all()
