"""Bad input: one clear error before any work, and no Spark job where the schema tells."""

from __future__ import annotations

import pytest
from helpers import blobs, class_counts
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE


@pytest.fixture(scope="module")
def table(spark: SparkSession) -> DataFrame:
    rows = [
        (*map(float, p), int(i < 20), f"s{i}", i % 2 == 0, [1.0], ["a"], i)
        for i, p in enumerate(blobs(60, 2, seed=0))
    ]
    fields = "x double, y double, label int, word string, flag boolean, one array<double>, "
    table = spark.createDataFrame(rows, fields + "words array<string>, id bigint")
    return table.selectExpr(
        "*", "interval '1' year as years",
        "make_interval(0, 2) as months", "map('k', array(interval '1' year)) as spans",
    )  # fmt: skip


def refused(message: str, df: DataFrame, **params: object) -> None:
    with pytest.raises(ValueError, match=message):
        SMOTE(**params).transform(df)


XY = {"inputCols": ["x", "y"]}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"labelCol": "lable", **XY}, r"'lable' \(labelCol\) not found; columns: \['x'.*mean 'lab"),
        ({"inputCols": ["x", "Y"]}, r"'Y' \(inputCols\) not found.*Did you mean 'y'"),
        ({}, r"'features' \(featuresCol\) not found"),
        ({"inputCols": ["x", "word"]}, r"'word' \(inputCols\) is string.*leave it out"),
        ({"inputCols": ["flag"]}, r"'flag' \(inputCols\) is boolean.*leave it out"),
        ({"inputCols": ["one"]}, r"'one' \(inputCols\) is array<double>.*name it as featuresCol"),
        ({"featuresCol": "x"}, r"'x' \(featuresCol\) is double.*inputCols"),
        ({"featuresCol": "words"}, r"'words' \(featuresCol\) is array<string>"),
        ({"labelCol": "one", **XY}, r"'one' \(labelCol\) is array<double>; allowed are string"),
        ({"featuresCol": "one", **XY}, "both set"),
        ({"copyCols": ["x"], **XY}, "copyCols names 'x'"),
        ({"copyCols": ["wrod"], **XY}, r"'wrod' \(copyCols\).*'word'"),
        ({"copyCols": ["years"], **XY}, r"'years' \(copyCols, idCol\) is interval.*leave it out"),
        ({"copyCols": ["months"], **XY}, r"'months' \(copyCols, idCol\) is interval.*leave it out"),
        ({"copyCols": ["spans"], **XY}, r"'spans' \(copyCols, idCol\) is map<.*leave it out"),
        ({"inputCols": ["x", "label"]}, "'label' is the label and a feature"),
        ({"lineageCol": "from", **XY}, "go together"),
        ({"idCol": "id", **XY}, "go together"),
        ({"idCol": "di", "lineageCol": "from", **XY}, r"'di' \(idCol\) not found"),
        (
            {"idCol": "id", "lineageCol": "n", "interpolation": "simplex", **XY},
            "'simplex' has none",
        ),
        (
            {"k": 20, "interpolation": "star", "idCol": "id", "lineageCol": "n", **XY},
            "'star' has none",
        ),
        (
            {"truncation": 0.5, **XY},
            "truncation=0.5 is for interpolation='ball'.*'segment': clear truncation",
        ),
        ({"syntheticCol": "word", **XY}, "'word'.*exists already"),
        ({"syntheticCol": "n", "lineageCol": "N", "idCol": "id", **XY}, "exists already"),
        ({"samplingStrategy": {"2": 90}, **XY}, "class '2'.*does not hold; classes: 0, 1"),
        ({"samplingStrategy": {1: 19}, **XY}, "asks for 19 rows of class 1, which has 20.*Under"),
        ({"samplingStrategy": {1: "0.5x"}, **XY}, r"10 rows \(0.5x\) of class 1, which has 20"),
        ({"samplingStrategy": 0.4, **XY}, "fewer rows of class 1.*RandomUnderSampler"),
        (
            {"samplingStrategy": {1: 10**21}, **XY},
            r"asks for 9{19}80 new rows.*8 bytes for each of .* columns; maxRows allows 10{11}:",
        ),
        ({"k": 20, **XY}, "Class 1 has 20 rows; k=20 needs at least 21: lower k"),
        ({"labelCol": "id", "samplingStrategy": 0.5, **XY}, "ratio for two classes.*holds 60"),
    ],
)
def test_params_that_do_not_fit_the_table(table, params, message):
    refused(message, table, **params)


def test_schema_errors_run_no_job(spark, table):
    """The label's type is wrong and the first row would fail: only the type is told."""
    failing = table.withColumn("x", F.expr("raise_error('work started')").cast("double"))
    refused("'one'", failing, labelCol="one", inputCols=["x"])
    refused("'lable'", failing, labelCol="lable", inputCols=["x"])


def test_reserved_and_duplicate_columns(table):
    refused("_smote_x.*rename", table.withColumn("_smote_x", F.lit(1)), **XY)
    refused("'x'.*more than once", table.select("*", F.col("y").alias("X")), **XY)


def test_a_stream_is_refused(spark):
    stream = spark.readStream.format("rate").load().withColumn("label", F.lit(1))
    refused("is a stream.*foreachBatch", stream, inputCols=["value"])


def test_one_class_and_no_rows(table):
    refused("one class only, 1", table.filter("label = 1"), **XY)
    refused("no labeled rows", table.filter("label > 5"), **XY)
    refused("no labeled rows", table.withColumn("label", F.lit(None).cast("int")), **XY)


def test_a_label_that_is_no_class(spark):
    df = spark.range(10_001).withColumn("label", F.col("id"))
    refused("more than 10,000 distinct values", df, inputCols=["id"])


def test_unusable_features_are_counted_by_column(spark):
    inf, nan = float("inf"), float("nan")
    bad = [(None, 1.0), (nan, 1.0), (nan, inf), (0.0, -inf), (0.0, None)]
    rows = [(*pair, 1) for pair in bad + [(float(i), 0.0) for i in range(20)]]
    rows += [(None, nan, 0)] * 50
    df = spark.createDataFrame(rows, "x double, y float, label int")
    refused("'x': 1 null, 2 NaN; 'y': 1 null, 2 infinite: fill or drop", df, **XY)


@pytest.mark.parametrize(
    ("bad", "flaw"),
    [
        ([1.0, None], "1 null"),
        (None, "1 null"),
        ([float("nan"), 1.0], "1 NaN"),
        ([1.0, float("-inf")], "1 infinite"),
        ([float("inf"), 1.0], "1 infinite"),
        ([None, float("inf")], "1 null, 1 infinite"),
        ([None, float("-inf")], "1 null, 1 infinite"),
        ([float("nan"), None], "1 null, 1 NaN"),
    ],
)
def test_unusable_arrays(spark, bad, flaw):
    rows = [([float(i), 0.0], 1) for i in range(10)] + [(bad, 1)] + [([0.0, 1.0], 0)] * 30
    df = spark.createDataFrame(rows, "features array<double>, label int")
    refused(f"'features': {flaw}", df)


@pytest.mark.parametrize(
    ("bad", "flaw"),
    [
        ((None, 1), "'x': 1 null"),
        ((float("nan"), 1), "'x': 1 NaN"),
        ((float("-inf"), 1), "'x': 1 infinite"),
        ((0.5, None), "'n': 1 null"),
    ],
)
def test_one_flaw_is_enough(spark, bad, flaw):
    rows = [(float(i), i, 1) for i in range(10)] + [(*bad, 1)] + [(0.0, 0, 0)] * 30
    df = spark.createDataFrame(rows, "x double, n int, label int")
    refused(flaw, df, inputCols=["x", "n"])


def test_flaws_of_the_majority_are_no_concern(spark):
    rows = [(float(i), 1) for i in range(10)] + [(None, 0), (float("nan"), 0)] * 10
    df = spark.createDataFrame(rows, "x double, label int")
    assert class_counts(SMOTE(inputCols=["x"]).transform(df)) == {0: 20, 1: 20}


def test_arrays_of_different_length(spark):
    rows = [([float(i)] * (1 + (i == 3)), 1) for i in range(10)] + [([0.0], 0)] * 30
    df = spark.createDataFrame(rows, "features array<double>, label int")
    refused("from 1 to 2 features a row", df)
    empty = df.withColumn("features", F.expr("cast(array() as array<double>)"))
    refused("from 0 to 0 features", empty)


class TestSmallClass:
    @pytest.fixture
    def small(self, spark: SparkSession) -> DataFrame:
        rows = [(float(i), "tiny") for i in range(3)] + [(99.0, "single")]
        rows += [(float(i), "large") for i in range(20)]
        return spark.createDataFrame(rows, "x double, label string")

    def resampled(self, df: DataFrame, how: str) -> list[tuple[float, str]]:
        smote = SMOTE(inputCols=["x"], handleSmallClass=how, outputMode="synthetic")
        return [tuple(row) for row in smote.transform(df).collect()]

    def test_error_is_the_default(self, small):
        refused("has 1 rows; k=5 needs at least 6.*handleSmallClass", small, inputCols=["x"])

    def test_skip_leaves_the_class(self, small, caplog):
        assert self.resampled(small, "skip") == []
        assert "'tiny' has 3 rows, too few for k=5: left" in caplog.text

    def test_lower_k_uses_what_there_is(self, small, caplog):
        made = self.resampled(small, "lowerK")
        assert "k lowered from 5 to 2" in caplog.text
        assert sorted(label for _, label in made) == ["single"] * 19 + ["tiny"] * 17
        assert {x for x, label in made if label == "single"} == {99.0}
        tiny = [x for x, label in made if label == "tiny"]
        assert all(0 <= x <= 2 for x in tiny)
        assert not {0.0, 1.0, 2.0} & set(tiny)

    def test_duplicate_repeats_the_rows(self, small, caplog):
        made = self.resampled(small, "duplicate")
        assert "rows are repeated" in caplog.text
        tiny = [x for x, label in made if label == "tiny"]
        assert sorted(map(tiny.count, (0.0, 1.0, 2.0))) == [5, 6, 6]
        assert len(tiny) == 17
