"""The correlated t-test, by its definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.comparison import Difference, correlated_t_test


def posterior(differences: np.ndarray, folds: int):
    """Student's distribution of the mean difference, as the paper writes it."""
    n, rho = len(differences), 1 / folds
    variance = (1 / n + rho / (1 - rho)) * differences.var(ddof=1)
    return stats.t(n - 1, differences.mean(), np.sqrt(variance))


@pytest.mark.parametrize("folds", [2, 5, 10])
@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("middle", [-0.03, 0.0, 0.02])
def test_probabilities_and_interval_are_those_of_the_posterior(folds, repeats, middle):
    random = np.random.default_rng(folds * repeats)
    differences = random.normal(middle, 0.02, folds * repeats)
    ours, theirs = correlated_t_test(differences, folds, rope=0.01), posterior(differences, folds)
    low, high = theirs.interval(0.95)
    expected = Difference(
        mean=differences.mean(),
        low=low,
        high=high,
        worse=theirs.cdf(-0.01),
        same=theirs.cdf(0.01) - theirs.cdf(-0.01),
        better=theirs.sf(0.01),
    )
    for name in vars(expected):
        np.testing.assert_allclose(getattr(ours, name), getattr(expected, name), atol=1e-12)


def test_by_hand():
    """Two folds that differ by 0 and 2: mean 1, s² 2, ρ 1/2, variance 3; of Cauchy's."""
    result = correlated_t_test([0.0, 2.0], folds=2, rope=0.5)
    assert result.better == pytest.approx(0.5 + np.arctan(0.5 / np.sqrt(3)) / np.pi)
    assert result.worse == pytest.approx(0.5 - np.arctan(1.5 / np.sqrt(3)) / np.pi)
    assert result.high - 1 == pytest.approx(np.sqrt(3) * np.tan(0.475 * np.pi))


def test_the_other_way_round_worse_is_better():
    differences = [0.01, 0.05, 0.02, 0.04]
    one = correlated_t_test(differences, 4)
    other = correlated_t_test([-each for each in differences], 4)
    assert (one.worse, one.better) == pytest.approx((other.better, other.worse))
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.02, (0, 0, 1)), (0.01, (0, 1, 0)), (0.0, (0, 1, 0)), (-0.02, (1, 0, 0))],
)
def test_folds_that_all_differ_alike_leave_no_doubt(value, expected):
    result = correlated_t_test([value] * 4, 4, rope=0.01)
    assert (result.worse, result.same, result.better) == expected
    assert result.low == result.high == value


def test_one_difference_has_no_spread():
    with pytest.raises(ResamplingError, match=r"there are 1: set folds or repeats to 2"):
        correlated_t_test([0.1], 2)
