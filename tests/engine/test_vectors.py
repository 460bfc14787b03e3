"""ML vectors as features."""

from __future__ import annotations

import pytest
from helpers import PORTABLE_VECTORS, blobs, class_counts
from pyspark.ml.linalg import DenseVector, SparseVector, Vectors
from pyspark.sql import functions as F

from spark_smote import SMOTE

pytestmark = PORTABLE_VECTORS


@pytest.mark.parametrize("sparse", [False, True])
def test_vectors_come_back_dense(spark, sparse):
    points = blobs(60, 4, seed=3)
    points[:, 2] = 0.0
    make = (
        (lambda p: Vectors.sparse(4, [(i, v) for i, v in enumerate(p) if v]))
        if sparse
        else (Vectors.dense)
    )
    rows = [(make(list(map(float, p))), int(i < 20)) for i, p in enumerate(points)]
    df = spark.createDataFrame(rows, ["features", "label"])
    smote = SMOTE(syntheticCol="made")
    out = smote.transform(df)
    assert class_counts(out) == {0: 40, 1: 40}
    assert out.schema["features"] == df.schema["features"]
    kinds = {(row["made"], type(row["features"])) for row in out.collect()}
    assert kinds == {(True, DenseVector), (False, SparseVector if sparse else DenseVector)}


def test_metadata_of_the_vector_is_kept(spark):
    rows = [(Vectors.dense([float(i)]), int(i < 10)) for i in range(30)]
    metadata = {"ml_attr": {"attrs": {"numeric": [{"idx": 0, "name": "x"}]}, "num_attrs": 1}}
    df = spark.createDataFrame(rows, ["v", "label"])
    df = df.select(F.col("v").alias("features", metadata=metadata), "label")
    assert SMOTE().transform(df).schema["features"].metadata == metadata
    only = SMOTE(outputMode="synthetic").transform(df)
    assert only.schema["features"].metadata == metadata


def test_another_vector_column_is_null_in_synthetic_rows(spark):
    rows = [(Vectors.dense([float(i)]), Vectors.dense([1.0]), int(i < 10)) for i in range(30)]
    df = spark.createDataFrame(rows, ["features", "other", "label"])
    out = SMOTE(syntheticCol="made").transform(df)
    assert out.filter("made and other is null").count() == 10
    assert out.filter("not made and other is null").count() == 0
