"""Exact neighbors: scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import blobs
from sklearn.neighbors import NearestNeighbors

from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.neighbors.euclidean import EuclideanSearch
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.neighbors.reverse import add_reverse
from spark_smote.core.neighbors.wide import WideSearch


class TestNeighbors:
    @pytest.mark.parametrize("width", [2, 40, 5000])
    def test_as_scikit_learn(self, width):
        points, base = blobs(300, width, 0), np.arange(0, 300, 3)
        expected = (
            NearestNeighbors(n_neighbors=6)
            .fit(points)
            .kneighbors(points[base], return_distance=False)
        )
        assert (nearest_neighbors(points, base, 5) == expected[:, 1:]).all()

    @pytest.mark.parametrize(
        "points",
        [
            pytest.param(blobs(5000, 8, 0, centers=5), id="blobs"),
            pytest.param(blobs(3000, 3, 0) * 1e-6 + np.arange(3000)[:, None] % 2, id="specks"),
            pytest.param(np.indices((17, 17, 17)).reshape(3, -1).T * 1.0, id="ties"),
            pytest.param(blobs(2000, 4, 0) * 1e300, id="huge"),
            pytest.param(blobs(2000, 4, 0) * 1e-300, id="tiny"),
            pytest.param(np.geomspace(1e-3, 1e3, 2000)[:, None] * np.ones(2), id="scales"),
            pytest.param(blobs(1200, 700, 0), id="wide"),
        ],
    )
    @pytest.mark.parametrize("search", [EuclideanSearch, WideSearch])
    def test_none_nearer_is_missed(self, points, search):
        """Whatever the rounding: the distances, of which ties share one, are the smallest."""
        base = np.arange(0, len(points), 11)
        index = search(points, 5).nearest(base)
        assert all(len(set(row)) == 5 for row in index.tolist())
        assert (index != base[:, None]).all()
        unit = points / np.abs(points).max()
        found = np.linalg.norm(unit[index] - unit[base][:, None], axis=2)
        every = np.array([np.linalg.norm(unit - row, axis=1) for row in unit[base]])
        np.testing.assert_allclose(found, np.sort(every, axis=1)[:, 1:6], rtol=1e-9, atol=1e-15)

    def test_self_is_out_even_among_rows_at_distance_zero(self):
        points = np.zeros((20, 2))
        found = nearest_neighbors(points, np.arange(20), 5)
        assert (found != np.arange(20)[:, None]).all()

    @pytest.mark.parametrize("search", [EuclideanSearch, WideSearch])
    def test_a_base_that_is_no_candidate_loses_no_neighbor(self, search):
        points = blobs(3000, 5, seed=4)
        among = np.arange(1000, 3000)
        base = np.array([3, 700, 1500])  # the last is a candidate and no neighbor of its own
        found = search(points, 5).nearest(base, among)
        apart = np.linalg.norm(points[base][:, None] - points[among], axis=2)
        apart[2, 500] = np.inf
        assert (found == among[np.argsort(apart, axis=1)[:, :5]]).all()

    def test_fewer_rows_than_k(self):
        assert nearest_neighbors(np.array([[0.0], [1.0]]), np.array([0]), 5).tolist() == [[1]]
        assert nearest_neighbors(np.array([[0.0]]), np.array([0]), 5).shape == (1, 0)

    def test_twins_are_neighbors_before_all_others(self):
        """A row of three twins, k=4: two twins, then the twins of the next row."""
        around = Neighborhood(np.array([0]), np.array([[1, 2]]), counts=np.array([3, 1, 5]), k=4)
        draws = (np.arange(400) + 0.5) / 400
        picked = around.pick(np.zeros(400, np.int64), draws)
        assert np.bincount(picked).tolist() == [200, 100, 100]

    def test_a_lone_row_gets_itself(self):
        around = Neighborhood(np.array([0]), np.empty((1, 0), np.int64), np.array([1]), k=5)
        assert around.pick(np.array([0]), np.array([0.9])).tolist() == [0]


class TestReverseNeighbors:
    @pytest.mark.parametrize("norm", [EUCLIDEAN_NORM, Norm(1.0), Norm(group=2)])
    def test_the_nearest_of_those_found_and_those_that_found(self, norm):
        random = np.random.default_rng(0)
        points = random.normal(size=(300, 4)).astype(np.float32)
        base = random.permutation(300)[:200]
        lists = np.array([random.permutation(np.delete(np.arange(300), b))[:5] for b in base])
        apart = norm.lengths(points[:, None] - points)
        lists = np.take_along_axis(lists, apart[base[:, None], lists].argsort(axis=1), axis=1)
        joined = add_reverse(points, base, lists, norm)
        for row, found, best in zip(base, lists, joined, strict=True):
            known = np.union1d(found, base[(lists == row).any(axis=1)])
            assert best.tolist() == known[apart[row, known].argsort()][:5].tolist()
