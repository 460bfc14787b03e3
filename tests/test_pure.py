"""The NumPy modules, without Spark, against scikit-learn and hand-made tables."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest
from helpers import blobs
from scipy import stats
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import spark_smote
from spark_smote.core.block import Block
from spark_smote.core.distance.norm import EUCLIDEAN_NORM, Norm
from spark_smote.core.distance.scaling import fit_scaling
from spark_smote.core.distance.space import fit_space
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.neighbors.approximate import approximate_neighbors
from spark_smote.core.neighbors.euclidean import EuclideanSearch
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.neighbors.reverse import add_reverse
from spark_smote.core.randomness import key_quantile, normal, uniform
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.bucket import make_rows
from spark_smote.core.synthesis.drawings import draw_weights
from spark_smote.core.synthesis.interpolation import combine, interpolate, move
from spark_smote.core.synthesis.star import fit_star
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.engine.buckets.arrow import ArrowColumn
from spark_smote.engine.buckets.fitting import fit_cells
from spark_smote.engine.buckets.routing import spread

PACKAGE = Path(spark_smote.__file__).parent
WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>>" in (text := path.read_text())
    and "createDataFrame" not in text  # which those of public classes have
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_docstring_examples(name):
    failed, tried = doctest.testmod(importlib.import_module(f"spark_smote.{name}"))
    assert tried
    assert not failed


def a_block(points: np.ndarray, counts: np.ndarray | None = None, seed: int = 0) -> Block:
    random = np.random.default_rng(seed)
    return Block(
        keys=np.sort(random.integers(-(2**63), 2**63 - 1, len(points))),
        counts=np.ones(len(points), np.int64) if counts is None else counts,
        home=np.ones(len(points), np.bool_),
        values=[points],
        extras=None,
    )


class TestRandomness:
    def test_draws_are_uniform_and_independent_of_key_purpose_and_number(self):
        keys = np.repeat(np.arange(200), 200)
        draws = np.tile(np.arange(200), 200)
        gaps, picks = uniform("gap", keys, draws), uniform("neighbour", keys, draws)
        for drawn in (gaps, picks):
            assert drawn.min() >= 0
            assert drawn.max() < 1
            assert stats.kstest(drawn, "uniform").pvalue > 1e-3
        table = gaps.reshape(200, 200)
        for one, other in [(gaps, picks), (table[:-1], table[1:]), (table[:, :-1], table[:, 1:])]:
            assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.02

    def test_a_draw_depends_on_nothing_else(self):
        keys, draws = np.arange(-50, 50), np.arange(100)
        order = np.random.default_rng(0).permutation(100)
        whole = uniform("gap", keys, draws)
        assert (uniform("gap", keys[order], draws[order]) == whole[order]).all()
        assert (uniform("gap", keys[7:8], draws[7:8]) == whole[7:8]).all()

    def test_normal_draws_are_normal_and_independent_of_the_number(self):
        keys, draws = np.repeat(np.arange(200), 200), np.tile(np.arange(200), 200)
        drawn = normal("direction", keys, draws)
        assert stats.kstest(drawn, "norm").pvalue > 1e-3
        assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.02

    def test_key_quantiles_are_those_of_64_bits(self):
        assert key_quantile(0.0) == -(2**63)
        assert key_quantile(0.25) == -(2**62)


class TestInterpolation:
    @pytest.mark.parametrize("kind", [np.float32, np.float64])
    def test_floats(self, kind):
        base, end = blobs(50, 3, 0).astype(kind), blobs(50, 3, 1).astype(kind)
        gap = np.random.default_rng(2).random(50)
        made = interpolate(base, end, gap)
        assert made.dtype == kind
        exact = base.astype(float) + gap[:, None] * (end.astype(float) - base.astype(float))
        np.testing.assert_allclose(made, exact.astype(kind), rtol=1e-6)

    def test_integers_over_their_whole_range(self):
        low, high = -(2**63), 2**63 - 1
        base, end = np.array([[low], [high], [high], [5]]), np.array([[high], [low], [high], [6]])
        gap = np.array([0.5, 1 - 2**-53, 0.7, 0.5 + 2**-50])
        made = interpolate(base, end, gap)[:, 0].tolist()
        assert abs(made[0]) <= 2**10
        assert low <= made[1] <= low + 2**11
        assert made[2:] == [high, 6]

    def test_ends_and_extremes_stay_on_the_segment(self):
        largest = np.finfo(np.float64).max
        base, end = np.array([[-largest, 0.1]]), np.array([[largest, 0.3]])
        for gap in (0.0, 0.5, 1 - 2**-53):
            made = interpolate(base, end, np.array([gap]))
            assert (base <= made).all()
            assert (made <= end).all()
        assert (interpolate(base, end, np.array([0.0])) == base).all()


class TestCombination:
    KEYS, DRAWS = np.arange(4000) * 7919, np.arange(4000) % 11

    def test_weights_of_a_simplex_are_uniform_on_it(self):
        weights = draw_weights("simplex", self.KEYS, self.DRAWS, 4)
        assert weights.min() >= 0
        # Uniform on a simplex of five corners: each weight is Beta(1, 4), the base's, too.
        for weight in [*weights.T, 1 - weights.sum(axis=1)]:
            assert stats.kstest(weight, stats.beta(1, 4).cdf).pvalue > 1e-3
        pairs = np.corrcoef(np.column_stack([weights, 1 - weights.sum(axis=1)]).T)
        np.testing.assert_allclose(pairs[~np.eye(5, dtype=bool)], -0.25, atol=0.06)

    def test_weights_towards_the_mean_are_equal(self):
        weights = draw_weights("center", self.KEYS, self.DRAWS, 4)
        assert (weights == weights[:, :1]).all()
        assert stats.kstest(weights.sum(axis=1), "uniform").pvalue > 1e-3

    @pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
    def test_rows_are_the_weighted_sum(self, kind):
        base, others = (blobs(60, 3, 0) * 100).astype(kind), blobs(240, 3, 1) * 100
        others = others.reshape(60, 4, 3).astype(kind)
        weights = draw_weights("simplex", self.KEYS[:60], self.DRAWS[:60], 4)
        made = combine(base, others, weights)
        assert made.dtype == kind
        exact = np.average(
            np.concatenate([base[:, None], others], axis=1).astype(float),
            axis=1,
            weights=np.repeat(
                np.column_stack([1 - weights.sum(axis=1), weights])[:, :, None], 3, axis=2
            ),
        )
        expected = np.rint(exact) if kind is np.int64 else exact
        np.testing.assert_allclose(made, expected, rtol=1e-5, atol=1e-5)

    def test_extremes_stay_inside_and_no_neighbor_makes_a_copy(self):
        for low, high in [(-(2**63), 2**63 - 1), (-np.finfo(float).max, np.finfo(float).max)]:
            base, others = np.array([[low]]), np.array([[[high], [low]]])
            assert low <= combine(base, others, np.array([[0.9, 0.1]]))[0, 0] <= high
        assert (combine(base, np.empty((1, 0, 1)), np.empty((1, 0))) == base).all()


class TestBall:
    ROWS = 4000
    KEYS, DRAWS = np.arange(ROWS) * 7919, np.arange(ROWS) % 11

    def drawn(self, width: int, **shape: float) -> tuple[npt.NDArray, npt.NDArray, npt.NDArray]:
        """Steps and ways in units of the radius, and the part of each step along its way."""
        way = blobs(self.ROWS, width, 0)
        step = Ball(**shape).draw(self.KEYS, self.DRAWS, way)
        radius = np.linalg.norm(way, axis=1, keepdims=True)
        return step / radius, way / radius, (step * way / radius**2).sum(axis=1)

    @pytest.mark.parametrize("width", [1, 2, 7])
    def test_all_of_the_ball_is_as_likely(self, width):
        step, _, along = self.drawn(width, truncation=0.0)
        length = np.linalg.norm(step, axis=1)
        assert length.max() <= 1 + 1e-9
        assert stats.kstest(length**width, "uniform").pvalue > 1e-3
        # Any one coordinate in a uniform ball: its square is Beta(1/2, (d + 1)/2).
        assert stats.kstest(along**2, stats.beta(0.5, (width + 1) / 2).cdf).pvalue > 1e-3
        assert stats.binomtest(int((along > 0).sum()), self.ROWS).pvalue > 1e-3

    @pytest.mark.parametrize("truncation", [1.0, 0.4, 0.0, -0.4, -1.0])
    def test_truncation_leaves_what_is_on_its_side(self, truncation):
        step, _, along = self.drawn(3, truncation=truncation)
        assert np.linalg.norm(step, axis=1).max() <= 1 + 1e-9
        if truncation > 0:
            assert along.min() >= truncation - 1 - 1e-9
        elif truncation < 0:
            assert along.max() <= truncation + 1 + 1e-9
        # What is cut off is put on the other side: as far from the plane through the base.
        assert stats.kstest(along**2, stats.beta(0.5, 2).cdf).pvalue > 1e-3

    def test_deformation_flattens_to_the_segment(self):
        round_, axis, along = self.drawn(3)
        for deformation in (0.3, 1.0):
            step = self.drawn(3, deformation=deformation)[0]
            across = round_ - along[:, None] * axis
            expected = along[:, None] * axis + (1 - deformation) * across
            np.testing.assert_allclose(step, expected, atol=1e-9)
        assert along.min() >= 0
        assert along.max() <= 1

    def test_no_way_is_no_step_and_a_huge_one_stays_finite(self):
        steps = Ball().draw(np.arange(2), np.zeros(2, int), np.array([[0.0, 0.0], [1e308, 1e300]]))
        assert (steps[0] == 0).all()
        assert np.isfinite(steps).all()

    def test_integers_move_by_whole_steps_within_their_limits(self):
        low, high = -(2**63), 2**63 - 1
        base = np.array([[high - 3], [low + 3], [2**60 + 1], [7], [7]])
        half = np.array([[1e18], [-1e18], [0.5], [-0.8], [0.0]])
        made = move(base, half, np.array([low]), np.array([high]))
        assert made[0, 0] in range(high - 3, high + 1)
        assert made[1, 0] in range(low, low + 4)
        assert made[2:, 0].tolist() == [2**60 + 2, 5, 7]

    @pytest.mark.parametrize("kind", [np.float32, np.float64])
    def test_floats_stay_finite(self, kind):
        largest = np.finfo(kind).max
        made = move(np.array([[largest]], kind), np.array([[largest]]), -largest, largest)
        assert made.dtype == kind
        assert made[0, 0] == largest


class TestStar:
    def made(self, points: np.ndarray, counts: list[int], rows: int) -> tuple[np.ndarray, ...]:
        block = a_block(points, counts=np.array(counts))
        task = ClassTask(Quota(rows, sum(counts)), 0, "none", interpolation="star")
        (made,) = make_rows(block, task)
        return made.base, made.values[0]

    def test_by_hand(self):
        """Twins are one base: (0, 0) stands twice, so that the mean is (1, 3)."""
        points = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 12.0]])
        base, values = self.made(points, [2, 1, 1], 8)
        assert base.tolist() == [0] * 4 + [1] * 2 + [2] * 2
        third, fifth = 1 / 3, 1 / 5
        expected = [[j * fifth, 3 * j * fifth] for j in (1, 2, 3, 4)]
        expected += [[4 - 3 * j * third, 3 * j * third] for j in (1, 2)]
        expected += [[j * third, 12 - 9 * j * third] for j in (1, 2)]
        np.testing.assert_allclose(values, expected)

    @pytest.mark.parametrize("kind", [np.float32, np.int64])
    def test_every_row_lies_on_its_way_in_its_own_type(self, kind):
        points, counts = (blobs(50, 3, 0) * 9).astype(kind), np.arange(50) % 3 + 1
        base, values = self.made(points, counts.tolist(), 333)
        assert len(values) == 333
        assert values.dtype == kind
        shares = np.bincount(base)
        number = np.arange(333) - (np.cumsum(shares) - shares)[base]
        gap = ((number + 1) / (shares[base] + 1))[:, None]
        mean = np.average(points.astype(float), axis=0, weights=counts)
        exact = points[base] + gap * (mean - points[base])
        expected = np.rint(exact) if kind is np.int64 else exact
        np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-5)

    @pytest.mark.parametrize("low", [-(2**63), -np.finfo(float).max])
    def test_extremes_stay_inside(self, low):
        high = 2**63 - 1 if isinstance(low, int) else -low
        for points in ([[low], [high]], [[high], [high - 1]]):
            values = self.made(np.array(points), [1, 1], 6)[1]
            assert min(points)[0] <= values.min() <= values.max() <= max(points)[0]

    def test_a_bucket_of_a_hashed_class_takes_the_mean_of_its_sample(self):
        rows, sample = a_block(blobs(40, 2, 0)), blobs(90, 2, 1)
        ones = np.ones(90, np.int64)
        task = ClassTask(
            Quota(40, 40), 0, "none", fit_space([sample], ones, "none"), interpolation="star",
            star=fit_star([sample], ones),
        )  # fmt: skip
        (made,) = make_rows(rows, task)
        middle = (rows.values[0] + sample.mean(axis=0)) / 2
        np.testing.assert_allclose(made.values[0], middle)


class TestScaling:
    @pytest.mark.parametrize(
        ("kind", "oracle"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())]
    )
    def test_as_scikit_learn_on_the_repeated_rows(self, kind, oracle):
        points = blobs(40, 4, 0) * [1, 1e3, 1e-3, 0]
        counts = np.random.default_rng(1).integers(1, 5, 40)
        expected = oracle.fit(np.repeat(points, counts, axis=0)).transform(points)
        scaled = fit_scaling(points, counts, kind).apply(points)
        np.testing.assert_allclose(scaled, expected, atol=1e-9)

    def test_none_keeps_distances(self):
        points = blobs(40, 4, 0)
        scaled = fit_scaling(points, np.ones(40, np.int64), "none").apply(points)
        np.testing.assert_allclose(scaled - scaled[0], points - points[0])

    def test_huge_values_do_not_overflow(self):
        points = np.array([[1e200], [-1e200], [3e200]])
        assert np.isfinite(
            fit_scaling(points, np.ones(3, np.int64), "standard").apply(points)
        ).all()


class TestNeighbors:
    @pytest.mark.parametrize("width", [2, 40])
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
    def test_none_nearer_is_missed(self, points):
        """Whatever the rounding: the distances, of which ties share one, are the smallest."""
        base = np.arange(0, len(points), 11)
        index = nearest_neighbors(points, base, 5)
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

    def test_a_base_that_is_no_candidate_loses_no_neighbor(self):
        points = blobs(3000, 5, seed=4)
        among = np.arange(1000, 3000)
        base = np.array([3, 700, 1500])  # the last is a candidate and no neighbor of its own
        found = EuclideanSearch(points, 5).nearest(base, among)
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


class TestCells:
    @staticmethod
    def _recall(index, points, base):
        true = nearest_neighbors(points, base, index.shape[1])
        return np.mean([np.isin(row, best).mean() for row, best in zip(index, true, strict=True)])

    def test_most_neighbors_are_found_where_there_is_structure(self):
        rng = np.random.default_rng(0)
        curved = np.tanh(rng.normal(size=(20_000, 4)) @ rng.normal(size=(4, 16)) / 2)
        points = curved + rng.normal(scale=0.01, size=curved.shape)
        base, asked = np.arange(0, 20_000, 2), np.arange(5, 10_000, 37)
        index = approximate_neighbors(points, base, 5, asked)
        assert (index != base[asked][:, None]).all()
        assert self._recall(index, points, base[asked]) > 0.98

    def test_most_neighbors_are_found_where_there_is_none(self):
        points = np.random.default_rng(0).normal(size=(20_000, 24))
        asked = np.arange(5, 20_000, 37)
        index = approximate_neighbors(points, np.arange(20_000), 5, asked)
        assert self._recall(index, points, asked) > 0.93

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
        points, asked = np.random.default_rng(0).normal(size=(13_000, 1)), np.arange(3, 13_000, 997)
        index = approximate_neighbors(points, np.arange(13_000), k, asked)
        assert all(len(set(row)) == k for row in index.tolist())
        assert (index != asked[:, None]).all()

    @pytest.mark.parametrize("d", [3, 24])
    def test_who_asks_changes_no_answer(self, d):
        """Nor where neighbors are missed, and rows that do not ask know of them."""
        points, base = np.random.default_rng(0).normal(size=(20_000, d)), np.arange(15_000)
        some = np.arange(7, 15_000, 40)
        assert (
            approximate_neighbors(points, base, 4)[some]
            == approximate_neighbors(points, base, 4, some)
        ).all()


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


class TestHashing:
    SAMPLE = blobs(4000, 6, 0, centers=12)

    def test_cells_do_not_depend_on_batches_or_order(self):
        cells = fit_hash(self.SAMPLE, 1.0, 16, 5, 1.5, 16)
        home, rows, others = cells.assign(self.SAMPLE)
        order = np.random.default_rng(0).permutation(4000)
        for size in (1, 7, 4000):
            some = order[: min(size * 40, 4000)]
            pieces = [
                cells.assign(self.SAMPLE[some[i : i + size]]) for i in range(0, len(some), size)
            ]
            assert (np.concatenate([piece[0] for piece in pieces]) == home[some]).all()
            sent = {
                (int(some[start * size + row]), int(cell))
                for start, piece in enumerate(pieces)
                for row, cell in zip(piece[1], piece[2], strict=True)
            }
            assert sent == {pair for pair in zip(rows, others, strict=True) if pair[0] in set(some)}

    def test_home_is_the_nearest_center(self):
        cells = fit_hash(self.SAMPLE, 1.0, 16, 5, 1.5, 16)
        apart = np.linalg.norm(self.SAMPLE[:, None] - cells.centers * cells.unit, axis=2)
        nearest = np.sort(apart, axis=1)
        clear = nearest[:, 1] - nearest[:, 0] > 0.01
        assert clear.mean() > 0.95
        assert (cells.home(self.SAMPLE)[clear] == apart.argmin(axis=1)[clear]).all()

    @pytest.mark.parametrize("replication", [1.0, 1.25, 1.5, 2.0])
    def test_rows_are_sent_as_often_as_asked(self, replication):
        home, rows, _ = fit_hash(self.SAMPLE, 1.0, 16, 5, replication, 16).assign(self.SAMPLE)
        assert (len(home) + len(rows)) / len(home) == pytest.approx(replication, abs=0.01)

    @pytest.mark.parametrize("latent", [1, 3, 8])
    def test_rows_are_sent_where_neighbors_of_the_whole_class_need_them(self, latent):
        random = np.random.default_rng(latent)
        whole = np.tanh(random.standard_normal((40_000, latent)) @ blobs(latent, 16, 1))
        cells = fit_hash(whole[:4000], 0.1, 16, 5, None, 16)
        home, rows, others = cells.assign(whole)
        assert len(rows) < 2 * len(home)
        base = np.arange(4000, 5000)
        present = np.zeros((len(whole), len(cells.centers)), bool)
        present[np.arange(len(whole)), home] = True
        present[rows, others] = True
        assert present[nearest_neighbors(whole, base, 5), home[base, None]].mean() > 0.98

    def test_more_neighbors_than_rows_that_set_the_width(self, monkeypatch):
        monkeypatch.setattr("spark_smote.core.hashing.fitting.THRESHOLD_ROWS", 4)
        home, rows, _ = fit_hash(self.SAMPLE, 0.5, 8, 5, None, 16).assign(self.SAMPLE)
        assert len(rows) <= 2 * len(home)

    def test_a_large_class_is_cut_between_its_blobs(self):
        rng = np.random.default_rng(0)
        sample = 100 * np.eye(32)[rng.integers(0, 32, 4000)] + rng.normal(size=(4000, 32))
        small, _ = fit_cells(sample, 1e-3, 4_000_000, (30_000, 30_000), 5, None)
        large, expected = fit_cells(sample, 1e-3, 4_000_000, (30_000, 130_000), 5, None)
        assert len(large.centers) == 32 < len(small.centers)
        assert not len(large.assign(sample)[1])
        assert sum(expected) == pytest.approx(4_000_000, abs=32)

    def test_buckets_grow_only_as_far_as_their_guests_allow(self):
        blob = np.random.default_rng(0).normal(size=(4000, 32))
        fitted = fit_cells(blob, 1e-3, 4_000_000, (30_000, 130_000), 5, None)[1]
        as_wanted = fit_cells(blob, 1e-3, 4_000_000, (30_000, 30_000), 5, None)[1]
        assert max(fitted) <= max(260_000, *as_wanted)

    def test_cells_far_apart_get_no_guests(self):
        apart = np.repeat(np.arange(16), 250)[:, None] * 1000.0 + blobs(4000, 2, 0)
        assert not len(fit_hash(apart, 0.1, 16, 5, None, 16).assign(apart)[1])

    def test_guests_find_more_of_the_true_neighbors(self):
        true = nearest_neighbors(self.SAMPLE, np.arange(4000), 5)
        met = []
        for replication in (1.0, 1.5):
            home, rows, others = fit_hash(self.SAMPLE, 1.0, 16, 5, replication, 16).assign(
                self.SAMPLE
            )
            present = np.zeros((4000, home.max() + 1), bool)
            present[np.arange(4000), home] = True
            present[rows, others] = True
            met.append(present[true, home[:, None]].mean())
        assert met[1] > met[0]
        assert met[1] > 0.95

    def test_no_cell_is_too_small_or_far_too_large(self):
        skewed = np.concatenate([self.SAMPLE[:500], self.SAMPLE[0] + blobs(3500, 6, 1) * 1e-3])
        cells = fit_hash(skewed, 1.0, 16, 5, 1.5, 20)
        sizes = np.bincount(cells.home(skewed), minlength=len(cells.centers))
        assert sizes.min() >= 20
        assert sizes.max() <= 4 * 4000 / 16

    @pytest.mark.filterwarnings("error")  # scikit-learn's, of fewer points than clusters
    def test_identical_rows_make_one_cell(self):
        assert len(fit_hash(np.ones((100, 3)), 1.0, 4, 5, 1.5, 6).centers) == 1


class TestBlocks:
    def test_identical_rows_travel_as_one(self):
        block = Block(
            keys=np.array([9, 1, 9, 9]),
            counts=np.array([1, 1, 2, 1]),
            home=np.ones(4, bool),
            values=[np.array([[1.0], [2.0], [1.0], [3.0]])],
            extras=None,
        ).merged()
        # the last 9 is a collision of the hash: another row, kept apart
        assert block.keys.tolist() == [1, 9, 9]
        assert block.counts.tolist() == [1, 3, 1]
        assert block.values[0].ravel().tolist() == [2.0, 1.0, 3.0]

    def test_bytes_and_back(self):
        extras = pa.array([{"note": None if i % 3 else f"row {i}"} for i in range(20)])
        block = dataclasses.replace(a_block(blobs(20, 3, 0)), extras=extras)
        first = np.arange(20) < 5
        again = Block.from_bytes(
            [block.take(first).to_bytes(), block.take(np.flatnonzero(~first)).to_bytes()]
        )
        assert (again.keys == block.keys).all()
        assert (again.values[0] == block.values[0]).all()
        assert again.extras.equals(extras)


class TestArrowColumns:
    @pytest.mark.parametrize("kind", ["f4", "f8", "i8"])
    def test_arrow_gets_what_it_gets_of_lists(self, kind):
        rows = (2.0**40 * np.random.default_rng(0).normal(size=(7, 3))).astype(kind)
        column = pd.DataFrame({"rows": ArrowColumn.of_rows(rows[1::2])})["rows"]
        made = pa.Array.from_pandas(column.apply(list))  # Spark does it thus
        expected = pa.array(rows[1::2].tolist(), pa.list_(pa.from_numpy_dtype(rows.dtype)))
        assert made.cast(expected.type).equals(expected)

    def test_there_may_be_no_rows(self):
        assert len(pa.Array.from_pandas(pd.Series(ArrowColumn.of_rows(np.empty((0, 3)))))) == 0


class TestSynthesis:
    def test_slices_together_make_what_one_would(self):
        rows = a_block(blobs(40, 2, 0), counts=np.random.default_rng(0).integers(1, 4, 40))
        task = ClassTask(Quota(1001, int(rows.counts.sum())), 5, "standard")
        whole = np.concatenate([made.values[0] for made in make_rows(rows, task)])
        parts = [made.values[0] for i in range(7) for made in make_rows(rows, task, i, 7)]
        assert len(whole) == 1001
        assert (np.concatenate(parts) == whole).all()

    @pytest.mark.parametrize("scaling", ["standard", "none"])
    def test_balls_are_round_in_the_space_of_the_distance(self, scaling):
        """Of two types, in other units: as far as the neighbor, on its side, integers inside."""
        points = blobs(60, 3, 0) * [1, 1000, 1000]
        parts = [points[:, :1], np.rint(points[:, 1:]).astype(np.int64)]
        rows = dataclasses.replace(a_block(points), values=parts)
        task = ClassTask(Quota(3000, 60), 5, scaling, interpolation="ball")
        (made,) = make_rows(rows, task)
        values = np.column_stack(made.values)
        assert [part.dtype for part in made.values] == [part.dtype for part in parts]
        assert (parts[1].min(axis=0) <= made.values[1]).all()
        assert (made.values[1] <= parts[1].max(axis=0)).all()
        space = fit_space(rows.values, rows.counts, scaling)
        points = space.transform(rows.values)
        start, end = points[made.base], points[made.neighbor]
        step, way = space.transform([values]) - start, end - start
        rounding = np.linalg.norm(0.5 / space.scaling.scale[1:])
        reach = np.linalg.norm(step, axis=1) / (np.linalg.norm(way, axis=1) + rounding)
        assert 0.9 < reach.max() <= 1 + 1e-9

    def test_guests_are_candidates_only(self):
        rows = a_block(blobs(40, 2, 0))
        rows.home[20:] = False
        task = ClassTask(Quota(60, 20), 5, "none", fit_space(rows.values, rows.counts, "none"))
        made = list(make_rows(rows, task))
        base = np.concatenate([part.base for part in made])
        neighbor = np.concatenate([part.neighbor for part in made])
        assert np.bincount(base).tolist() == [3] * 20
        assert (neighbor >= 20).any()


@pytest.mark.parametrize("partitions", [1, 7, 64, 2000])
def test_numbers_differ_by_partition(partitions):
    assert len(np.unique(spread(partitions))) == partitions
