"""Rows weighed by the classes around them."""

from __future__ import annotations

import numpy as np
from helpers import exact_neighborhood, overlapping

from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.weights import DangerWeighting, count_other_class


class TestLevel:
    def test_it_is_what_imbalanced_learn_counts(self):
        from imblearn.over_sampling import BorderlineSMOTE as Oracle

        points, label = overlapping()
        oracle = Oracle(k_neighbors=5, m_neighbors=10)
        oracle.fit_resample(points, label)
        other_class = count_other_class(exact_neighborhood(points, 10), label.astype(np.int32))
        danger = np.flatnonzero(DangerWeighting(10).weights(other_class))
        for name, rows in oracle.in_danger_indices.items():
            assert set(danger[label[danger] == name]) == set(rows)

    def test_twins_count_as_often_as_they_stand(self):
        """Rows 0 (three times), 1 and 2 of other classes: two twins of 0 are nearest to it."""
        around = Neighborhood(
            np.arange(3), np.array([[1, 2], [0, 2], [1, 0]]), np.array([3, 1, 1]), 3
        )
        assert count_other_class(around, np.array([7, 8, 9], np.int32)).tolist() == [1, 3, 3]
