"""XGBoost's Estimator, which is none of Spark's own, in a Pipeline. It needs a classic session."""

from __future__ import annotations

import pytest
from helpers import blobs, multiset
from pyspark.ml.feature import VectorAssembler

from spark_smote import SMOTEENN, Pipeline

pytestmark = pytest.mark.variant

NAMES = ["x0", "x1"]


@pytest.fixture(scope="module")
def table(spark):
    rows = [(*map(float, p), int(i < 40)) for i, p in enumerate(blobs(300, 2, seed=4))]
    return spark.createDataFrame(rows, "x0 double, x1 double, label int").repartition(2).cache()


def test_it_is_the_last_stage_of_a_pipeline(table):
    from xgboost.spark import SparkXGBClassifier

    sampler = SMOTEENN(inputCols=NAMES, k=3)
    assemble = VectorAssembler(inputCols=NAMES, outputCol="features")
    learn = SparkXGBClassifier(
        features_col="features", label_col="label", n_estimators=5, max_depth=3
    )
    model = Pipeline(stages=[sampler, assemble, learn]).fit(table)
    assert len(model.stages) == 2
    scored = model.transform(table)
    assert multiset(scored.select(table.columns)) == multiset(table)
    assert {row[0] for row in scored.select("prediction").distinct().collect()} == {0.0, 1.0}
