"""Distances: scikit-learn's, under every metric and scaling."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import blobs
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from spark_smote.core.distance.categories import Category
from spark_smote.core.distance.metric import Metric
from spark_smote.core.distance.norm import Norm
from spark_smote.core.distance.scaling import fit_scaling
from spark_smote.core.distance.space import FeatureSpace, fit_space
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.neighbors.approximate import approximate_neighbors
from spark_smote.core.neighbors.exact import nearest_neighbors

METRICS = [Metric(), Metric("cosine"), Metric("manhattan"), Metric("minkowski", 3.5)]
METRIC = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def space_of(points: np.ndarray, metric: Metric, scaling: str = "standard") -> FeatureSpace:
    return fit_space([points], np.ones(len(points), np.int64), scaling, metric=metric)


def oracle(metric: Metric, k: int) -> NearestNeighbors:
    power = {"p": metric.p} if metric.name == "minkowski" else {}
    return NearestNeighbors(n_neighbors=k, metric=metric.name, **power)


class TestOneBucket:
    @METRIC
    @pytest.mark.parametrize("width", [2, 40])
    @pytest.mark.parametrize("scaling", ["standard", "none"])
    def test_as_scikit_learn(self, metric, width, scaling):
        points = blobs(300, width, 0) + 3
        base = np.arange(0, 300, 3)
        vdm_coordinates = space_of(points, metric, scaling).transform([points])
        scaled = points / points.std(axis=0) if scaling == "standard" else points
        found = oracle(metric, 6).fit(scaled).kneighbors(scaled[base], return_distance=False)
        assert (
            nearest_neighbors(vdm_coordinates, base, 5, Norm(metric.power)) == found[:, 1:]
        ).all()

    @METRIC
    def test_self_is_out_by_identity_among_twins(self, metric):
        points = np.repeat(blobs(20, 3, 0), 2, axis=0)
        vdm_coordinates = space_of(points, metric).transform([points])
        base = np.arange(40)
        assert (
            nearest_neighbors(vdm_coordinates, base, 1, Norm(metric.power))[:, 0] == base ^ 1
        ).all()
        alike = np.zeros((20, 2))
        found = nearest_neighbors(alike, np.arange(20), 5, Norm(metric.power))
        assert all(len(set(row)) == 5 for row in found.tolist())
        assert (found != np.arange(20)[:, None]).all()

    @pytest.mark.parametrize("power", [1.0, 3.5, 64.0])
    @pytest.mark.parametrize("unit", [1e-300, 1.0, 1e300])
    def test_no_unit_is_too_large_or_small(self, power, unit):
        points, base = blobs(400, 3, 0), np.arange(400)
        expected = nearest_neighbors(points, base, 5, Norm(power))
        assert (nearest_neighbors(points * unit, base, 5, Norm(power)) == expected).all()

    @pytest.mark.parametrize("power", [1.0, 3.5])
    def test_fewer_rows_than_k(self, power):
        two = np.array([[0.0], [1.0]])
        assert nearest_neighbors(two, np.array([0]), 5, Norm(power)).tolist() == [[1]]
        assert nearest_neighbors(two[:1], np.array([0]), 5, Norm(power)).shape == (1, 0)


class TestDirections:
    def test_distances_are_those_of_the_angle(self):
        points = blobs(60, 4, 0)
        points[7] = 0
        vdm_coordinates = space_of(points, Metric("cosine"), "none").transform([points])
        apart = ((vdm_coordinates[:, None] - vdm_coordinates[None]) ** 2).sum(axis=2) / 2
        np.testing.assert_allclose(apart, pairwise_distances(points, metric="cosine"), atol=1e-12)

    def test_lengths_do_not_matter_nor_overflow(self):
        points = blobs(60, 4, 0)
        space = space_of(points, Metric("cosine"))
        lengths = np.geomspace(1e-300, 1e300, 60)[:, None]
        np.testing.assert_allclose(space.transform([points * lengths]), space.transform([points]))

    def test_a_row_is_placed_alike_in_any_batch(self):
        points = blobs(200, 7, 0)
        space = space_of(points, Metric("cosine"))
        alone = np.vstack([space.transform([points[i : i + 1]]) for i in range(200)])
        assert (alone == space.transform([points])).all()


class TestManyRows:
    @pytest.mark.parametrize("metric", METRICS[2:], ids=lambda metric: metric.name)
    def test_cells_find_most_of_them(self, metric):
        rng = np.random.default_rng(0)
        curved = np.tanh(rng.normal(size=(14_000, 4)) @ rng.normal(size=(4, 16)) / 2)
        points = curved + rng.normal(scale=0.01, size=curved.shape)
        base, asked = np.arange(0, 14_000, 10), np.arange(5, 1400, 7)
        index = approximate_neighbors(points, base, 5, asked, Norm(metric.power))
        assert (index != base[asked][:, None]).all()
        true = nearest_neighbors(points, base[asked], 5, Norm(metric.power))
        assert np.mean([np.isin(a, b).mean() for a, b in zip(index, true, strict=True)]) > 0.95

    @METRIC
    def test_rows_are_sent_where_their_neighbors_need_them(self, metric):
        random = np.random.default_rng(3)
        whole = np.tanh(random.standard_normal((10_000, 3)) @ blobs(3, 16, 1)) + 0.5
        vdm_coordinates = space_of(whole, metric).transform([whole])
        cells = fit_hash(vdm_coordinates[:2000], 0.2, 16, 5, None, 16, Norm(metric.power))
        home, rows, others = cells.assign(vdm_coordinates)
        base = np.arange(4000, 4300)
        present = np.zeros((len(whole), len(cells.centers)), bool)
        present[np.arange(len(whole)), home] = True
        present[rows, others] = True
        true = nearest_neighbors(vdm_coordinates, base, 5, Norm(metric.power))
        assert present[true, home[base, None]].mean() > 0.98


@pytest.mark.parametrize("metric", [METRICS[0], *METRICS[2:]], ids=lambda metric: metric.name)
def test_a_mismatch_is_as_far_as_the_median_deviation(metric):
    """Powers of distances add up: those of the numbers, and one for each category that differs."""
    numbers, kinds = blobs(40, 3, 0), np.random.default_rng(0).integers(0, 3, (40, 2))
    each = tuple(Category(np.arange(3), np.arange(3).astype(object)) for _ in range(2))
    values = [numbers, kinds]
    space = fit_space(values, np.ones(40, np.int64), "none", each, metric)
    vdm_coordinates = space.transform(values)
    apart = np.linalg.norm(
        vdm_coordinates[:, None] - vdm_coordinates[None], ord=metric.power, axis=2
    )
    between = np.linalg.norm(numbers[:, None] - numbers[None], ord=metric.power, axis=2)
    differ = (kinds[:, None] != kinds[None]).sum(axis=2)
    med = np.median(numbers.std(axis=0))
    expected = between**metric.power + differ * med**metric.power
    np.testing.assert_allclose(apart**metric.power, expected, atol=1e-9)


class TestScaling:
    @pytest.mark.parametrize(
        ("kind", "oracle"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())]
    )
    def test_as_scikit_learn_on_the_repeated_rows(self, kind, oracle):
        points = blobs(40, 4, 0) * [1, 1e3, 1e-3, 0]
        counts = np.random.default_rng(1).integers(1, 5, 40)
        expected = oracle.fit(np.repeat(points, counts, axis=0)).transform(points)
        scaled = fit_scaling(points, counts, kind).apply(points)
        # Where the center lies changes no distance.
        np.testing.assert_allclose(scaled - scaled[0], expected - expected[0], atol=1e-9)

    def test_none_keeps_distances(self):
        points = blobs(40, 4, 0)
        scaled = fit_scaling(points, np.ones(40, np.int64), "none").apply(points)
        np.testing.assert_allclose(scaled - scaled[0], points - points[0])

    def test_huge_values_do_not_overflow(self):
        points = np.array([[1e200], [-1e200], [3e200]])
        assert np.isfinite(
            fit_scaling(points, np.ones(3, np.int64), "standard").apply(points)
        ).all()
