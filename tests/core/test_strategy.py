"""Strategies against imbalanced-learn's own resolution of them."""

from __future__ import annotations

import json
import logging
from decimal import Decimal

import numpy as np
import pytest
from imblearn.utils import check_sampling_strategy

from spark_smote.core.strategy.over_sampling import rows_to_add
from spark_smote.core.strategy.quotas import Quota, find_cutoff
from spark_smote.core.strategy.targets import (
    cap_per_row,
    largest_class,
    smallest_class,
    target_rows,
)
from spark_smote.core.strategy.under_sampling import rows_to_keep
from spark_smote.param.converters import strategy as to_strategy

MULTICLASS = {1: 50, 2: 100, 3: 25}
BINARY = {0: 100, 1: 25}


def imblearn_rows(strategy: object, counts: dict[int, int]) -> dict[int, int]:
    labels = np.concatenate([np.full(rows, label) for label, rows in counts.items()])
    made = check_sampling_strategy(strategy, labels, "over-sampling")
    return {int(label): int(rows) for label, rows in made.items()}


@pytest.mark.parametrize(
    ("strategy", "counts"),
    [
        *[
            (name, counts)
            for name in ("auto", "minority", "not minority", "not majority", "all")
            for counts in (MULTICLASS, BINARY, {"b": 7, "a": 9, "c": 9})
        ],
        *[(ratio, BINARY) for ratio in (0.5, 0.33, 0.999, 1.0, 0.26)],
        ({1: 70, 2: 100, 3: 70}, MULTICLASS),
        ({3: 26}, MULTICLASS),
        ({1: 50, 3: 25}, MULTICLASS),
    ],
)
def test_as_imbalanced_learn(strategy, counts):
    if isinstance(next(iter(counts)), str):
        labels = np.concatenate([np.full(rows, label) for label, rows in counts.items()])
        expected = {str(a): int(b) for a, b in
                    check_sampling_strategy(strategy, labels, "over-sampling").items()}  # fmt: skip
    else:
        expected = imblearn_rows(strategy, counts)
    ours = {str(k): v for k, v in strategy.items()} if isinstance(strategy, dict) else strategy
    assert rows_to_add(ours, counts) == expected
    assert list(rows_to_add(ours, counts)) == sorted(expected)


@pytest.mark.parametrize(
    ("strategy", "counts", "message"),
    [
        (0.1, BINARY, "fewer rows of class 1"),
        (0.5, MULTICLASS, "ratio for two classes"),
        ({"1": 10}, MULTICLASS, "asks for 10 rows of class 1, which has 50"),
        ({"9": 100}, MULTICLASS, "class '9'"),
    ],
)
def test_refused_as_by_imbalanced_learn(strategy, counts, message):
    with pytest.raises(ValueError, match=message):
        rows_to_add(strategy, counts)
    theirs_too = (
        {int(k): v for k, v in strategy.items()} if isinstance(strategy, dict) else strategy
    )
    with pytest.raises(ValueError):
        imblearn_rows(theirs_too, counts)


@pytest.mark.parametrize(
    ("strategy", "counts"),
    [
        *[
            (name, counts)
            for name in ("auto", "majority", "not minority", "not majority", "all")
            for counts in (MULTICLASS, BINARY)
        ],
        *[(ratio, BINARY) for ratio in (0.5, 0.33, 0.999, 1.0, 0.26)],
        ({1: 0, 2: 100, 3: 7}, MULTICLASS),
        ({2: 26}, MULTICLASS),
    ],
)
def test_under_sampling_as_imbalanced_learn(strategy, counts):
    labels = np.repeat(list(counts), list(counts.values()))
    expected = check_sampling_strategy(strategy, labels, "under-sampling")
    ours = {str(k): v for k, v in strategy.items()} if isinstance(strategy, dict) else strategy
    assert rows_to_keep(ours, counts) == expected
    assert list(rows_to_keep(ours, counts)) == sorted(expected)


@pytest.mark.parametrize(
    ("strategy", "counts", "message"),
    [
        (0.1, BINARY, "more rows of class 0"),
        (0.5, MULTICLASS, "ratio for two classes"),
        ({"1": 51}, MULTICLASS, "asks for 51 rows of class 1, which has 50"),
        ({"9": 10}, MULTICLASS, "class '9'"),
    ],
)
def test_under_sampling_refused_as_by_imbalanced_learn(strategy, counts, message):
    with pytest.raises(ValueError, match=message):
        rows_to_keep(strategy, counts)
    theirs_too = (
        {int(k): v for k, v in strategy.items()} if isinstance(strategy, dict) else strategy
    )
    labels = np.repeat(list(counts), list(counts.values()))
    with pytest.raises(ValueError):
        check_sampling_strategy(theirs_too, labels, "under-sampling")


def test_amounts_are_exact_where_floats_are_not():
    for tenths in range(10, 60):
        for now in (1, 3, 7, 30, 1000, 10**15 + 7):
            exact = int(Decimal(tenths) / 10 * now)
            assert target_rows(f"{tenths / 10}x", now, 1) == exact
            assert target_rows(f"{tenths / 10}%", 1, now) == int(Decimal(tenths) / 1000 * now)
    assert int(0.29 * 100) == 28  # what floats would give
    assert (target_rows("1.1x", 30, 0), target_rows("29%", 0, 100)) == (33, 29)


@pytest.mark.parametrize("majority", [1, 3, 7, 100, 300, 12_345, 10**12 + 7])
def test_a_ratio_is_the_decimal_that_was_written(majority):
    for hundredths in range(1, 101):
        ratio = hundredths / 100
        exact = int(Decimal(hundredths) * majority / 100)
        if exact:
            assert rows_to_add(ratio, {"a": majority, "b": 1}) == {"b": exact - 1}, ratio
        kept = int(Decimal(majority) * 100 / hundredths)
        assert rows_to_keep(ratio, {"a": 100 * majority, "b": majority}) == {"a": kept}, ratio


def test_a_ratio_of_counts_gives_these_counts():
    for majority in range(1, 200):
        for minority in range(1, majority + 1):
            ratio = minority / majority
            assert rows_to_add(ratio, {"a": majority, "b": 1}) == {"b": minority - 1}
            assert rows_to_keep(ratio, {"a": 1000, "b": minority}) == {"a": majority}


def test_each_class_by_its_own_multiple_or_share():
    assert rows_to_add({"1": "1.5x", "3": "50%", "2": "1x"}, MULTICLASS) == {1: 25, 2: 0, 3: 25}
    assert rows_to_keep({"1": "0.5x", "2": "33.3%", "3": 7}, MULTICLASS) == {1: 25, 2: 33, 3: 7}


@pytest.mark.parametrize(
    ("resolve", "strategy", "message"),
    [
        (rows_to_add, {"1": "0.9x"}, r"asks for 45 rows \(0.9x\) of class 1, which has 50.*least"),
        (rows_to_add, {"1": "49%"}, r"asks for 49 rows \(49%\) of class 1, which has 50.*Under"),
        (rows_to_keep, {"3": "1.5x"}, r"asks for 37 rows \(1.5x\) of class 3, which has 25.*most"),
        (rows_to_keep, {"3": "30%"}, r"asks for 30 rows \(30%\) of class 3, which has 25.*over"),
    ],
)
def test_amounts_in_the_wrong_direction_are_refused(resolve, strategy, message):
    with pytest.raises(ValueError, match=message):
        resolve(strategy, MULTICLASS)


def test_amounts_survive_json():
    asked = to_strategy("auto")({"fraud": "2.5x", 7: "50%", True: 3})
    assert to_strategy("auto")(json.loads(json.dumps(asked))) == asked
    assert asked == {"fraud": "2.5x", "7": "50%", "true": 3}


def test_a_cap_lowers_what_is_above_it_and_says_so(caplog):
    caplog.set_level(logging.WARNING)
    assert cap_per_row({1: 30, 2: 4, 3: 0}, MULTICLASS, 0.1) == {1: 5, 2: 4, 3: 0}
    assert [record.getMessage() for record in caplog.records] == [
        "class 1 is to get 30 rows and gets 5: maxPerRow=0.1 for each of its 50"
    ]
    assert cap_per_row({1: 30}, {1: 100}, 0.29) == {1: 29}
    assert cap_per_row({1: 30}, MULTICLASS, None) == {1: 30}
    assert cap_per_row({1: 30}, MULTICLASS, 0) == {1: 0}


def test_nothing_to_make_is_no_error_unlike_there():
    assert rows_to_add("auto", {0: 5, 1: 5}) == {1: 0}
    assert rows_to_add(1.0, {0: 5, 1: 5}) == {1: 0}
    assert rows_to_add(492 / 284_315, {0: 284_315, 1: 492}) == {1: 0}


@pytest.mark.parametrize(
    ("text", "label"),
    [("1", 1), ("1.0", 1), ("1", 1.0), ("true", True), ("True", True), ("a", "a")],
)
def test_labels_are_found_by_their_text(text, label):
    other = {str: "b", bool: False}.get(type(label), 0)
    assert rows_to_add({text: 30}, {label: 10, other: 50}) == {label: 20}


@pytest.mark.parametrize("counts", [{1: 90, 2: 5, 10: 5}, {10: 5, 2: 5, 1: 90}], ids=str)
def test_of_equally_small_classes_the_first_label_is_the_minority(counts):
    labels = np.repeat(list(counts), list(counts.values()))
    theirs = check_sampling_strategy("minority", np.sort(labels), "over-sampling")
    assert [smallest_class(counts)] == list(theirs) == [2]
    assert largest_class(counts) == 1


def test_of_equally_large_classes_the_first_label_is_the_majority():
    assert largest_class({10: 9, 2: 9, 1: 5}) == 2


@pytest.mark.parametrize("rows", [0, 1, 99, 100, 101, 250, 299])
def test_shares_add_up_and_differ_by_one(rows):
    random = np.random.default_rng(rows)
    keys = random.integers(-(2**63), 2**63 - 1, 60)
    counts = random.integers(1, 4, 60)
    size = int(counts.sum())
    shares = Quota(rows, size).rows_per_base(keys, counts, None)
    assert shares.sum() == rows
    per_row = shares / counts
    assert per_row.min() >= rows // size
    assert per_row.max() <= rows // size + 1


def test_shares_of_parts_with_a_cutoff_are_those_of_the_whole():
    random = np.random.default_rng(0)
    keys = random.integers(-(2**63), 2**63 - 1, 500)
    counts = random.integers(1, 9, 500)
    quota = Quota(7777, int(counts.sum()))
    cutoff = find_cutoff(keys, counts, quota.extra)
    parts = [quota.rows_per_base(keys[i::7], counts[i::7], cutoff).sum() for i in range(7)]
    assert sum(parts) == 7777
