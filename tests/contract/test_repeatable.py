"""Input that is not the same each time it is read: told in one sentence, never in wrong rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyspark
import pytest
from helpers import NAMES, class_counts
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from spark_smote import (
    SMOTE,
    SMOTEENN,
    BorderlineSMOTE,
    KMeansSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingError,
    TomekLinks,
)
from spark_smote.base import Sampler
from spark_smote.core.digest import RowDigest
from spark_smote.engine.scan.determinism import is_deterministic
from spark_smote.runtime.errors import brief

KNOWS = pyspark.__version__ >= "4"
"""Whether Spark tells of a random plan."""

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

CHANGED = r"The input changed between the plan and its use: .*\. Write or checkpoint it first"

SAMPLERS = [
    pytest.param(SMOTE(), id="one bucket"),
    pytest.param(SMOTE(bucketSize=100), id="hashed"),
    pytest.param(KMeansSMOTE(clusters=3, clusterBalanceThreshold=0.0), id="k-means", marks=variant),
    pytest.param(BorderlineSMOTE(), id="weighted", marks=variant),
    pytest.param(TomekLinks(), id="cleaning"),
    pytest.param(TomekLinks(bucketSize=700), id="hashed cleaning", marks=variant),
    pytest.param(SMOTEENN(), id="combined", marks=variant),
    pytest.param(RandomOverSampler(shrinkage=1.0), id="noise"),
    pytest.param(RandomOverSampler(), id="repeated"),
    pytest.param(RandomUnderSampler(), id="left out", marks=variant),
]


ANY = "xxhash64(reflect('java.util.UUID', 'randomUUID'))"
"""Another number in each evaluation, unlike rand(), whose seed is fixed when a plan is built."""

UNSTABLE = {
    "feature": lambda df: df.withColumn("x1", F.expr(f"x1 + pmod({ANY}, 1000) / 1000")),
    "filter": lambda df: df.filter(f"id % 9 > 0 or {ANY} > 0"),
}


def resampled(sampler: Sampler, df: Any) -> dict[int, int]:
    plan = sampler.plan(df)
    return sampler.verify(sampler.apply(df, plan), plan)


@pytest.mark.parametrize(
    ("sampler", "how"),
    [
        *(pytest.param(*case.values, "feature", id=case.id, marks=case.marks) for case in SAMPLERS),
        pytest.param(SMOTE(bucketSize=100), "filter", id="fewer rows, hashed", marks=variant),
        pytest.param(RandomOverSampler(), "filter", id="fewer rows, repeated"),
    ],
)
def test_rows_that_change_are_told_in_a_sentence(overlap, sampler, how):
    """Whichever job meets them first, or the count of the result."""
    changing = UNSTABLE[how](overlap)
    sampler = sampler.copy().setInputCols(NAMES)
    with pytest.raises((ResamplingError, PySparkException)) as error:
        resampled(sampler, changing)
    told = brief(error.value)
    assert told.startswith(("The input changed", "ResamplingError: The input changed"))
    assert error.match(CHANGED)


@pytest.mark.parametrize(
    ("sampler", "change"),
    [
        (SMOTE(), "x1 + int(id = 5)"),
        (SMOTE(bucketSize=100), "if(id = 5, null, x1)"),
        pytest.param(SMOTE(bucketSize=100), "x1 + int(id = 5)", marks=variant),
        pytest.param(TomekLinks(), "x1 + int(id = 5)", marks=variant),
    ],
    ids=["one bucket", "hashed, one less", "hashed", "cleaning"],
)
def test_one_row_that_changed_since_the_plan_fails_the_task(overlap, sampler, change):
    sampler = sampler.copy().setInputCols(NAMES)
    plan = sampler.plan(overlap)
    changed = overlap.withColumn("x1", F.expr(change)).filter("x1 is not null")
    with pytest.raises(PySparkException) as error:
        sampler.apply(changed, plan).collect()
    assert error.match(CHANGED)
    assert brief(error.value).count(".") == 2, "two sentences, and no trace"


@variant
@pytest.mark.parametrize(
    "sampler", [SMOTE(outputMode="synthetic"), TomekLinks(), RandomUnderSampler()], ids=str
)
def test_a_result_is_verified_by_its_counts(overlap, sampler):
    sampler = sampler.copy().setInputCols(NAMES)
    table = overlap.withColumn("label", F.expr("if(id % 400 = 7, null, label)"))
    plan = sampler.plan(table)
    result = sampler.apply(table, plan).localCheckpoint()
    found = class_counts(result)
    assert sampler.verify(result, plan) == {k: n for k, n in found.items() if k is not None}
    for wrong in (result.filter("label != 0 or x0 > 0"), result.unionByName(result.limit(1))):
        with pytest.raises(ResamplingError, match=r"the result holds .* planned were"):
            sampler.verify(wrong, plan)


@variant
def test_a_result_of_other_classes_is_not_the_plans(overlap):
    plan = RandomUnderSampler().plan(overlap)
    other = overlap.withColumn("label", F.expr("label + 5"))
    with pytest.raises(ResamplingError, match="the result holds"):
        RandomUnderSampler().verify(other, plan)


NAMED = {
    "rand": lambda df: df.withColumn("x1", F.rand(1)),
    "uuid": lambda df: df.withColumn("y", F.expr("uuid()")),
    "a filter": lambda df: df.filter(F.udf(lambda x: x > 0, "boolean").asNondeterministic()("x0")),
    "long before": lambda df: df.orderBy(F.rand()).groupBy("id").agg(F.max("label").alias("label")),
}
DETERMINISTIC = {
    "stored": lambda df: df,
    "a UDF": lambda df: df.withColumn("x1", F.udf(lambda x: x + 1, "double")("x1")),
    "a join": lambda df: df.join(df.selectExpr("id", "x1 as y"), "id"),
    "twice one name": lambda df: df.select("*", F.col("x1").alias("X1")),
    "a checkpoint": lambda df: df.withColumn("x1", F.rand(1)).localCheckpoint(),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_random_plan_is_warned_of(overlap, name, caplog):
    RandomUnderSampler(samplingStrategy={0: "1x"}).plan(NAMED[name](overlap))
    assert ("write or checkpoint it first" in caplog.text) == KNOWS


@variant
def test_what_spark_ml_marks_as_random_is_not_warned_of(overlap, caplog):
    from pyspark.ml.feature import VectorAssembler

    assembled = VectorAssembler(inputCols=NAMES, outputCol="features").transform(overlap)
    assert not is_deterministic(assembled)
    RandomUnderSampler(samplingStrategy={0: "1x"}).plan(assembled)
    assert not caplog.text


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_no_other_plan_is(overlap, name):
    assert is_deterministic(DETERMINISTIC[name](overlap))


def test_a_digest_knows_rows_in_any_order():
    random = np.random.default_rng(0)
    keys, counts = random.integers(-(2**63), 2**63 - 1, 1000), random.integers(1, 4, 1000)
    whole = RowDigest.of(keys, counts)
    order = random.permutation(1000)
    parts = [RowDigest.of(keys[some], counts[some]) for some in np.split(order, [10, 400])]
    assert sum(parts, start=RowDigest()) == whole
    apart = np.repeat(keys, counts)
    assert RowDigest.of(apart, np.ones_like(apart)) == whole
    assert RowDigest.from_bytes(whole.to_bytes()) == whole
    whole.check(whole)
    RowDigest(whole.rows, None).check(whole)
    keys[3] ^= 1
    counts[3] = 1
    for other, told in (
        (RowDigest.of(keys[1:], counts[1:]), "rows are read where"),
        (RowDigest(whole.rows, (whole.keys or 0) ^ 1), "but other ones"),
    ):
        with pytest.raises(ResamplingError, match=told):
            whole.check(other)
