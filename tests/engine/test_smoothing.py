"""Repeated rows with noise: imbalanced-learn's smoothed bootstrap, and the contract."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from decimal import Decimal

import numpy as np
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import blobs, class_counts, multiset, split_synthetic, two_classes, write_and_read
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from scipy import stats

from spark_smote import RandomOverSampler
from spark_smote.engine.copies.column_randomness import normal, uniform
from spark_smote.engine.copies.smoothing import bandwidth
from spark_smote.engine.scan.deviations import standard_deviations
from spark_smote.engine.table.names import CLASS

NAMES = ["x0", "x1", "x2"]


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    return write_and_read(two_classes(spark, few=300, many=1200), tmp_path_factory)


def sampler(**params: object) -> RandomOverSampler:
    return RandomOverSampler(**{"inputCols": NAMES, "outputMode": "synthetic", **params})


def test_bandwidth_by_hand():
    assert bandwidth(1500, 3) == pytest.approx((4 / (5 * 1500)) ** (1 / 7))
    assert bandwidth(100, 1) == pytest.approx((4 / 300) ** 0.2)


def test_draws_are_those_of_their_distribution(spark):
    drawn = spark.range(20_000, numPartitions=3).select(
        uniform("gap", F.col("id")).alias("flat"),
        uniform("gap", F.col("id"), F.lit(1)).alias("other"),
        normal("noise", F.col("id")).alias("bell"),
    )
    flat, other, bell = drawn.toPandas().to_numpy().T
    assert stats.kstest(flat, "uniform").pvalue > 1e-3
    assert stats.kstest(bell, "norm").pvalue > 1e-3
    pairs = [(flat, other), (bell, flat), (bell[:-1], bell[1:]), (bell**2, other)]
    assert max(abs(np.corrcoef(one, two)[0, 1]) for one, two in pairs) < 0.03


def test_deviations_are_numpys_however_the_rows_are_partitioned(spark):
    points = blobs(2000, 6, 0) * [1, 1e9, 1e-9, 0, 1e300, 1] + [0, 1e12, 0, 5, 0, 0]
    points[7, 5] = 1e6
    wholes = np.random.default_rng(0).integers(-9, 9, (2000, 1))
    number = np.arange(2000) % 3
    rows = [
        (int(n), p.tolist(), w.tolist()) for n, p, w in zip(number, points, wholes, strict=True)
    ]
    df = spark.createDataFrame(rows, f"{CLASS} int, p array<double>, w array<bigint>")
    sizes = np.bincount(number).tolist()
    found = standard_deviations(df, ["p", "w"], sizes, 7)
    unit = np.abs(points).max(axis=0)
    for place, made in enumerate(found):
        part = (points / unit)[number == place].std(axis=0) * unit
        expected = [*part, wholes[number == place].std()]
        np.testing.assert_allclose(made, expected, rtol=1e-5)
        assert made[3] == 0
    assert standard_deviations(df.repartition(4), ["p", "w"], sizes, 7) == found


class TestNoise:
    def test_it_is_normal_and_as_wide_as_by_hand(self, table):
        few = table.filter("label = 1").toPandas().set_index("id")[NAMES]
        made = sampler(shrinkage=0.7, samplingStrategy={1: 5100}).transform(table).toPandas()
        noise = made[NAMES].to_numpy() - few.loc[made["id"]].to_numpy()
        width = 0.7 * (4 / (5 * 1500)) ** (1 / 7) * few.to_numpy().std(axis=0)
        for column in (noise / width).T:
            assert stats.kstest(column, "norm").pvalue > 1e-3
        assert np.abs(np.corrcoef(noise.T) - np.eye(3)).max() < 0.06
        assert np.unique(made["id"], return_counts=True)[1].tolist() == [16] * 300

    def test_rows_are_distributed_as_imbalanced_learns(self, table):
        from imblearn.over_sampling import RandomOverSampler as Oracle

        rows = table.toPandas()
        made = sampler(shrinkage=1.0, samplingStrategy={1: 4300}).transform(table).toPandas()
        theirs, _ = Oracle(sampling_strategy={1: 4300}, shrinkage=1.0, random_state=0).fit_resample(
            rows[NAMES], rows["label"]
        )
        ours, theirs = made[NAMES].to_numpy(), theirs[1500:].to_numpy()
        assert len(ours) == len(theirs) == 4000
        error = theirs.std(axis=0) / np.sqrt(4000)
        assert (np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 6 * error).all()
        assert (np.abs(ours.std(axis=0) - theirs.std(axis=0)) < 6 * error).all()

    def test_none_and_zero_repeat_and_more_spreads_farther(self, table):
        plain = multiset(RandomOverSampler(outputMode="synthetic").transform(table))
        assert multiset(sampler(shrinkage=0.0).transform(table)) == plain
        assert multiset(sampler(shrinkage={"1": 0}).transform(table)) == plain
        spreads = [
            sampler(shrinkage=factor).transform(table).toPandas()["x0"].std()
            for factor in (0.5, 8.0)
        ]
        assert spreads == sorted(spreads)

    def test_only_the_classes_named_get_any(self, spark):
        rows = [(float(i % 50), i // 50, i) for i in range(100)] + [(0.5, 2, 0)] * 200
        df = spark.createDataFrame(rows, "x double, label int, id int")
        made = sampler(inputCols=["x"], shrinkage={0: 1.0}).transform(df).toPandas()
        moved = made["x"] != made["id"] % 50
        assert made["label"].value_counts().to_dict() == {0: 150, 1: 150}
        assert moved[made["label"] == 0].all()
        assert not moved[made["label"] == 1].any()


class TestContract:
    @pytest.mark.portable
    def test_originals_counts_schema_and_other_columns(self, table):
        over = sampler(
            shrinkage=1.0, outputMode="all", syntheticCol="made", samplingStrategy={1: 777}
        )
        out = over.transform(table)
        given, (originals, made) = table.collect(), split_synthetic(out)
        assert class_counts(originals + made) == {0: 1200, 1: 777}
        assert_schema_equality(out.drop("made").schema, table.schema)
        assert multiset(originals) == multiset(given)
        others = {(row["label"], row["id"], row["note"]) for row in given}
        assert {(row["label"], row["id"], row["note"]) for row in made} <= others

    def test_partitions_and_order_do_not_matter_but_the_seed_does(self, table):
        over = sampler(shrinkage=1.0)
        expected = multiset(over.transform(table))
        assert multiset(over.transform(table.repartition(4).orderBy("x1"))) == expected
        assert not expected & multiset(sampler(shrinkage=1.0, seed=1).transform(table))

    def test_nothing_is_shuffled(self, table):
        shown = io.StringIO()
        with redirect_stdout(shown):
            sampler(shrinkage=1.0).transform(table).explain()
        assert "Scan parquet" in shown.getvalue()
        assert "Exchange" not in shown.getvalue()

    def test_identical_rows_draw_apart_even_where_all_are_repeated_alike(self, spark):
        rows = [(float(i % 4), 1) for i in range(40)] + [(0.5, 0)] * 120
        df = spark.createDataFrame(rows, "x double, label int").repartition(3)
        made = sampler(inputCols=["x"], shrinkage=1.0).transform(df).toPandas()
        assert made["x"].nunique() == 80

    @pytest.mark.portable
    def test_types_keep_their_limits_and_digits(self, spark):
        schema = (
            "b byte not null, l long not null, d decimal(4,2) not null, f float not null, "
            "e double, label int"
        )
        top = [127, 2**63 - 1, Decimal("99.99"), 3e38, 1.7e308, 1]
        low = [-128, -(2**63), Decimal("-99.99"), -3e38, -1.7e308, 1]
        rows = [top, low] * 6 + [[0, 0, Decimal(0), 0.0, 0.0, 0]] * 300
        df = spark.createDataFrame(rows, schema)
        names = ["b", "l", "d", "f", "e"]
        out = sampler(inputCols=names, shrinkage=3.0, outputMode="all").transform(df)
        assert_schema_equality(out.schema, df.schema)
        made = out.filter("label = 1").toPandas()
        assert len(made) == 300
        for name, high, least in zip(names, top, low, strict=False):
            bound = np.finfo(np.float32 if name == "f" else float).max if name in "ef" else None
            assert made[name].max() <= (bound or high)
            assert made[name].min() >= (-bound if bound else least)
            assert made[name].nunique() > 20

    def test_large_wholes_move_by_whole_steps(self, spark):
        rows = [(2**62 + 1024 * i, 1) for i in range(20)] + [(0, 0)] * 60
        df = spark.createDataFrame(rows, "x long, label int")
        made = sampler(inputCols=["x"], shrinkage=1.0).transform(df).toPandas()["x"] - 2**62
        assert -40_000 < made.min() < made.max() < 60_000
        assert (made % 1024).nunique() > 20

    @pytest.mark.parametrize("kind", ["array<float>", "vector"])
    def test_arrays_and_vectors(self, table, kind):
        packed = (
            F.array(*NAMES).cast(kind) if kind != "vector" else array_to_vector(F.array(*NAMES))
        )
        df = table.select(packed.alias("features"), "label", "id")
        over = RandomOverSampler(featuresCol="features", shrinkage=1.0, outputMode="synthetic")
        out = over.transform(df)
        assert_schema_equality(out.schema, df.schema)
        made = np.array([list(row["features"]) for row in out.collect()])
        plain = sampler(shrinkage=1.0).transform(table)
        assert made.shape == (900, 3)
        error = made.std(axis=0) / 30
        expected = plain.toPandas()[NAMES].to_numpy()
        assert (np.abs(made.mean(axis=0) - expected.mean(axis=0)) < 6 * error).all()
        assert (np.abs(made.std(axis=0) - expected.std(axis=0)) < 6 * error).all()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"shrinkage": 1.0, "inputCols": None}, "shrinkage=1.0 needs features"),
        ({"shrinkage": 1.0, "featuresCol": "x0"}, "both set"),
        ({"shrinkage": 1.0, "inputCols": ["note"]}, r"'note' \(inputCols\) is string"),
        ({"shrinkage": 1.0, "inputCols": ["label"]}, "'label' is the label and a feature"),
        ({"shrinkage": {"7": 1.0}}, "shrinkage names class '7'"),
        ({"shrinkage": 1.0, "inputCols": ["holed"]}, "'holed': 7 null, 3 NaN"),
        ({"shrinkage": 1.0, "inputCols": ["wide"]}, "'wide' is decimal.38,0"),
    ],
)
def test_what_does_not_fit_is_refused(table, params, message):
    holed = F.expr("case when label = 0 then x0 when id < 7 then null when id < 10 then "
                   "double('nan') else x0 end")  # fmt: skip
    df = table.withColumn("holed", holed).withColumn("wide", F.col("id").cast("decimal(38,0)"))
    with pytest.raises(ValueError, match=message):
        sampler(**params).transform(df)


@pytest.mark.parametrize("value", [-0.1, True, "1", float("nan"), {}, {1: -1}, {1: 1, "1": 2}])
def test_a_width_out_of_range_is_refused(value):
    with pytest.raises(TypeError, match='for param "shrinkage"'):
        RandomOverSampler(shrinkage=value)


def test_labels_are_saved_as_text():
    over = RandomOverSampler(shrinkage={1: 2, "true": 0.5})
    assert over.getShrinkage() == {"1": 2.0, "true": 0.5}
