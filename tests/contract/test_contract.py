"""The contract that every sampler keeps, line by line."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import (
    assert_on_segments,
    blobs,
    class_counts,
    feature_names,
    multiset,
    spark_conf,
    split_synthetic,
    two_classes,
    union_all,
    write_and_read,
)
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, ResamplingError
from spark_smote.core.strategy import quotas
from spark_smote.engine.buckets import capacity

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

# One bucket is searched exactly; hashed buckets of 100 rows are the other way of everything.
BUCKETS = [pytest.param(None, id="exact", marks=variant), pytest.param(100, id="hashed")]


@pytest.fixture(scope="module", params=BUCKETS)
def bucket_size(request: pytest.FixtureRequest) -> int | None:
    return request.param


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """700 against 1,000 rows, read back from several partitions."""
    return write_and_read(
        two_classes(spark, few=700, many=1000).repartition(3, "id"), tmp_path_factory
    )


def sampler(df: DataFrame, bucket_size: int | None, **params: object) -> SMOTE:
    return SMOTE(inputCols=feature_names(df), bucketSize=bucket_size, **params)


@pytest.fixture(scope="module")
def outcome(table: DataFrame, bucket_size: int | None) -> tuple[DataFrame, list[Row], list[Row]]:
    """The output with lineage, and its originals and synthetic rows from one evaluation."""
    out = sampler(
        table, bucket_size, samplingStrategy={1: 2350}, idCol="id", lineageCol="from",
        syntheticCol="made",
    ).transform(table)  # fmt: skip
    return out, *split_synthetic(out)


class TestOriginalsUntouched:
    @pytest.mark.quick
    def test_output_minus_synthetic_is_the_input(self, table, outcome):
        _, originals, _ = outcome
        assert {row["from"] for row in originals} == {None}
        names = table.columns
        assert multiset(Row(*names)(*[r[n] for n in names]) for r in originals) == multiset(table)

    @pytest.mark.quick
    def test_schema_types_and_order_stay(self, table, outcome):
        out, _, _ = outcome
        assert_schema_equality(out.drop("from", "made").schema, table.schema)

    def test_nullability_widens_only_where_a_null_must_be_carried(self, spark):
        schema = "x0 double not null, x1 int not null, label int not null, other int not null"
        rows = [(float(i), i * i, int(i < 8), i) for i in range(30)]
        df = spark.createDataFrame(rows, schema)
        out = SMOTE(inputCols=["x0", "x1"], syntheticCol="made").transform(df)
        nullable = {field.name: field.nullable for field in out.schema}
        assert nullable == {
            "x0": False, "x1": False, "label": False, "other": True, "made": False
        }  # fmt: skip
        copied = SMOTE(inputCols=["x0", "x1"], copyCols=["other"]).transform(df)
        assert not any(field.nullable for field in copied.schema)

    def test_rows_without_a_label_pass_through(self, spark, table):
        lost = table.limit(5).withColumn("label", F.lit(None).cast("int"))
        mixed = table.unionByName(lost)
        out = sampler(mixed, None).transform(mixed)
        assert class_counts(out) == {0: class_counts(table)[0], 1: class_counts(table)[0], None: 5}


class TestExactCounts:
    @pytest.mark.parametrize(
        "asked", [[1401], pytest.param([701, 1400, 3333, 700], marks=variant)], ids=str
    )
    def test_every_count_is_met(self, table, bucket_size, asked):
        outs = [
            sampler(table, bucket_size, samplingStrategy={1: rows})
            .transform(table)
            .select("label", F.lit(rows).alias("asked"))
            for rows in asked
        ]
        found = union_all(outs).groupBy("asked", "label").count().collect()
        expected = {(rows, 0): 1000 for rows in asked} | {(rows, 1): rows for rows in asked}
        assert {(row["asked"], row["label"]): row["count"] for row in found} == expected

    @pytest.mark.quick
    def test_no_row_makes_more_than_its_share(self, outcome):
        """Every base is used as often as any other, give or take one."""
        _, _, made = outcome
        used = list(Counter(row["from"]["base"] for row in made).values())
        assert sorted(set(used)) == [2, 3]
        assert used.count(3) == 2350 - 700 - 2 * 700

    def test_many_rows_from_few_are_shared_by_several_tasks(self, spark, monkeypatch):
        monkeypatch.setattr(quotas, "SLICE_VALUES", 3000)
        df = two_classes(spark, few=50, many=60)
        smote = sampler(df, None, samplingStrategy={1: 5050}, syntheticCol="made")
        plan = smote.plan(df)
        assert len(plan.layout.buckets) == 5
        made = smote.apply(df, plan).filter("made")
        by_task = made.groupBy(F.spark_partition_id()).count().collect()
        assert [row["count"] for row in by_task] == [1000] * 5

    def test_three_classes_at_once(self, spark, bucket_size):
        df = spark.createDataFrame(
            [
                (*map(float, point), "abc"[(i > 149) + (i > 449)])
                for i, point in enumerate(blobs(1000, 2, seed=4))
            ],
            "x0 double, x1 double, label string",
        )
        out = sampler(df, bucket_size).transform(df)
        assert class_counts(out) == {"a": 550, "b": 550, "c": 550}


def with_lineage(df: DataFrame, **params: object) -> DataFrame:
    """Synthetic rows, with the ids of both ends and the gap."""
    smote = SMOTE(
        inputCols=feature_names(df), idCol="id", lineageCol="from", syntheticCol="made", **params
    )
    return smote.transform(df).filter("made")


@pytest.fixture(scope="module")
def exact(table: DataFrame) -> pd.DataFrame:
    """Ten new rows a base, by exact search."""
    return with_lineage(table, samplingStrategy={1: 7700}).toPandas()


class TestOnTheSegment:
    def test_exact_search_uses_scikit_learns_neighbors(self, table, exact):
        few = table.filter("label = 1").orderBy("id").toPandas()
        names = feature_names(table)
        points, made = few[names].to_numpy(), exact[names].to_numpy()
        assert_on_segments(points, few["id"].tolist(), made, exact["from"].tolist(), k=5)

    def test_recall_of_one_keeps_a_class_together_that_would_be_hashed(self, table, monkeypatch):
        monkeypatch.setattr(capacity, "MAX_AUTO_ROWS", 16)
        hashed = SMOTE(inputCols=feature_names(table)).plan(table)
        assert all(each.hash is not None for each in hashed.layout.classes)
        few = table.filter("label = 1").orderBy("id").toPandas()
        names = feature_names(table)
        made = with_lineage(table, neighborRecall=1.0).toPandas()
        assert_on_segments(
            few[names].to_numpy(), few["id"].tolist(), made[names].to_numpy(),
            made["from"].tolist(), k=5,
        )  # fmt: skip

    def test_recall_of_one_is_refused_where_a_bucket_cannot_hold_the_class(self, table):
        smote = SMOTE(inputCols=feature_names(table), neighborRecall=1.0, bucketSize=16)
        with pytest.raises(ResamplingError, match=r"neighborRecall=1\.0 .* a bucket holds 16 "):
            smote.plan(table)

    def test_hashed_search_finds_nearly_the_same(self, table):
        """At 100 rows a bucket; with real bucket sizes it finds more."""
        few = table.filter("label = 1").orderBy("id").toPandas()
        made = with_lineage(table, bucketSize=100, replication=2.0).toPandas()
        names = feature_names(table)
        points = few[names].to_numpy()
        scaled = (points - points.mean(axis=0)) / points.std(axis=0)
        apart = np.linalg.norm(scaled[:, None] - scaled[None], axis=2)
        rank = apart.argsort(axis=1).argsort(axis=1)
        place = {row_id: i for i, row_id in enumerate(few["id"])}
        ranks = [rank[place[e["base"]], place[e["neighbor"]]] for e in made["from"]]
        assert min(ranks) >= 1
        assert np.mean(np.array(ranks) <= 5) > 0.9

    @pytest.mark.parametrize("params", [{}, {"bucketSize": 100}])
    def test_rows_for_a_smaller_target_are_among_those_for_a_larger_one(self, table, params):
        smaller, larger = (
            Counter(map(tuple, with_lineage(table, samplingStrategy={1: n}, **params).collect()))
            for n in (1100, 2500)
        )
        assert 0 < smaller.total() < larger.total()
        assert smaller <= larger

    @pytest.mark.quick
    def test_neighbors_are_of_the_same_class(self, table, outcome):
        _, _, made = outcome
        few = {row["id"] for row in table.filter("label = 1").select("id").collect()}
        assert {row["label"] for row in made} == {1}
        assert {row["from"]["base"] for row in made} <= few
        assert {row["from"]["neighbor"] for row in made} <= few

    def test_self_is_left_out_by_identity(self, spark):
        """Twins are neighbors at distance 0; a row is never its own neighbor."""
        points = blobs(40, 2, seed=1)
        rows = [(*map(float, points[i // 2]), int(i < 40), i) for i in range(80)]
        df = spark.createDataFrame(rows, "x0 double, x1 double, label int, id bigint")
        df = df.unionByName(df.filter("label = 0").withColumn("id", F.col("id") + 100))
        made = with_lineage(df, k=1).select("from.*").collect()
        assert len(made) == 40
        assert all(row["neighbor"] == row["base"] ^ 1 for row in made)

    def test_twins_without_ids_draw_independently(self, spark):
        """Identical rows travel as one, but make different rows."""
        points = [(float(i % 10), float(i % 10) ** 2, int(i < 40)) for i in range(80)]
        df = spark.createDataFrame(points, "x0 double, x1 double, label int")
        df = df.unionByName(df.filter("label = 0"))
        smote = SMOTE(inputCols=["x0", "x1"], syntheticCol="made", k=6)
        made = [tuple(row) for row in smote.transform(df).filter("made").collect()]
        assert len(made) == 40
        # three of six neighbors are twins, and interpolating to a twin gives a copy
        assert len(set(made)) > 15

    @variant
    def test_gaps_and_neighbors_are_uniform(self, exact):
        from scipy import stats

        made = pd.DataFrame(
            [{name: row[name] for name in ("base", "neighbor", "gap")} for row in exact["from"]]
        )
        assert stats.kstest(made["gap"], "uniform").pvalue > 1e-3
        pairs = made.groupby(["base", "neighbor"]).size()
        # 7,000 rows over 700 × 5 pairs: two in each expected
        observed = np.bincount(pairs, minlength=8)
        observed[0] = 3500 - len(pairs)
        assert abs(pairs.sum() / 3500 - 2) < 1e-9
        # Every base draws 10 times among 5 neighbors: variance of a multinomial cell
        spread = (np.append(pairs, np.zeros(observed[0])) - 2).var()
        assert spread == pytest.approx(10 * 0.2 * 0.8, rel=0.1)


@pytest.fixture(scope="module")
def smote(table: DataFrame, bucket_size: int | None) -> SMOTE:
    params = {"copyCols": ["note"], "outputMode": "synthetic", "samplingStrategy": {1: 1111}}
    return sampler(table, bucket_size, **params)


@pytest.fixture(scope="module")
def frame(smote: SMOTE, table: DataFrame) -> DataFrame:
    return smote.transform(table)


@pytest.fixture(scope="module")
def expected(frame: DataFrame) -> Counter[str]:
    return multiset(frame)


class TestSameSeedSameRows:
    @pytest.mark.parametrize(
        ("reorder", "key", "value"),
        [
            (
                lambda df: df.repartition(4),
                "spark.sql.execution.arrow.maxRecordsPerBatch", "37",
            ),
            (
                lambda df: df.coalesce(1).orderBy(F.desc("x1")),
                "spark.sql.shuffle.partitions", "11",
            ),
            # Off in the session of the newest Spark, see conftest.
            pytest.param(lambda df: df, "spark.sql.codegen.wholeStage", "true", marks=variant),
        ],
        ids=["small batches", "many partitions", "generated code"],
    )  # fmt: skip
    def test_partitions_order_and_batches_do_not_matter(
        self, spark, table, smote, expected, reorder, key, value
    ):
        with spark_conf(spark, key, value):
            assert multiset(smote.transform(reorder(table))) == expected

    def test_another_column_does_not_matter(self, table, smote, expected):
        wider = table.withColumn("extra", F.col("id") * 2)
        assert multiset(smote.transform(wider).drop("extra")) == expected

    def test_other_seed_other_rows(self, table, smote, expected):
        assert multiset(smote.transform(table, {smote.seed: 1})) != expected

    def test_every_evaluation_gives_the_same(self, frame, expected):
        assert multiset(frame) == expected

    def test_duplicates_in_other_batches_do_not_matter(self, spark, bucket_size):
        """Identical rows are merged per batch, in whatever batches they come."""
        points = blobs(60, 2, seed=2)
        rows = [(*map(float, points[i % 60]), int(i < 500)) for i in range(1200)]
        df = spark.createDataFrame(rows, "x0 double, x1 double, label int")
        smote = sampler(df, bucket_size, outputMode="synthetic", samplingStrategy={1: 777})
        expected = multiset(smote.transform(df.repartition(1)))
        assert multiset(smote.transform(df.repartition(5))) == expected


class TestOtherDrawings:
    @variant
    @pytest.mark.parametrize(
        ("interpolation", "bucket_size"),
        [
            ("ball", 100),
            ("simplex", 100),
            ("center", 100),
            ("star", 100),
            ("star", None),  # its middle is found in the bucket
        ],
    )
    def test_counts_originals_and_rows_hold_as_well(self, table, bucket_size, interpolation):
        smote = sampler(
            table,
            bucket_size,
            interpolation=interpolation,
            syntheticCol="made",
            samplingStrategy={1: 1555},
        )
        originals, made = split_synthetic(smote.transform(table))
        assert class_counts(originals + made) == {0: 1000, 1: 1555}
        assert multiset(originals) == multiset(table)
        assert multiset(split_synthetic(smote.transform(table.repartition(4)))[1]) == multiset(made)

    @variant
    @pytest.mark.parametrize("interpolation", ["simplex", "center"])
    def test_rows_lie_among_scikit_learns_neighbors(self, table, interpolation):
        """Copied ids tell the base; a new row is a mixture of it and its five nearest."""
        from scipy.optimize import nnls
        from sklearn.neighbors import NearestNeighbors

        names = feature_names(table)
        few = table.filter("label = 1").orderBy("id").toPandas()
        points = few[names].to_numpy()
        scaled = (points - points.mean(axis=0)) / points.std(axis=0)
        nearest = NearestNeighbors(n_neighbors=6).fit(scaled).kneighbors(scaled)[1]
        smote = sampler(
            table, None, interpolation=interpolation, copyCols=["id"], outputMode="synthetic"
        )
        made = smote.transform(table).toPandas()
        place = {row_id: i for i, row_id in enumerate(few["id"])}
        for row_id, row in zip(made["id"], made[names].to_numpy(), strict=True):
            corners = points[nearest[place[row_id]]]
            if interpolation == "center":
                corners = np.vstack([corners[0], corners[1:].mean(axis=0)])
            system = np.vstack([corners.T, np.full(len(corners), 1e3)])
            assert nnls(system, np.append(row, 1e3))[1] < 1e-6


class TestIndependentDraws:
    @variant
    def test_classes_of_equal_size_draw_differently(self, spark):
        rows = [(float(i % 50), f"c{i // 50}", i) for i in range(100)]
        rows += [(float(i), "big", 1000 + i) for i in range(100)]
        df = spark.createDataFrame(rows, "x0 double, label string, id bigint")
        made = SMOTE(inputCols=["x0"], idCol="id", lineageCol="from").transform(df)
        gaps = {
            label: sorted(row["gap"] for row in part.select("from.gap").collect())
            for label in ("c0", "c1")
            if (part := made.filter((F.col("label") == label) & F.col("from").isNotNull()))
        }
        assert len(gaps["c0"]) == len(gaps["c1"]) == 50
        assert not set(gaps["c0"]) & set(gaps["c1"])


class TestPortable:
    PACKAGE = Path(__file__).parents[2] / "spark_smote"
    CACHES = PACKAGE / "model_selection" / "fitting" / "training.py"

    def test_no_jvm_handle_anywhere(self):
        banned = re.compile(r"_jvm|_jdf|_jsparkSession|sparkContext|\.rdd\b|\bpersist\(|\brand\(|"
                            r"monotonically_increasing_id|\.sample\(")  # fmt: skip
        jobs = self.PACKAGE.parent / "jobs"
        for path in [*self.PACKAGE.rglob("*.py"), *jobs.rglob("*.py")]:
            text = path.read_text()
            if path == self.CACHES:  # in one place, which does without where Spark refuses
                text = text.replace("frame.persist()", "")
            assert not banned.search(text), path
