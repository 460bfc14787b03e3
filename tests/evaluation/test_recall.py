"""The measured recall: what the search found, by scikit-learn's distances."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import FEW, NAMES, ROWS, overlapping
from pyspark.sql import functions as F

from spark_smote import (
    SMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
)
from spark_smote.evaluation.recall import measure_all_class_recall, neighbor_recall


@pytest.mark.parametrize(
    ("sampler", "asked"),
    [
        pytest.param(EditedNearestNeighbours(samplingStrategy="all", k=5), ROWS, id="all search"),
        pytest.param(BorderlineSMOTE(m=5), FEW + 1000, id="some search"),
    ],
)
def test_recall_is_what_the_search_among_all_finds(overlap, sampler, asked):
    """Against scikit-learn's distances and those of the rows that others are judged by."""
    from sklearn.neighbors import NearestNeighbors

    sampler.setParams(inputCols=NAMES, bucketSize=100, replication=1.0, distanceScaling="none")
    source, plan = sampler.feature_table(overlap), sampler.plan(overlap)

    def apart(rows, around):
        (points,) = rows.values
        ways = points[around.index] - points[around.base][:, None]
        return {"x0": points[around.base, 0], "apart": list(np.linalg.norm(ways, axis=2))}

    used = plan.search.map_neighborhoods(source, apart, "x0 double, apart array<double>").toPandas()
    points, _ = overlapping()
    place = {point[0]: row for row, point in enumerate(points)}
    true, _ = NearestNeighbors().fit(points).kneighbors(points[used["x0"].map(place)], 6)
    hits = np.vstack(used["apart"]) <= true[:, 5:] + 1e-9
    assert len(used) == asked
    measured = measure_all_class_recall(plan.search, source, plan.counts, queries=ROWS)
    assert 0.5 < measured < 1
    assert measured == pytest.approx(hits.mean())


def test_recall_in_groups_is_of_the_rows_of_each(overlap):
    """Of a group in one bucket, nothing need be measured; of the other, the same as alone."""
    df = overlap.withColumn("tenant", F.expr("if(id % 7 = 0, 'small', 'large')"))
    alone = df.filter("tenant = 'large'")
    sampler = EditedNearestNeighbours(inputCols=NAMES, bucketSize=600, groupCols=["tenant"])
    measured = []
    for table in (df, alone):
        source, plan = sampler.feature_table(table), sampler.plan(table)
        measured.append(measure_all_class_recall(plan.search, source, plan.counts, queries=ROWS))
    assert 0.5 < measured[0] < 1
    assert measured[0] == pytest.approx(measured[1], abs=1e-12)


def test_of_one_row_that_stands_often_nothing_is_measured(spark):
    """Neither row nor neighbor is there to measure with, and the job goes on."""
    rows = spark.range(140).selectExpr("if(id < 40, 0D, id) as x", "int(id < 40) as label")
    smote = SMOTE(inputCols=["x"], bucketSize=16)
    found = neighbor_recall(smote, rows, smote.plan(rows), 100)
    assert found.value is None
    assert "distinct" in str(found)
