"""A class of several of which no row may make new ones: an error, left out, or as by SMOTE."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import class_counts, multiset, union_all, write_and_read
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote import (
    ADASYN,
    SMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
    ResamplingError,
    SafeLevelSMOTE,
)

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

COUNTS = {"far": 50, "large": 200, "lone": 8, "near": 60}
CASES = [
    pytest.param((BorderlineSMOTE, {"m": 5}, "far"), id="borderline-1", marks=variant),
    pytest.param(
        (BorderlineSMOTE, {"m": 5, "kind": "borderline-2"}, "lone"),
        id="borderline-2",
        marks=variant,
    ),
    pytest.param((ADASYN, {}, "far"), id="adasyn", marks=variant),
    pytest.param((SafeLevelSMOTE, {}, "lone"), id="safe-level", marks=variant),
    pytest.param(
        (KMeansSMOTE, {"clusters": 2, "clusterBalanceThreshold": 0.1, "k": 3}, "lone"),
        id="k-means",
    ),
]
"""Samplers, and the class that has no bases."""


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory) -> DataFrame:
    """Far from all others, among them, all alone among another one, and in a heap with it."""
    random = np.random.default_rng(5)
    points = {
        "far": random.standard_normal((50, 2)) + 100,
        "large": random.uniform(0, 10, (200, 2)),
        "lone": np.array([[x, y] for x in (1.0, 3.5, 6.0, 8.5) for y in (2.5, 7.5)]),
        "near": random.uniform(8, 12, (60, 2)),
    }
    rows = [(*map(float, p), label) for label, part in points.items() for p in part]
    df = spark.createDataFrame(rows, "x double, y double, label string")
    return write_and_read(df, tmp_path_factory)


@pytest.fixture(params=CASES)
def case(request):
    method, params, empty = request.param
    sampler = method(
        **{"k": 3, **params}, inputCols=["x", "y"], distanceScaling="none", outputMode="synthetic",
        samplingStrategy={"near": 130, empty: 120},
    )  # fmt: skip
    return sampler, empty


def test_one_class_without_bases_need_not_stop_the_others(table, case, caplog):
    sampler, empty = case
    assert sampler.getHandleNoBases() == "error"
    with pytest.raises(ResamplingError, match=rf"Class '{empty}' has no .*handleNoBases to 'skip'"):
        sampler.plan(table)

    skipping = sampler.copy().setHandleNoBases("skip")
    skipped = skipping.plan(table)
    assert skipped.added == {"near": 70}
    assert skipped.after == COUNTS | {"near": 130}
    reason = f"Class '{empty}' has no "
    assert [text for text in caplog.messages if reason in text and "left as it is" in text]

    even = sampler.copy().setHandleNoBases("uniform")
    uniform = even.plan(table)
    assert uniform.after == COUNTS | {"near": 130, empty: 120}
    assert [text for text in caplog.messages if reason in text and "all its rows" in text]

    alone = sampler.copy().setSamplingStrategy({"near": 130})
    plain = SMOTE(
        inputCols=["x", "y"], distanceScaling="none", outputMode="synthetic", k=3,
        samplingStrategy={empty: 120},
    )  # fmt: skip
    results = {
        "skip": skipping.apply(table, skipped),
        "uniform": even.apply(table, uniform),
        "alone": alone.transform(table),
        "plain": plain.transform(table),
    }
    rows = union_all(
        frame.withColumn("from", F.lit(name)) for name, frame in results.items()
    ).collect()
    made = {name: [row[:3] for row in rows if row["from"] == name] for name in results}
    assert multiset(made["skip"]) == multiset(made["alone"])
    by_uniform = multiset(row for row in made["uniform"] if row[2] == empty)
    assert by_uniform.total() == 120 - COUNTS[empty]
    if getattr(sampler, "getKind", str)() == "borderline-2":
        return  # which goes towards rows of any class
    assert by_uniform == multiset(made["plain"])
    if not isinstance(sampler, KMeansSMOTE):  # whose classes share one number of parts
        assert multiset(r for r in made["uniform"] if r[2] == "near") == multiset(made["alone"])


@variant
def test_no_class_is_left(table):
    sampler = ADASYN(
        inputCols=["x", "y"], samplingStrategy={"far": 70}, distanceScaling="none",
        handleNoBases="skip",
    )  # fmt: skip
    plan = sampler.plan(table)
    assert plan.added == {}
    assert class_counts(sampler.apply(table, plan)) == COUNTS


@variant
@pytest.mark.parametrize(
    ("sampler", "empty"),
    [
        (BorderlineSMOTE(), "far"),
        (KMeansSMOTE(clusters=3, clusterBalanceThreshold=1.0, k=5), "near"),
    ],
)
def test_a_large_class_is_hashed_as_by_smote(table, sampler, empty):
    given = {"inputCols": ["x", "y"], "bucketSize": 16, "outputMode": "synthetic"}
    given |= {"samplingStrategy": {empty: 83}, "distanceScaling": "none"}
    uniform = sampler.copy().setParams(handleNoBases="uniform", **given)
    with pytest.raises(ResamplingError, match=f"Class '{empty}' has no "):
        uniform.copy().setHandleNoBases("error").plan(table)
    assert multiset(uniform.transform(table)) == multiset(SMOTE(**given).transform(table))
