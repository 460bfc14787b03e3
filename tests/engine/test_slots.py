"""Categories in slots of an array or ML vector: the contract, and what names the slots."""

from __future__ import annotations

import numpy as np
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import PORTABLE_VECTORS, blobs, class_counts, multiset, split_synthetic, write_and_read
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, SMOTENC, RandomOverSampler

pytestmark = PORTABLE_VECTORS

SLOTS = [0, 2, 3, 5]
NUMBERS = [1, 4]


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """Two numbers between four categories, as plain columns and as an array; 80 of 1, 200 of 0."""
    random = np.random.default_rng(2)
    kinds = random.integers(0, 3, (280, 4)) / 10
    rows = [
        (float(a), float(p[0]), float(b), float(c), float(p[1]), float(d), int(i < 80), i)
        for i, (p, (a, b, c, d)) in enumerate(zip(blobs(280, 2, seed=8), kinds, strict=True))
    ]
    fields = ", ".join(f"x{i} double" for i in range(6))
    df = spark.createDataFrame(rows, f"{fields}, label int, id int")
    return write_and_read(df.withColumn("features", F.array(*df.columns[:6])), tmp_path_factory)


def typed(table: DataFrame, kind: str) -> DataFrame:
    features = F.col("features")
    features = array_to_vector(features) if kind == "vector" else features.cast(kind)
    return table.select(features.alias("features"), "label", "id")


@pytest.mark.parametrize(
    "kind",
    ["array<float>", pytest.param("array<double>", marks=pytest.mark.variant), "vector"],
)
def test_the_contract_holds(table, kind):
    df = typed(table, kind)
    smote = SMOTENC(categoricalSlots=[5, 0, 2, 3], syntheticCol="made")
    out = smote.transform(df)
    assert_schema_equality(out.drop("made").schema, df.schema)
    originals, made = split_synthetic(out)
    assert class_counts(originals + made) == {0: 200, 1: 200}
    assert multiset(originals) == multiset(df)
    given = np.array([list(row["features"]) for row in df.filter("label = 1").collect()])
    new = np.array([list(row["features"]) for row in made])
    for slot in range(6):
        exists = np.isin(new[:, slot], given[:, slot])
        assert exists.all() == (slot in SLOTS)
    assert multiset(
        split_synthetic(smote.transform(df.repartition(5).orderBy("id")))[1]
    ) == multiset(made)


def test_categories_are_those_of_most_of_scikit_learns_neighbors(table):
    from sklearn.neighbors import NearestNeighbors

    few = table.filter("label = 1").toPandas()
    points = np.array(few["features"].tolist())
    numbers, kinds = points[:, NUMBERS], points[:, SLOTS]
    scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    hot = np.hstack([(kinds[:, [i]] == np.unique(kinds[:, i])) for i in range(4)]) / np.sqrt(2)
    nearest = NearestNeighbors(n_neighbors=6).fit(np.hstack([scaled, hot]))
    votes = nearest.kneighbors()[1][:, :5]
    place = {row_id: i for i, row_id in enumerate(few["id"])}
    made = SMOTENC(categoricalSlots=SLOTS, copyCols=["id"], outputMode="synthetic")
    for row in made.transform(typed(table, "array<double>")).collect():
        asked = kinds[votes[place[row["id"]]]]
        for column, value in enumerate(np.array(row["features"])[SLOTS]):
            values, times = np.unique(asked[:, column], return_counts=True)
            assert times[values == value] == times.max()


def test_a_vectors_metadata_name_its_slots(spark, caplog):
    from pyspark.ml.feature import StringIndexer, VectorAssembler

    rows = [(float(i), "abc"[i % 3], float(i % 7), int(i < 12)) for i in range(50)]
    df = spark.createDataFrame(rows, "x double, color string, y double, label int")
    indexed = StringIndexer(inputCol="color", outputCol="kind").fit(df).transform(df)
    assembled = VectorAssembler(inputCols=["x", "kind", "y"], outputCol="features").transform(
        indexed
    )
    df = assembled.select("features", "label")
    out = SMOTENC(outputMode="synthetic").transform(df)
    assert out.schema["features"] == df.schema["features"]
    made = np.array([row["features"].toArray() for row in out.collect()])
    assert set(made[:, 1]) <= {0.0, 1.0, 2.0}
    assert (made[:, [0, 2]] % 1 != 0).any(axis=0).all()
    for heedless in (SMOTE(), RandomOverSampler(featuresCol="features", shrinkage=0.5)):
        with caplog.at_level("WARNING", "spark_smote"):
            heedless.plan(df)
        assert "slots [1] of 'features' are nominal" in caplog.text
        caplog.clear()
    # named by hand, these are all
    other = SMOTENC(categoricalSlots=[2], outputMode="synthetic").transform(df)
    made = np.array([row["features"].toArray() for row in other.collect()])
    assert set(made[:, 2]) <= set(map(float, range(7)))
    assert (made[:, 1] % 1 != 0).any()
    assert not caplog.text


def test_columns_and_slots_are_categories_together(table):
    df = typed(table, "array<float>").withColumn("color", (F.col("id") % 2 == 0).cast("string"))
    smote = SMOTENC(categoricalCols=["color"], categoricalSlots=SLOTS, outputMode="synthetic")
    made = smote.transform(df).collect()
    assert len(made) == 120
    assert {row["color"] for row in made} == {"true", "false"}
    tenths = {0.0, *np.float32([0.1, 0.2]).tolist()}
    assert {row["features"][slot] for row in made for slot in SLOTS} == tenths


def test_null_and_nan_are_categories_and_zero_has_no_sign(spark):
    held = [None, float("nan"), 0.0, -0.0]
    rows = [([float(i), held[i % 4]], int(i < 16)) for i in range(60)]
    df = spark.createDataFrame(rows, "features array<double>, label int")
    smote = SMOTENC(categoricalSlots=[1], outputMode="synthetic")
    made = [row["features"][1] for row in smote.transform(df).collect()]
    assert {str(value) for value in made} == {"None", "nan", "0.0"}
    # 0.0 and -0.0 are half of every five neighbors or nearly: together they win most votes
    assert made.count(0.0) > len(made) / 2


@pytest.mark.variant
@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({}, ValueError, "SMOTENC found no categories: .* or use SMOTE"),
        ({"categoricalSlots": []}, ValueError, "SMOTENC found no categories"),
        ({"categoricalSlots": [6]}, ValueError, "slot 6, but 'features' has the slots 0 to 5"),
        ({"categoricalSlots": [*range(6)]}, ValueError, "All 6 slots of 'features' are categories"),
        (
            {"categoricalSlots": [0], "inputCols": ["id"]},
            ValueError,
            r"\[0\] are slots of featuresCol, but the features are the columns of inputCols",
        ),
        ({"categoricalSlots": [0], "interpolation": "star"}, ValueError, "so none vote"),
        ({"categoricalSlots": [0], "metric": "cosine"}, ValueError, "categories differ by"),
        ({"categoricalSlots": [-1]}, TypeError, "at least 0, got -1"),
        ({"categoricalSlots": [1, 1]}, TypeError, "each slot once"),
    ],
)
def test_what_does_not_fit_is_refused(table, params, error, message):
    with pytest.raises(error, match=message):
        SMOTENC(**params).transform(typed(table, "array<double>"))


def test_rows_without_features_are_refused(table):
    df = table.withColumn("features", F.when(F.col("id") > 0, F.col("features")))
    with pytest.raises(ValueError, match="rows hold 'features': 1 null"):
        SMOTENC(categoricalSlots=SLOTS).transform(df)


def test_rows_of_other_lengths_are_refused(spark):
    rows = [([float(i)] * (3 + i % 2), int(i < 16)) for i in range(60)]
    df = spark.createDataFrame(rows, "features array<double>, label int")
    with pytest.raises(ValueError, match="from 3 to 4 features a row"):
        SMOTENC(categoricalSlots=[3]).transform(df)
    with pytest.raises(ValueError, match="from 3 to 4 features a row"):
        SMOTENC(categoricalSlots=[0, 2]).transform(df)
