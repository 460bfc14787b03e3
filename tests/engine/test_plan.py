"""What a transform costs: jobs, plan nodes, buckets."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from helpers import NAMES, class_counts, feature_names, two_classes
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import (
    SMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    KMeansSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
)
from spark_smote.core.strategy import quotas
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.layout import BucketLayout, ClassBuckets
from spark_smote.engine.buckets.routing import spread
from spark_smote.engine.planning import bases
from spark_smote.engine.scan.sampling import SampleSpec
from spark_smote.evaluation.recall import measure_class_recall


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    path = str(tmp_path_factory.mktemp("plan") / "table.parquet")
    two_classes(spark, few=2000, many=3000).write.parquet(path)
    return spark.read.parquet(path)


def branches(df: DataFrame) -> list[str]:
    """Split the physical plan at its union."""
    shown = io.StringIO()
    with redirect_stdout(shown):
        df.explain("formatted")
    lines = shown.getvalue().split("\n\n\n")[0].splitlines()
    place = next(i for i, line in enumerate(lines) if "Union" in line)
    depth = lines[place].index("Union")
    children: list[str] = []
    for line in lines[place + 1 :]:
        if line[depth : depth + 2] in (":-", "+-"):
            children.append(line)
        else:
            children[-1] += "\n" + line
    return children


def test_the_majority_meets_no_python_and_no_exchange(table):
    out = SMOTE(inputCols=feature_names(table), bucketSize=200).transform(table)
    originals, synthetic = branches(out)
    assert "MapInPandas" in synthetic
    assert synthetic.count("Exchange") == 1
    for node in ("Python", "InPandas", "InArrow", "Exchange", "Sort"):
        assert node not in originals


def test_two_classes_share_one_shuffle(table):
    three = table.withColumn("label", F.when(F.col("id") % 3 == 0, 7).otherwise(F.col("label")))
    smote = SMOTE(inputCols=feature_names(table), bucketSize=200, samplingStrategy="all")
    _, synthetic = branches(smote.transform(three))
    assert synthetic.count("Exchange") == 1
    assert class_counts(smote.transform(three)) == dict.fromkeys(
        [0, 1, 7], max(class_counts(three).values())
    )


def test_routing_numbers_land_where_we_want(spark):
    routes = spread(40)
    df = spark.createDataFrame([(int(route),) for route in routes], "route int")
    vdm_coordinates = df.repartition(40, "route").select(
        "route", F.spark_partition_id().alias("at")
    )
    assert {row["route"]: row["at"] for row in vdm_coordinates.collect()} == {
        int(route): place for place, route in enumerate(routes)
    }


def test_small_classes_share_tasks_and_no_others_do():
    tasks = [ClassTask(Quota(10, 10), 5, "none")] * 300
    classes = [ClassBuckets(task, None, (1,)) for task in tasks]
    classes[7:7] = [ClassBuckets(ClassTask(Quota(10, 50_000), 5, "none"), None, (1,))]
    classes[9:9] = [ClassBuckets(ClassTask(Quota(10**6, 10), 5, "none"), None, (4,))]
    table = BucketLayout.of(tuple(classes))
    large = [i for i, bucket in enumerate(table.buckets) if bucket.class_number in (7, 9)]
    assert table.partitions == 1 + 4 + 2
    assert len(set(table.routes[large])) == len(large) == 5
    assert max(np.bincount(np.unique(table.routes, return_inverse=True)[1])) <= -(-305 // 7)


def test_more_buckets_than_partitions_are_spread_evenly():
    task = ClassTask(Quota(10**9, 10**9), 5, "none")
    table = BucketLayout.of((ClassBuckets(task, None, (1,) * 5000),))
    _, held = np.unique(table.routes, return_counts=True)
    assert table.partitions == len(held) == 2000
    assert set(held) == {2, 3}


@pytest.mark.parametrize(("twins", "again"), [(0, []), (1500, ["keys"])])
def test_what_the_check_sees_is_what_another_look_finds(table, monkeypatch, twins, again):
    """Uniform keys end a remainder where they are expected to; identical rows share one."""
    same = F.col("id") < twins
    df = table.withColumns({name: F.when(same, 0.5).otherwise(F.col(name)) for name in NAMES})
    df = df.drop("id", "note")
    smote = SMOTE(inputCols=NAMES, bucketSize=200)
    looks, look = [], SampleSpec.collect

    def spied(spec, *args):
        looks.extend(["sample"] * bool(spec.fractions) + ["keys"] * bool(spec.bins))
        return look(spec, *args)

    monkeypatch.setattr(SampleSpec, "collect", spied)
    (seen,) = smote.plan(df).layout.classes
    assert looks == again
    monkeypatch.setattr(bases, "initial_sample_spec", lambda *_: SampleSpec({}, {}))
    (looked,) = smote.plan(df).layout.classes
    assert looks == [*again, "sample", "keys"]
    assert seen.task.cutoff == looked.task.cutoff
    assert seen.hash.margin == looked.hash.margin
    np.testing.assert_array_equal(seen.hash.centers, looked.hash.centers)


def test_classes_that_share_fewer_bins_have_the_same_cutoffs(table, monkeypatch):
    """What the driver counts is bounded; what it finds is not another."""
    smote = SMOTE(inputCols=feature_names(table), bucketSize=200, samplingStrategy={1: 2777})
    repeated, fewer = RandomOverSampler(samplingStrategy={1: 2777}), RandomUnderSampler()
    cutoffs = []
    for most in (quotas.MAX_BINS, 8):
        monkeypatch.setattr(quotas, "MAX_BINS", most)
        (members,) = smote.plan(table).layout.classes
        copies = [sampler.plan(table).copies.cutoffs for sampler in (repeated, fewer)]
        cutoffs.append((members.task.cutoff, *copies))
    assert quotas.bin_shift(1) == 61
    assert None not in cutoffs[0]
    assert cutoffs[0] == cutoffs[1]


def test_recall_of_exact_search_is_one(table):
    smote = SMOTE(inputCols=feature_names(table))
    assert measure_class_recall(smote.feature_table(table), smote.plan(table)) == 1.0


def test_a_star_sends_every_row_to_one_bucket_and_searches_nothing(table):
    smote = SMOTE(inputCols=feature_names(table), interpolation="star", bucketSize=200)
    plan = smote.plan(table)
    assert len(plan.bucket_rows) > 5
    assert 1900 < sum(plan.bucket_rows) <= 2000
    assert {members.task.k for members in plan.layout.classes} == {0}
    assert measure_class_recall(smote.feature_table(table), plan) == 1.0


@pytest.mark.parametrize("digits", [9, 0])
def test_recall_is_what_the_used_neighbors_say(table, digits):
    """Against scikit-learn's distances and the lineage itself; numbers without digits make ties."""
    from sklearn.neighbors import NearestNeighbors

    names = feature_names(table)
    table = table.withColumns({name: F.round(name, digits) for name in names})
    # Ids are part of a row's key, and so of the sample that cells are fitted to.
    smote = SMOTE(
        inputCols=names, bucketSize=200, replication=1.0, distanceScaling="none", idCol="id",
        lineageCol="from", outputMode="synthetic", samplingStrategy={1: 42_000},
    )  # fmt: skip
    measured = measure_class_recall(smote.feature_table(table), smote.plan(table), queries=2000)
    made = smote.transform(table).select("from.*").toPandas()
    few = table.filter("label = 1").toPandas().set_index("id")
    points = few[names].to_numpy()
    apart, _ = NearestNeighbors(n_neighbors=6).fit(points).kneighbors(points)
    place = dict(zip(few.index, range(len(few)), strict=True))
    base, used = (made[end].map(place).to_numpy() for end in ("base", "neighbor"))
    hits = np.linalg.norm(points[base] - points[used], axis=1) <= apart[base, 5] + 1e-9
    assert 0.5 < measured < 1
    assert measured == pytest.approx(hits.mean(), abs=0.02)


@pytest.fixture(params=[1, 3])
def few_distinct(request: pytest.FixtureRequest, spark: SparkSession) -> DataFrame:
    """Two large classes of few distinct rows: a sample by the lowest keys may hold none of them."""
    columns = [f"double(id % {request.param}) x", "double(id >= 33000) y", "int(id < 33000) label"]
    return spark.range(80_000).selectExpr(*columns)


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(),
        BorderlineSMOTE(handleNoBases="uniform"),
        KMeansSMOTE(clusters=2, handleNoBases="uniform"),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_large_classes_of_few_distinct_rows_are_raised(few_distinct, sampler):
    out = sampler.setInputCols(["x", "y"]).transform(few_distinct)
    assert class_counts(out) == {0: 47_000, 1: 47_000}


def test_large_classes_of_few_distinct_rows_are_cleaned(few_distinct):
    """No row is among rows of the other class, so none is removed."""
    cleaned = EditedNearestNeighbours(inputCols=["x", "y"]).transform(few_distinct)
    assert class_counts(cleaned) == {0: 47_000, 1: 33_000}
