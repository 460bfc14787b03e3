"""Types on the way in and out, and copied columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import blobs, class_counts, spark_conf, split_synthetic
from pyspark.ml.linalg import DenseVector, SparseVector
from pyspark.sql import functions as F

from spark_smote import (
    SMOTE,
    EditedNearestNeighbours,
    KMeansSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
)
from spark_smote.engine.table.row_key import content
from spark_smote.exceptions import ResamplingError
from spark_smote.io.output.row_counter import RowCounter

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

NUMBERS = {
    "tinyint": (-128, 127),
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
    "float": (-1.5, 2.0**127),
    "double": (-1.7e308, 1.7e308),
    "decimal(5,2)": (Decimal("-999.99"), Decimal("999.99")),
    "decimal(18,6)": (Decimal("-999999999999.999999"), Decimal("999999999999.999999")),
    "decimal(20,2)": (Decimal("-999999999999999999.99"), Decimal("999999999999999999.99")),
    "decimal(38,0)": (Decimal("-" + "9" * 38), Decimal("9" * 38)),
}
PORTABLE_NUMBERS = {"tinyint", "bigint", "float", "double", "decimal(38,0)"}


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[variant] * (kind not in PORTABLE_NUMBERS)) for kind in NUMBERS],
)
def test_numbers_keep_type_and_range(spark, kind):
    low, high = NUMBERS[kind]
    values = [low, high, low, high, high, low] * 4
    rows = [(value, value, i % 3 == 0) for i, value in enumerate(values)]
    df = spark.createDataFrame(rows, f"x {kind}, y {kind} not null, label boolean")
    out = SMOTE(inputCols=["x", "y"], k=2, syntheticCol="made").transform(df)
    originals, made = split_synthetic(out)
    assert class_counts(originals + made) == {True: 16, False: 16}
    for name in ("x", "y"):
        assert out.schema[name] == df.schema[name]
        for row in made:
            assert low <= row[name] <= high


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("decimal(2,2)", "-0.34", marks=variant),
        pytest.param("decimal(5,2)", "123.45", marks=variant),
        ("decimal(18,12)", "123456.123456789012"),
        pytest.param("decimal(18,0)", "999999999999999999", marks=variant),
        pytest.param("decimal(20,2)", "-999999999999999999.99", marks=variant),
        pytest.param("decimal(20,0)", "12345678901234567891", marks=variant),
        ("decimal(38,18)", "12345678901234567890.000000000000000001"),
    ],
)
def test_decimals_come_back_exactly(spark, kind, value):
    """Between equal ends there is one value only."""
    rows = [(Decimal(value), Decimal(value), 1)] * 8 + [(Decimal(0), Decimal(0), 0)] * 20
    df = spark.createDataFrame(rows, f"x {kind}, y {kind} not null, label int not null")
    made = SMOTE(inputCols=["x", "y"], outputMode="synthetic").transform(df)
    assert made.schema == df.schema
    assert {value for row in made.select("x", "y").collect() for value in row} == {Decimal(value)}


@variant
@pytest.mark.parametrize(
    "settings",
    [
        {"interpolation": "segment"},
        {"interpolation": "center"},
        {"interpolation": "star"},
        {"interpolation": "ball"},
        {"interpolation": "simplex", "distanceScaling": "none", "metric": "manhattan"},
    ],
    ids=lambda settings: settings["interpolation"],
)
def test_wide_decimals_of_a_hashed_class_stay_in_its_range(spark, settings):
    """One column is constant in the class, one spans its type, one differs in its last digits."""
    df = spark.range(400).selectExpr(
        "if(id < 100, 12345678901234567891, id) * 1bd as constant",
        "cast(if(id % 2 = 0, 1, -1) * (99999999999999999999999999999999999999bd - id) "
        "as decimal(38,0)) as wide",
        "cast(12345678901234567891.001bd + id * 0.001bd as decimal(30,3)) as near",
        "cast(id as double) / 7 as number",
        "int(id < 100) as label",
    )
    inputs = ["constant", "wide", "near", "number"]
    smote = SMOTE(inputCols=inputs, bucketSize=32, outputMode="synthetic", **settings)
    made = smote.transform(df).drop("label")
    limits = "min(constant), max(constant), min(wide), max(wide), min(near), max(near), count(*)"
    found = made.selectExpr(*limits.split(", ")).collect()[0]
    own = df.filter("label = 1").selectExpr(*limits.split(", ")).collect()[0]
    assert found[:2] == own[:2] == (Decimal("12345678901234567891"),) * 2
    assert found[2] >= own[2]
    assert found[3] <= own[3]
    assert own[4] <= found[4] <= found[5] <= own[5]
    assert found[-1] == 200


@pytest.mark.parametrize("kind", ["decimal(18,9)", pytest.param("decimal(28,9)", marks=variant)])
@pytest.mark.parametrize("bucket_size", [None, pytest.param(32, marks=variant)])
def test_unscaled_decimals_are_as_far_apart_as_doubles(spark, kind, bucket_size):
    """Their last digits are not their units: what lies near in `y` is near."""
    rows = [((i * 37 % 100) / 100, 5.0 * i, i, int(i < 100)) for i in range(300)]
    df = spark.createDataFrame(rows, "x double, y double, id int, label int")
    df = df.withColumn("x", F.col("x").cast(kind))
    settings = {"inputCols": ["x", "y"], "distanceScaling": "none", "outputMode": "synthetic"}
    smote = SMOTE(k=2, idCol="id", lineageCol="from", bucketSize=bucket_size, **settings)
    ends = smote.transform(df).selectExpr("abs(from.base - from.neighbor) as apart").collect()
    assert max(row["apart"] for row in ends) <= 2
    # One row of the other class in four, each among its own by x and among others by y.
    df = df.withColumn("label", (F.col("id") % 4 == 0).cast("int"))
    cleaner = EditedNearestNeighbours(inputCols=["x", "y"], distanceScaling="none")
    kept = cleaner.setParams(bucketSize=bucket_size, samplingStrategy="all").transform(df)
    as_double = cleaner.transform(df.withColumn("x", F.col("x").cast("double")))
    assert kept.select("id").exceptAll(as_double.select("id")).count() == 0
    assert kept.count() == as_double.count()


def test_integers_beyond_double_precision_are_exact(spark):
    """Between 2⁶² and 2⁶² + 1 lie no doubles; a 64-bit id must not move to one."""
    base = 2**62 + 1
    rows = [(base + i % 2, 1) for i in range(8)] + [(i, 0) for i in range(20)]
    df = spark.createDataFrame(rows, "x bigint, label int")
    made = SMOTE(inputCols=["x"], k=5, outputMode="synthetic").transform(df).collect()
    assert {row["x"] for row in made} == {base, base + 1}


def test_integers_are_rounded_not_truncated(spark):
    rows = [(i % 2, 1) for i in range(12)] + [(i, 0) for i in range(2000)]
    df = spark.createDataFrame(rows, "x int, label int")
    made = SMOTE(inputCols=["x"], k=11, outputMode="synthetic").transform(df).collect()
    # 0 and 1 are twins of six each: by symmetry half of the rows are ones when rounded,
    # a fifth when truncated.
    share = sum(row["x"] for row in made) / len(made)
    assert share == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kind", ["float", pytest.param("double", marks=variant)])
def test_arrays_keep_their_type(spark, kind):
    rows = [(list(map(float, p)), int(i < 20)) for i, p in enumerate(blobs(60, 3, seed=0))]
    df = spark.createDataFrame(rows, f"features array<{kind}> not null, label smallint not null")
    out = SMOTE().transform(df)
    assert_schema_equality(out.schema, df.schema)
    assert class_counts(out) == {0: 40, 1: 40}


def test_arrays_and_columns_give_the_same_rows(spark):
    rows = [(*map(float, p), int(i < 20)) for i, p in enumerate(blobs(60, 3, seed=0))]
    df = spark.createDataFrame(rows, "a double, b double, c double, label int")
    packed = df.select(F.array("a", "b", "c").alias("features"), "label")
    plain = SMOTE(inputCols=["a", "b", "c"], outputMode="synthetic").transform(df)
    whole = SMOTE(outputMode="synthetic").transform(packed)
    assert sorted(tuple(row)[:3] for row in plain.collect()) == sorted(
        tuple(row["features"]) for row in whole.collect()
    )


@variant
def test_a_thousand_columns_are_planned(spark):
    names = [f"x{i}" for i in range(1000)]
    values = [f"cast(id * {i} as double) as {name}" for i, name in enumerate(names)]
    df = spark.range(40).selectExpr(*values, "cast(id < 10 as int) as label")
    assert SMOTE(inputCols=names).transform(df).schema == df.schema


@pytest.mark.parametrize(
    ("kind", "few", "many"),
    [
        ("string", "fraud", "fine"),
        ("boolean", True, False),
        pytest.param("tinyint", -1, 1, marks=variant),
        ("bigint", 2**62, 0),
        pytest.param("float", 0.1, 1.5, marks=variant),
        ("double", 0.1, -0.5),
        ("decimal(3,1)", Decimal("1.0"), Decimal("-0.5")),
        pytest.param("decimal(38,0)", Decimal("9" * 38), Decimal("-" + "9" * 38), marks=variant),
        pytest.param("string", "it's \\n 'ü' \x00\U0001f600", "", marks=variant),
        pytest.param("bigint", -(2**63), 2**63 - 1, marks=variant),
    ],
)
def test_labels_keep_type_and_value(spark, kind, few, many):
    rows = [(float(i), few if i < 10 else many) for i in range(30)]
    df = spark.createDataFrame(rows, f"x double, label {kind}")
    labels = {row["label"] for row in df.select("label").distinct().collect()}
    out = SMOTE(inputCols=["x"]).transform(df)
    assert class_counts(out) == dict.fromkeys(labels, 20)
    assert out.schema["label"] == df.schema["label"]


@variant
@pytest.mark.parametrize(
    ("sampler", "rows"),
    [
        (SMOTE(inputCols=["x"], k=3), 104),
        (RandomOverSampler(), 104),
        (RandomOverSampler(inputCols=["x"], shrinkage=0.5), 104),
        (RandomUnderSampler(), 4),
    ],
)
def test_hundreds_of_classes(spark, sampler, rows):
    df = spark.range(1300).selectExpr("cast(id as double) as x", "least(id div 4, 299) as label")
    out = sampler.transform(df)
    assert class_counts(out) == dict.fromkeys(range(300), rows)
    assert out.schema == df.schema


@variant
def test_thousands_of_classes(spark):
    """Counted while they are written, too."""
    n = 5000
    df = spark.range(2 * n + 2).selectExpr(f"cast(least(id div 2, {n - 1}) as string) as label")
    sampler = RandomUnderSampler(samplingStrategy="all")
    plan = sampler.plan(df)
    assert len(plan.counts) == n
    counter = RowCounter(sampler.labeled_table, plan.counts, plan.added, plan.passed_through)
    out = counter.observe(sampler.apply(df, plan)).toPandas()
    assert out["label"].value_counts().to_dict() == {str(i): 2 for i in range(n)}
    assert counter.added(counter.observed()) == {str(i): -2 * (i == n - 1) for i in range(n)}


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("string(if(id < 40, x'ff41', x'fe41'))", r"'label'.*holds b'\\xf.A', .*not valid UTF-8"),
        ("id / 7", "is double and holds 150 distinct values.*regression target.*cast them"),
        ("cast(id * 0.5bd as decimal(9,1))", r"is decimal\(9,1\) and holds 150 distinct"),
    ],
)
def test_labels_that_are_no_classes_are_refused(spark, label, message):
    df = spark.range(150).selectExpr("double(id) as x", f"{label} as label")
    with pytest.raises(ResamplingError, match=message):
        RandomOverSampler().transform(df)


def test_a_hundred_classes_of_fractions_and_more_whole_ones_are_fine(spark):
    df = spark.range(303).selectExpr("double(id % 100) as label", "cast(id % 101 as decimal) as d")
    for name, classes in (("label", 100), ("d", 101)):
        plan = RandomOverSampler(labelCol=name).plan(df)
        assert len(plan.counts) == classes


def test_columns_with_odd_names(spark):
    rows = [(float(i), int(i < 10), i) for i in range(30)]
    df = spark.createDataFrame(rows, "`a.b` double, `the label` int, `i``d` bigint")
    smote = SMOTE(
        inputCols=["a.b"], labelCol="the label", copyCols=["i`d"], idCol="i`d", lineageCol="l.1"
    )
    out = smote.transform(df)
    assert class_counts(out.withColumnRenamed("the label", "label")) == {0: 20, 1: 20}
    assert out.columns == ["a.b", "the label", "i`d", "l.1"]


def test_copied_columns_come_from_the_base_row_as_they_are(spark):
    now = dt.datetime(2026, 1, 2, 3, 4, 5, 678901)
    large = 2**62
    fields = (
        "s string, b boolean, big bigint, small int, dec decimal(38,10), day date, at timestamp, "
        "raw binary, list array<bigint>, pairs map<string, array<bigint>>, "
        "nested struct<a: int, b: array<string>, at: timestamp, big: bigint>"
    )
    rows = [
        (
            float(i), int(i < 10), large - i,
            None if i % 4 == 0 else f"s{i}", None if i % 3 == 0 else True,
            None if i % 2 else large + i, i if i % 2 else None,
            Decimal("12345678901234567890.0123456789") + i,
            now.date() + dt.timedelta(days=i), None if i % 5 == 0 else now + dt.timedelta(i),
            bytes([i]), [large + i, None], {"k": [large - i, None], "none": None},
            (i, ["x", None], now, large + i if i % 2 else None),
        )
        for i in range(30)
    ]  # fmt: skip
    df = spark.createDataFrame(rows, f"x double, label int, id bigint, {fields}")
    copies = [name for name in df.columns if name not in ("x", "label", "id")]
    smote = SMOTE(
        inputCols=["x"], copyCols=copies, idCol="id", lineageCol="from", outputMode="synthetic"
    )
    made = smote.transform(df)
    expected = made.select(F.col("from.base").alias("id")).join(df.select("id", *copies), "id")
    assert sorted(map(str, made.select(*copies).collect())) == sorted(
        map(str, expected.select(*copies).collect())
    )
    assert made.filter("id is not null").count() == 0


def test_values_that_python_cannot_hold_are_copied_as_they_are(spark):
    """NaN beside nulls, times beyond Python's, and one that the session's clock shows twice."""
    df = spark.range(30).selectExpr(
        "cast(id as double) as x",
        "int(id < 10) as label",
        "id",
        "if(id % 2 = 0, double('NaN'), null) as nan",
        "array(float('NaN'), null) as nans",
        "timestamp_seconds(1730611800 + 3600 * id) as twice",
        "timestamp'9999-12-31 23:59:59' as last",
        "array(timestamp'0001-01-01 00:00:00', null) as first",
    )
    copies = ["nan", "nans", "twice", "last", "first"]
    smote = SMOTE(
        inputCols=["x"], copyCols=copies, idCol="twice", lineageCol="from", outputMode="synthetic"
    )
    shown = f"cast(struct({', '.join(copies)}) as string) as shown"
    with spark_conf(spark, "spark.sql.session.timeZone", "America/New_York"):
        old = df.filter("label = 1").selectExpr(shown).collect()
        made = smote.transform(df).selectExpr(shown, "from.base = twice as its_own").collect()
    assert sorted(row["shown"] for row in made) == sorted(row["shown"] for row in old)
    assert all(row["its_own"] for row in made)


@variant
def test_the_time_zone_of_the_session_does_not_matter(spark):
    df = spark.range(30).selectExpr(
        "double(id) as x", "int(id < 10) as label", "struct(timestamp_seconds(id)) as at"
    )
    smote = SMOTE(inputCols=["x"], copyCols=["at"], outputMode="synthetic")
    made = []
    for zone in ("UTC", "Asia/Tokyo"):
        with spark_conf(spark, "spark.sql.session.timeZone", zone):
            made.append(sorted(row["x"] for row in smote.transform(df).collect()))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "sampler", [SMOTE(), pytest.param(KMeansSMOTE(clusters=1), marks=variant)], ids=repr
)
def test_vectors_are_copied_as_they_are(spark, sampler):
    vectors = [DenseVector([i, -0.5]) if i % 2 else SparseVector(9, {4: i}) for i in range(30)]
    rows = [(float(i), int(i < 10), i, vector) for i, vector in enumerate(vectors)]
    df = spark.createDataFrame(rows, ["x", "label", "id", "other"])
    smote = sampler.setParams(
        inputCols=["x"], copyCols=["other"], idCol="id", lineageCol="from", outputMode="synthetic"
    )
    made = smote.transform(df).select("from.base", "other").collect()
    assert len(made) == 10
    assert all(row["other"] == vectors[row["base"]] for row in made)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (
            "map<binary, map<array<int>, int>>",
            "map(binary(string(id)), map(array(int(id), null), int(id)))",
        ),
        pytest.param(
            "struct<a: array<map<struct<x: binary>, int>>, b: int>",
            "struct(array(map(struct(binary(string(id))), int(id)), null), int(id))",
            marks=variant,
        ),
        pytest.param(
            "array<struct<`a.b`: map<binary, date>>>",
            "array(struct(map(binary(string(id)), date'2026-01-01')), null)",
            marks=variant,
        ),
    ],
)
def test_maps_are_told_apart_alike_each_time(spark, kind, value):
    """Whatever their keys, of which some have no text of their own in Java."""
    df = spark.range(90).selectExpr(f"cast({value} as {kind}) as held", "int(id < 20) as label")
    hashed = df.select(F.xxhash64(*content(df.schema.fields)).alias("key"))
    keys = [sorted(row["key"] for row in hashed.collect()) for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 90


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("array(null, label)", "array(label, null)"),
        pytest.param("array(null, 1F)", "array(1F, null)", marks=variant),
        pytest.param("struct(null as a, 1 as b)", "struct(1 as a, null as b)", marks=variant),
        ("array(timestamp_micros(label))", "array(timestamp_micros(2))"),
        pytest.param(
            "array(timestamp_ntz'2026-01-01 00:00:00.000001')",
            "array(timestamp_ntz'2026-01-01 00:00:00.000002')",
            marks=variant,
        ),
    ],
)
def test_rows_that_differ_inside_of_a_copied_column_are_apart(spark, one, other):
    df = spark.range(30).selectExpr(
        "double(id div 2) as x", "int(id < 10) as label", f"if(id % 2 = 0, {one}, {other}) as c"
    )
    smote = SMOTE(inputCols=["x"], copyCols=["c"], outputMode="synthetic")
    made = smote.transform(df).selectExpr("c is not distinct from " + one.replace("label", "1"))
    assert sorted(row[0] for row in made.collect()) == [False] * 5 + [True] * 5


def test_lineage_names_base_and_neighbor(spark):
    rows = [(float(i), int(i < 10), f"row {i}") for i in range(30)]
    df = spark.createDataFrame(rows, "x double, label int, id string")
    out = SMOTE(inputCols=["x"], k=2, idCol="id", lineageCol="from", syntheticCol="made")
    rows = out.transform(df).select("x", "made", "from", "id").collect()
    for row in rows:
        if not row["made"]:
            assert row["from"] is None
            continue
        base, end = (float(row["from"][part].split()[1]) for part in ("base", "neighbor"))
        assert row["x"] == pytest.approx(base + row["from"]["gap"] * (end - base))
        assert row["id"] is None


def test_column_metadata_is_kept(spark):
    df = spark.createDataFrame([(float(i), int(i < 10)) for i in range(30)], "x double, label int")
    metadata = {"ml_attr": {"name": "x", "type": "numeric"}}
    df = df.select(F.col("x").alias("x", metadata=metadata), "label")
    out = SMOTE(inputCols=["x"]).transform(df)
    assert out.schema["x"].metadata == metadata
    only = SMOTE(inputCols=["x"], outputMode="synthetic").transform(df)
    assert only.schema["x"].metadata == metadata


def test_a_class_that_needs_nothing_is_a_no_op(spark, caplog):
    df = spark.createDataFrame([(float(i), i % 2) for i in range(30)], "x double, label int")
    with caplog.at_level("INFO", logger="spark_smote"):
        out = SMOTE(inputCols=["x"], syntheticCol="made").transform(df)
    assert "nothing to make" in caplog.text
    assert class_counts(out) == {0: 15, 1: 15}
    assert out.columns == ["x", "label", "made"]
    assert SMOTE(inputCols=["x"], outputMode="synthetic").transform(df).count() == 0


def test_copied_text_keeps_its_bytes(spark):
    """Text that is not UTF-8: Spark's strings are bytes, and a copy is of the same."""
    df = spark.range(30).selectExpr(
        "double(id) as x", "int(id < 8) as label", "cast(unhex('FF41C3') as string) as text"
    )
    made = SMOTE(inputCols=["x"], copyCols=["text"], outputMode="synthetic").transform(df)
    found = made.selectExpr("hex(cast(text as binary)) as bytes").groupBy("bytes").count()
    assert [tuple(row) for row in found.collect()] == [("FF41C3", 14)]
