"""Borderline-SMOTE: bases are imbalanced-learn's rows in danger."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from helpers import NAMES, exact_neighborhood, multiset, overlapping
from pyspark.sql import DataFrame

from spark_smote import (
    BorderlineSMOTE,
)


def test_few_that_search_are_judged_exactly_whatever_the_partitions(overlap):
    from imblearn.over_sampling import BorderlineSMOTE as Oracle

    oracle = Oracle()
    oracle.fit_resample(*overlapping())
    sampler = BorderlineSMOTE(
        inputCols=NAMES, distanceScaling="none", bucketSize=900, idCol="id", lineageCol="from",
        outputMode="synthetic", samplingStrategy={1: 1400},
    )  # fmt: skip
    plan = sampler.plan(overlap)
    assert len(plan.search.layout.buckets) > 1
    assert plan.search.is_exact
    made = sampler.apply(overlap, plan).select("from.*", *NAMES).collect()
    assert {row["base"] for row in made} == set(oracle.in_danger_indices[1])
    again = sampler.transform(overlap.repartition(4, "x1")).select("from.*", *NAMES)
    assert multiset(made) == multiset(again)


@pytest.mark.parametrize("bucket_size", [None, 700], ids=["exact", "hashed"])
class TestBorderline:
    def resampled(
        self, overlap: DataFrame, bucket_size: int | None, **params: object
    ) -> pd.DataFrame:
        sampler = BorderlineSMOTE(
            inputCols=NAMES, distanceScaling="none", bucketSize=bucket_size, idCol="id",
            lineageCol="from", outputMode="synthetic", **params,
        )  # fmt: skip
        return sampler.transform(overlap).select("label", "from.*", *NAMES).toPandas()

    def test_bases_are_imbalanced_learns_rows_in_danger(self, overlap, bucket_size):
        from imblearn.over_sampling import BorderlineSMOTE as Oracle

        oracle = Oracle()
        oracle.fit_resample(*overlapping())
        made = self.resampled(overlap, bucket_size)
        assert made["label"].value_counts().to_dict() == {1: 800, 0: 400}
        for name, rows in oracle.in_danger_indices.items():
            mine = made[made["label"] == name]
            assert mine["neighbor"].isin(np.flatnonzero(overlapping()[1] == name)).all()
            unlike = set(mine["base"]) ^ set(rows)
            if len(mine) >= len(rows):  # every row in danger makes one at least
                assert len(unlike) <= (0 if bucket_size is None else 0.03 * len(rows))
                assert np.ptp(mine["base"].value_counts()) <= 1
            else:
                assert len(set(mine["base"]) - set(rows)) <= (0 if bucket_size is None else 12)

    def test_kind_2_goes_half_of_the_way_to_other_classes(self, overlap, bucket_size):
        points, label = overlapping()
        made = self.resampled(overlap, bucket_size, kind="borderline-2", samplingStrategy={1: 2400})
        base, neighbor = made["base"].to_numpy(), made["neighbor"].to_numpy()
        way = points[neighbor] - points[base]
        np.testing.assert_allclose(made[NAMES], points[base] + made[["gap"]].to_numpy() * way)
        foreign = label[neighbor] != 1
        assert made["gap"][foreign].max() < 0.5 < made["gap"][~foreign].max()
        assert 0.5 < foreign.mean() < 1
        among = exact_neighborhood(points, 5).index[base] == neighbor[:, None]
        assert among.any(axis=1).mean() >= (1 if bucket_size is None else 0.95)


def test_more_neighbors_are_approached_than_rows_are_judged_by(overlap):
    sampler = BorderlineSMOTE(
        inputCols=NAMES, distanceScaling="none", bucketSize=2500, kind="borderline-2", m=2, k=30,
        idCol="id", lineageCol="from", outputMode="synthetic", samplingStrategy={1: 40_000},
    )  # fmt: skip
    made = sampler.transform(overlap).select("from.*").toPandas()
    near = exact_neighborhood(overlapping()[0], 30).index[made["base"]]
    assert (near == made[["neighbor"]].to_numpy()).any(axis=1).all()
