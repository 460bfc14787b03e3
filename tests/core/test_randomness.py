"""Draws: uniform, independent, and functions of their key alone."""

from __future__ import annotations

import numpy as np
from scipy import stats

from spark_smote.core.randomness import key_quantile, normal, uniform


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
