"""ProWSyn: rows shared by levels of proximity."""

from __future__ import annotations

import numpy as np
from helpers import FEW, NAMES, overlapping

from spark_smote import (
    ProWSyn,
)


class TestProWSyn:
    def test_rows_are_shared_by_levels_found_one_after_the_other(self, overlap):
        """Against the definition, over all distances."""
        sampler = ProWSyn(
            inputCols=NAMES, distanceScaling="none", copyCols=["id"], outputMode="synthetic",
            samplingStrategy={1: FEW + 20_000}, levelK=3, levels=4, theta=0.5,
        )  # fmt: skip
        made = sampler.transform(overlap).groupBy("id").count().toPandas().set_index("id")["count"]
        points, label = overlapping()
        few = points[label == 1]
        apart = np.linalg.norm(points[label != 1][:, None] - few, axis=2)
        levels = np.full(FEW, 4)
        for each in (1, 2, 3):
            left = np.flatnonzero(levels == 4)
            levels[left[np.argsort(apart[:, left], axis=1)[:, :3]]] = each
        assert set(levels) == {1, 2, 3, 4}
        weights = np.exp(-0.5 * (levels - 1))
        expected = 20_000 * weights / weights.sum()
        assert made.sum() == 20_000
        assert (np.abs(made.reindex(range(FEW)).to_numpy() - expected) < 1.01).all()
