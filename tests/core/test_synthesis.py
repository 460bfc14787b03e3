"""New rows of one bucket: on segments, in simplices, balls and stars."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest
from helpers import a_block, blobs
from scipy import stats

from spark_smote.core.distance.space import fit_space
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.arithmetic import combine, interpolate, move
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.bucket import make_rows
from spark_smote.core.synthesis.interpolation import Center, Simplex
from spark_smote.core.synthesis.star import Star
from spark_smote.core.synthesis.task import ClassTask


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
        weights = Simplex().weights(self.KEYS, self.DRAWS, 4)
        assert weights.min() >= 0
        # Uniform on a simplex of five corners: each weight is Beta(1, 4), the base's, too.
        for weight in [*weights.T, 1 - weights.sum(axis=1)]:
            assert stats.kstest(weight, stats.beta(1, 4).cdf).pvalue > 1e-3
        pairs = np.corrcoef(np.column_stack([weights, 1 - weights.sum(axis=1)]).T)
        np.testing.assert_allclose(pairs[~np.eye(5, dtype=bool)], -0.25, atol=0.06)

    def test_weights_towards_the_mean_are_equal(self):
        weights = Center().weights(self.KEYS, self.DRAWS, 4)
        assert (weights == weights[:, :1]).all()
        assert stats.kstest(weights.sum(axis=1), "uniform").pvalue > 1e-3

    @pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
    def test_rows_are_the_weighted_sum(self, kind):
        base, others = (blobs(60, 3, 0) * 100).astype(kind), blobs(240, 3, 1) * 100
        others = others.reshape(60, 4, 3).astype(kind)
        weights = Simplex().weights(self.KEYS[:60], self.DRAWS[:60], 4)
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
        step = Ball(**shape).steps(self.KEYS, self.DRAWS, way)
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
        steps = Ball().steps(np.arange(2), np.zeros(2, int), np.array([[0.0, 0.0], [1e308, 1e300]]))
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
    def resampled(self, points: np.ndarray, counts: list[int], rows: int) -> tuple[np.ndarray, ...]:
        block = a_block(points, counts=np.array(counts))
        task = ClassTask(Quota(rows, sum(counts)), 0, "none", interpolation=Star())
        (made,) = make_rows(block, task)
        return made.base, made.values[0]

    def test_by_hand(self):
        """Twins are one base: (0, 0) stands twice, so that the mean is (1, 3)."""
        points = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 12.0]])
        base, values = self.resampled(points, [2, 1, 1], 8)
        assert base.tolist() == [0] * 4 + [1] * 2 + [2] * 2
        third, fifth = 1 / 3, 1 / 5
        expected = [[j * fifth, 3 * j * fifth] for j in (1, 2, 3, 4)]
        expected += [[4 - 3 * j * third, 3 * j * third] for j in (1, 2)]
        expected += [[j * third, 12 - 9 * j * third] for j in (1, 2)]
        np.testing.assert_allclose(values, expected)

    @pytest.mark.parametrize("kind", [np.float32, np.int64])
    def test_every_row_lies_on_its_way_in_its_own_type(self, kind):
        points, counts = (blobs(50, 3, 0) * 9).astype(kind), np.arange(50) % 3 + 1
        base, values = self.resampled(points, counts.tolist(), 333)
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
            values = self.resampled(np.array(points), [1, 1], 6)[1]
            assert min(points)[0] <= values.min() <= values.max() <= max(points)[0]

    def test_a_bucket_of_a_hashed_class_takes_the_mean_of_its_sample(self):
        rows, sample = a_block(blobs(40, 2, 0)), blobs(90, 2, 1)
        ones = np.ones(90, np.int64)
        task = ClassTask(
            Quota(40, 40), 0, "none", fit_space([sample], ones, "none"), 
            interpolation=Star().fit([sample], ones),
        )  # fmt: skip
        (made,) = make_rows(rows, task)
        middle = (rows.values[0] + sample.mean(axis=0)) / 2
        np.testing.assert_allclose(made.values[0], middle)


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
        task = ClassTask(Quota(3000, 60), 5, scaling, interpolation=Ball())
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
