"""Neighbors in cells: most of the exact ones."""

from __future__ import annotations

import numpy as np
import pytest

from spark_smote.core.neighbors.approximate import approximate_neighbors
from spark_smote.core.neighbors.exact import nearest_neighbors


class TestCells:
    @staticmethod
    def _recall(index, points, base):
        true = nearest_neighbors(points, base, index.shape[1])
        return np.mean([np.isin(row, best).mean() for row, best in zip(index, true, strict=True)])

    @pytest.mark.parametrize("recall", [0.8, 0.97, 0.99, 1.0])
    @pytest.mark.parametrize("has_structure", [True, False])
    def test_as_many_neighbors_are_found_as_asked_for(self, has_structure, recall):
        rng = np.random.default_rng(0)
        points = rng.normal(size=(20_000, 24))
        if has_structure:
            curved = np.tanh(points[:, :4] @ rng.normal(size=(4, 16)) / 2)
            points = curved + rng.normal(scale=0.01, size=curved.shape)
        base, asked = np.arange(0, 20_000, 2), np.arange(5, 10_000, 37)
        index = approximate_neighbors(points, base, 5, asked, recall=recall)
        assert (index != base[asked][:, None]).all()
        found = self._recall(index, points, base[asked])
        assert found == 1 if recall == 1 else found > recall - 0.025

    def test_a_lower_recall_is_found_where_it_is_asked_for(self):
        points = np.random.default_rng(0).normal(size=(20_000, 24))
        asked = np.arange(5, 20_000, 37)
        index = approximate_neighbors(points, np.arange(20_000), 5, asked, recall=0.6)
        assert self._recall(index, points, asked) < 0.9

    def test_a_thorough_search_finds_rows_that_lie_unlike_those_that_search(self):
        """Around a cloud that searches lie others, wider apart and fewer: last to be reached."""
        rng = np.random.default_rng(0)
        points = rng.normal(size=(24_000, 24))
        others = rng.permutation(24_000)[:6_000]
        points[others] *= 1.2
        base = np.setdiff1d(np.arange(24_000), others)
        asked = np.arange(5, len(base), 37)
        index = approximate_neighbors(points, base, 10, asked, high_recall=True)
        true = nearest_neighbors(points, base[asked], 10)
        met = (true[:, :, None] == index[:, None]).any(axis=2)
        assert met[np.isin(true, others)].mean() > 0.99

    @pytest.mark.parametrize("k", [1, 300, 1500, 3000])
    def test_there_are_candidates_for_any_k(self, k):
        points, base = np.random.default_rng(0).normal(size=(13_000, 1)), np.arange(0, 13_000, 5)
        asked = np.arange(3, len(base), 200)
        index = approximate_neighbors(points, base, k, asked)
        assert all(len(set(row)) == k for row in index.tolist())
        assert (index != base[asked][:, None]).all()

    @pytest.mark.parametrize("d", [3, 24])
    def test_who_asks_changes_no_answer(self, d):
        """Nor where neighbors are missed, and rows that do not ask know of them."""
        points, base = np.random.default_rng(0).normal(size=(20_000, d)), np.arange(15_000)
        some = np.arange(7, 15_000, 40)
        assert (
            approximate_neighbors(points, base, 4)[some]
            == approximate_neighbors(points, base, 4, some)
        ).all()
