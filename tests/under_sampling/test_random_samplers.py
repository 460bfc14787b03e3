"""Rows repeated and left out at random: the contract, without neighbors."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import class_counts, multiset, two_classes, union_all, write_and_read
from pyspark.ml.linalg import DenseVector, SparseVector
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from scipy import stats

from spark_smote import Pipeline, RandomOverSampler, RandomUnderSampler
from spark_smote.engine.copies import copies as repeats

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

BOTH = [RandomOverSampler, RandomUnderSampler]


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """700 of class 1 against 1,000, no two rows alike."""
    return write_and_read(
        two_classes(spark, few=700, many=1000).repartition(3, "id"), tmp_path_factory
    )


@pytest.fixture(scope="module")
def twins(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """8 distinct rows of class 1, 100 of each, against 1,000."""
    rows = [(i % 8, None if i % 2 else "x", 1) for i in range(800)]
    rows += [(i, "y", 0) for i in range(1000)]
    df = spark.createDataFrame(rows, "value int, note string, label int")
    return write_and_read(df.repartition(4), tmp_path_factory)


def collect_each(frames: list[DataFrame]) -> list[list[Row]]:
    """The rows of each frame, all of one schema, by one query."""
    tagged = [frame.withColumn("frame", F.lit(number)) for number, frame in enumerate(frames)]
    rows: list[list[Row]] = [[] for _ in frames]
    for row in union_all(tagged).collect():
        rows[row["frame"]].append(Row(*frames[0].columns)(*row[:-1]))
    return rows


class TestOverSampling:
    @pytest.mark.parametrize(
        "asked", [[1401], pytest.param([701, 1400, 3333, 700], marks=variant)], ids=str
    )
    def test_counts_are_exact_and_originals_stay(self, table, asked):
        over = RandomOverSampler(syntheticCol="made")
        outs = [over.setSamplingStrategy({1: rows}).transform(table) for rows in asked]
        given = multiset(table)
        for rows, out, kept in zip(asked, outs, collect_each(outs), strict=True):
            assert class_counts(kept) == {0: 1000, 1: rows}
            originals = [Row(*table.columns)(*row[:-1]) for row in kept if not row["made"]]
            assert multiset(originals) == given
            assert_schema_equality(out.drop("made").schema, table.schema)

    def test_every_row_is_repeated_as_often_as_any_other(self, table):
        over = RandomOverSampler(samplingStrategy={1: 2350}, outputMode="synthetic")
        used = [row["count"] for row in over.transform(table).groupBy("id").count().collect()]
        assert sorted(set(used)) == [2, 3]
        assert used.count(3) == 2350 - 700 - 2 * 700

    def test_a_cap_is_met_exactly(self, table):
        over = RandomOverSampler(samplingStrategy={1: "3x"}, maxPerRow=0.29)
        assert class_counts(over.transform(table)) == {0: 1000, 1: 903}

    def test_a_row_is_repeated_more_often_than_an_array_holds_numbers(self, spark, monkeypatch):
        monkeypatch.setattr(repeats, "COPIES_AT_ONCE", 1000)
        df = spark.range(5).selectExpr("id", "id < 2 as label")
        over = RandomOverSampler(samplingStrategy={True: 6003}, outputMode="synthetic")
        used = over.transform(df).groupBy("id").count().collect()
        assert sorted(row["count"] for row in used) == [3000, 3001]

    def test_nothing_is_shuffled(self, table):
        shown = io.StringIO()
        with redirect_stdout(shown):
            RandomOverSampler().transform(table).explain()
        assert "Union" in shown.getvalue()
        assert "Exchange" not in shown.getvalue()

    def test_any_column_type_is_repeated(self, spark):
        df = spark.range(30).selectExpr(
            "cast(id as int) as id", "id < 8 as label", "map(id, 'x') as pairs",
            "array(null, id) as list", "named_struct('a', null, 'b', id) as pair",
            "cast('2024-01-01' as date) as day", "cast(id as decimal(20, 3)) as money",
            "cast(null as string) as nothing", "cast('ab' as binary) as bytes",
            "cast('nan' as double) as nan",
        )  # fmt: skip
        over = RandomOverSampler(outputMode="synthetic").transform(df)
        assert class_counts(over) == {True: 14}
        assert set(multiset(over)) <= set(multiset(df))
        under = RandomUnderSampler().transform(df)
        assert class_counts(under) == {True: 8, False: 8}
        assert set(multiset(under)) <= set(multiset(df))

    @variant  # Spark 3.5 has no places
    def test_places_are_repeated(self, spark):
        point = "unhex('0101000000000000000000F03F0000000000000040')"
        df = spark.range(30).selectExpr(
            "id < 7 as label",
            f"st_geomfromwkb({point}) as flat",
            f"st_geogfromwkb({point}) as round",
        )
        assert class_counts(RandomOverSampler().transform(df)) == {True: 23, False: 23}
        assert class_counts(RandomUnderSampler().transform(df)) == {True: 7, False: 7}


class TestUnderSampling:
    @pytest.mark.parametrize(
        "asked", [[999], pytest.param([0, 1, 700, 1000], marks=variant)], ids=str
    )
    def test_counts_are_exact_and_every_row_is_one_of_the_table(self, table, asked):
        under = RandomUnderSampler()
        outs = [under.setSamplingStrategy({0: rows}).transform(table) for rows in asked]
        given = multiset(table)
        for rows, out, kept in zip(asked, outs, collect_each(outs), strict=True):
            assert class_counts(kept) == ({0: rows, 1: 700} if rows else {1: 700})
            assert not multiset(kept) - given
            assert_schema_equality(out.schema, table.schema)

    @variant
    def test_every_row_is_as_likely_to_stay(self, table):
        few = RandomUnderSampler(samplingStrategy={0: 250})
        draws = [few.setSeed(seed).transform(table).select("id", "label") for seed in range(8)]
        rows = union_all(draws).filter("label = 0").collect()
        kept = np.bincount([row["id"] for row in rows], minlength=1700)
        # Eight draws of one in four: as many rows stay n times as the binomial says.
        observed = np.bincount(kept[700:], minlength=9)
        expected = 1000 * stats.binom(8, 0.25).pmf(np.arange(9))
        assert ((observed - expected)[expected > 5] ** 2 / expected[expected > 5]).sum() < 30

    def test_rows_without_a_label_stay(self, spark, table):
        lost = table.limit(5).withColumn("label", F.lit(None).cast("int"))
        out = RandomUnderSampler().transform(table.unionByName(lost))
        assert class_counts(out) == {0: 700, 1: 700, None: 5}

    def test_float_ratio_and_three_classes(self, spark, table):
        assert class_counts(RandomUnderSampler(samplingStrategy=0.8).transform(table)) == {
            0: 875,
            1: 700,
        }
        three = table.withColumn("label", F.when(F.col("id") % 9 == 0, 7).otherwise(F.col("label")))
        least = min(class_counts(three).values())
        assert class_counts(RandomUnderSampler().transform(three)) == dict.fromkeys(
            [0, 1, 7], least
        )


@pytest.mark.parametrize("method", BOTH)
class TestBoth:
    @variant
    def test_partitions_and_order_do_not_matter(self, table, twins, method):
        for df in (table, twins):
            strategy = {0: 333} if method is RandomUnderSampler else {1: 1234}
            sampler = method(samplingStrategy=strategy)
            expected = multiset(sampler.transform(df))
            other_order = df.coalesce(1).orderBy("label").repartition(4)
            assert multiset(sampler.transform(other_order)) == expected
            other = method(samplingStrategy=strategy, seed=1)
            assert multiset(other.transform(df)) != expected

    def test_rows_that_draw_alike_leave_the_counts_exact(self, table, method, monkeypatch):
        monkeypatch.setattr(
            repeats,
            "_with_draws",
            lambda rows, has_duplicates: rows.withColumn(repeats.DRAW, F.lit(7).cast("bigint")),
        )
        assert len(set(class_counts(method().transform(table)).values())) == 1

    def test_nothing_to_do_gives_the_table_back(self, table, method):
        even = table.filter("label = 1 or id < 1400")
        assert multiset(method().transform(even)) == multiset(even)

    def test_it_is_saved_and_loaded(self, spark, tmp_path, method):
        sampler = method(seed=5, samplingStrategy={1: 800})
        sampler.save(str(tmp_path / "it"))
        assert method.load(str(tmp_path / "it")).extractParamMap() == sampler.extractParamMap()

    def test_a_pipeline_leaves_it_out_of_the_model(self, table, method):
        model = Pipeline(stages=[method()]).fit(table)
        assert multiset(model.transform(table)) == multiset(table)

    @variant
    def test_errors_come_before_work(self, table, method):
        with pytest.raises(ValueError, match=r"'lable' \(labelCol\) not found.*'label'"):
            method(labelCol="lable").transform(table)
        with pytest.raises(ValueError, match="names class '5'"):
            method(samplingStrategy={5: 3}).transform(table)
        with pytest.raises(TypeError, match="'everything'"):
            method(samplingStrategy="everything")


class TestTwins:
    def test_identical_rows_are_left_out_apart(self, twins):
        out = RandomUnderSampler(samplingStrategy={1: 400}).transform(twins)
        kept = [r["count"] for r in out.filter("label = 1").groupBy("value").count().collect()]
        # Each 50 of 100 in a draw of 400 from 800: 3.5 rows of standard deviation.
        assert sum(kept) == 400
        assert len(kept) == 8
        assert 30 < min(kept) <= max(kept) < 70

    def test_identical_rows_are_repeated_apart(self, twins):
        over = RandomOverSampler(samplingStrategy={1: 1200}, outputMode="synthetic")
        used = [row["count"] for row in over.transform(twins).groupBy("value").count().collect()]
        assert sum(used) == 400
        assert 30 < min(used) <= max(used) < 70

    def test_nulls_in_other_columns_make_other_rows(self, spark):
        rows = [(i, None, 0) for i in range(50)] + [(None, i, 0) for i in range(50)] + [(1, 1, 1)]
        df = spark.createDataFrame(rows, "a int, b int, label int")
        under = RandomUnderSampler(samplingStrategy={0: 10})
        assert under.plan(df).copies.has_duplicates is False
        assert class_counts(under.transform(df)) == {0: 10, 1: 1}

    @pytest.mark.parametrize(
        "features",
        [
            "if(id % 2 = 0, array(null, double(id div 2)), array(double(id div 2), null))",
            pytest.param("array(if(id % 2 = 0, null, float('NaN')), id div 2)", marks=variant),
            pytest.param("array(float(id), 0F)", marks=variant),
        ],
    )
    def test_arrays_are_told_apart(self, spark, features):
        df = spark.range(100).selectExpr(f"{features} as features", "int(id < 20) as label")
        under = RandomUnderSampler(samplingStrategy={0: 10})
        assert under.plan(df).copies.has_duplicates is False
        assert under.plan(df.union(df)).copies.has_duplicates is True

    def test_vectors_are_told_apart(self, spark):
        vectors = [DenseVector([0.0, i]) for i in range(30)]
        vectors += [SparseVector(99, {i: 1.0}) for i in range(30)]
        df = spark.createDataFrame(
            [(v, i % 2) for i, v in enumerate(vectors)], ["features", "label"]
        )
        under = RandomUnderSampler(samplingStrategy={0: 10})
        assert under.plan(df).copies.has_duplicates is False
        assert under.plan(df.union(df)).copies.has_duplicates is True
