"""Safe-Level-SMOTE: gaps by the levels of both ends."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import NAMES, exact_neighborhood, overlapping
from scipy import stats

from spark_smote import (
    SafeLevelSMOTE,
)
from spark_smote.engine.planning import base_weights


class TestSafeLevel:
    def test_gaps_are_as_wide_as_the_levels_say(self, overlap):
        sampler = SafeLevelSMOTE(
            inputCols=NAMES, distanceScaling="none", idCol="id", lineageCol="from",
            outputMode="synthetic", samplingStrategy={1: 6000},
        )  # fmt: skip
        made = sampler.transform(overlap).select("from.*").toPandas()
        points, label = overlapping()
        near = exact_neighborhood(points, 5).index
        safe = (label[near] == label[:, None]).sum(axis=1)
        base, neighbor = safe[made["base"]], safe[made["neighbor"]]
        gap = made["gap"].to_numpy()
        assert len(made) == 5400
        assert set(made["base"]) == set(np.flatnonzero((label == 1) & (safe > 0)))
        assert (gap[neighbor == 0] == 0).all()
        nearer, farther = base > neighbor, base < neighbor
        assert (gap[nearer] <= (neighbor / base)[nearer]).all()
        assert (gap[farther] >= (1 - base / np.maximum(neighbor, 1))[farther]).all()
        assert stats.kstest(gap[base == neighbor], "uniform").pvalue > 1e-3
        part = (gap * base / np.maximum(neighbor, 1))[nearer & (neighbor > 0)]
        assert stats.kstest(part, "uniform").pvalue > 1e-3

    def test_all_levels_must_be_known(self, overlap, monkeypatch):
        monkeypatch.setattr(base_weights, "MAX_BASES", 500)
        with pytest.raises(ValueError, match="Class 1 has 600 rows; levels are kept for 500"):
            SafeLevelSMOTE(inputCols=NAMES, samplingStrategy="minority").transform(overlap)
