"""Weights of classes against scikit-learn's, and against the formulas of their papers."""

from __future__ import annotations

import logging
import math

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from spark_smote.core.strategy.class_weights import class_weights
from spark_smote.core.strategy.groups import GroupedLabel
from spark_smote.exceptions import ResamplingError

BINARY = {0: 577, 1: 3}
FARS = dict(enumerate([42116, 20007, 15072, 9798, 8674, 4888, 299, 114]))
"""As uneven as the eight injury classes of FARS 2001."""


@pytest.mark.parametrize("counts", [BINARY, FARS], ids=["binary", "eight classes"])
def test_balanced_weights_are_scikit_learns(counts):
    labels = np.repeat(list(counts), list(counts.values()))
    balanced = compute_class_weight("balanced", classes=np.array(list(counts)), y=labels)
    weights = class_weights(counts)
    np.testing.assert_allclose(list(weights.values()), balanced, rtol=1e-12)
    of_rows = np.array([weights[label] for label in labels])
    np.testing.assert_allclose(of_rows, compute_sample_weight("balanced", labels), rtol=1e-12)
    given = {label: 1.0 + label for label in counts}
    raw = class_weights(counts, weights={str(k): v for k, v in given.items()}, normalize=False)
    expected = compute_sample_weight(given, labels)
    np.testing.assert_allclose([raw[label] for label in labels], expected, rtol=1e-12)


@pytest.mark.parametrize(
    "how",
    [{"power": 0.5}, {"power": 2.0}, {"beta": 0.999}, {"weights": {"1": 40.0}}, {"power": 0.0}],
    ids=str,
)
def test_the_mean_over_rows_is_one_and_ratios_are_those_asked_for(how):
    weights, raw = class_weights(FARS, **how), class_weights(FARS, **how, normalize=False)
    total = math.fsum(FARS[label] * weight for label, weight in weights.items())
    assert total == pytest.approx(sum(FARS.values()), rel=1e-12)
    for label in FARS:
        assert weights[label] / weights[0] == pytest.approx(raw[label] / raw[0], rel=1e-12)


def test_the_square_root_and_the_effective_number_by_hand():
    assert class_weights({0: 400, 1: 25}, power=0.5) == pytest.approx(
        {0: 425 / 500, 1: 4 * 425 / 500}, rel=1e-12
    )
    # Cui et al. (2019), equation 4: (1 - beta) / (1 - beta^n), with 1 and 3 rows and beta 0.9.
    ratio = class_weights({"a": 3, "b": 1}, beta=0.9, normalize=False)
    assert ratio == pytest.approx({"a": 1.0, "b": (1 - 0.9**3) / (1 - 0.9)}, rel=1e-12)


def test_the_effective_number_lies_between_no_weights_and_balanced_ones():
    none, balanced = class_weights(FARS, power=0), class_weights(FARS)
    assert set(none.values()) == {1.0}
    assert class_weights(FARS, beta=1e-9) == pytest.approx(none)
    assert class_weights(FARS, beta=1 - 1e-12) == pytest.approx(balanced, rel=1e-3)


def test_labels_may_be_named_as_in_strategies():
    assert class_weights({1.0: 3, 0.0: 9}, weights={"1": 3.0}, normalize=False) == {1.0: 3, 0.0: 1}
    with pytest.raises(ResamplingError, match=r"weights names class 'fruad'.*you mean 'fraud'"):
        class_weights({"fraud": 1, "ok": 3}, weights={"fruad": 2.0})


def test_each_group_is_weighted_by_itself():
    rows = {("a", 0): 90, ("a", 1): 10, ("b", 0): 30, ("b", 1): 60, ("c", 0): 7}
    names = {key: GroupedLabel.of(key, i) for i, key in enumerate(rows)}
    weights = class_weights({names[key]: n for key, n in rows.items()})
    for group in "ab":
        own = class_weights({label: n for (g, label), n in rows.items() if g == group})
        assert {label: weights[group, label] for label in (0, 1)} == pytest.approx(own)
    assert weights["c", 0] == 1.0
    named = class_weights({names[key]: n for key, n in rows.items()}, weights={"1": 5.0})
    assert named["b", 1] / named["b", 0] == pytest.approx(5.0)


@pytest.mark.parametrize("counts", [{}, {1: 9}], ids=["none", "one class"])
def test_fewer_than_two_classes_are_refused(counts):
    with pytest.raises(ResamplingError, match="at least two"):
        class_weights(counts)


def test_a_weight_beyond_a_million_times_another_is_warned_of(caplog):
    with caplog.at_level(logging.WARNING, "spark_smote"):
        class_weights({0: 10**6, 1: 1})
        assert not caplog.records
        class_weights({0: 2 * 10**6, 1: 1})
    (record,) = caplog.records
    assert "class 1 weighs 2e+06 times one of class 0" in record.getMessage()


def test_counts_need_not_be_whole():
    half = class_weights({0: 90, 1: 10 + 0.5 * 60})
    assert half == pytest.approx({0: 130 / 180, 1: 130 / 80})
