"""ADASYN: as many rows of each base as imbalanced-learn's ratios say."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import FEW, NAMES, class_counts, exact_neighborhood, overlapping

from spark_smote import (
    ADASYN,
)
from spark_smote.engine.planning import base_weights


class TestADASYN:
    @pytest.mark.parametrize("bucket_size", [None, 700], ids=["exact", "hashed"])
    def test_rows_are_imbalanced_learns_before_rounding(self, overlap, bucket_size):
        sampler = ADASYN(
            inputCols=NAMES, distanceScaling="none", bucketSize=bucket_size, copyCols=["id"],
            outputMode="synthetic", samplingStrategy={1: FEW + 40_000},
        )  # fmt: skip
        bases = [row["id"] for row in sampler.transform(overlap).select("id").collect()]
        points, label = overlapping()
        near = exact_neighborhood(points, 5).index[label == 1]
        ratio = (label[near] != 1).mean(axis=1)
        made = np.bincount(bases, minlength=FEW)
        assert made.sum() == 40_000
        if bucket_size is None:
            assert (np.abs(made - 40_000 * ratio / ratio.sum()) < 1).all()
        else:
            assert np.abs(made / 40_000 * ratio.sum() - ratio).mean() <= 0.02

    def test_a_cap_and_the_seed_are_kept(self, overlap):
        sampler = ADASYN(inputCols=NAMES, maxPerRow=0.5, bucketSize=700)
        out = sampler.transform(overlap)
        assert class_counts(out) == {1: 900, 0: 1400, 2: 1400}


def test_of_a_large_class_some_rows_make_all(overlap, monkeypatch):
    """Those with the highest keys, so that the driver keeps a bounded number of shares."""
    monkeypatch.setattr(base_weights, "MAX_BASES", 300)
    sampler = ADASYN(
        inputCols=NAMES, copyCols=["id"], outputMode="synthetic", samplingStrategy={1: 2000}
    )
    made = sampler.transform(overlap).toPandas()
    assert len(made) == 1400
    assert 200 < made["id"].nunique() < 360
