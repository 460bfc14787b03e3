"""Labels named by text: an exact match beats all, and nothing is guessed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from spark_smote.core.strategy.labels import by_label, match_labels
from spark_smote.core.strategy.over_sampling import rows_to_add
from spark_smote.core.strategy.under_sampling import classes_to_clean, rows_to_keep

CASES = ["YES", "yes", "no"]
BIG = 2**53  # the next whole number is no double
FLOAT = float(np.float32(0.1))  # what a column of floats holds as 0.1


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    [
        ("yes", CASES, "yes"),
        ("YES", CASES, "YES"),
        ("NO", CASES, "no"),
        ("1", ["1", "1.0", "01"], "1"),
        ("1.0", ["1", "1.0", "01"], "1.0"),
        ("1", [0, 1], 1),
        ("1.0", [0, 1], 1),
        ("1e3", [0, 1000], 1000),
        ("1", [0.0, 1.0], 1.0),
        (str(BIG), [BIG, BIG + 1], BIG),
        (str(BIG + 1), [BIG, BIG + 1], BIG + 1),
        (f"{BIG + 1}.0", [BIG, BIG + 1], BIG + 1),
        ("0.10", [0.1, 0.2], 0.1),
        ("0.1", [FLOAT, 0.5], FLOAT),
        ("0.1", [0.1, FLOAT], 0.1),
        ("1", [Decimal("0.00"), Decimal("1.00")], Decimal("1.00")),
        ("true", [False, True], True),
        ("TRUE", [False, True], True),
        ("inf", [0.0, float("inf")], float("inf")),
        ("ß", ["ß", "SS"], "ß"),
    ],
)
def test_text_names_one_label(text, labels, expected):
    named = match_labels({text: 7}, labels, "samplingStrategy")
    assert named == {expected: 7}
    assert type(next(iter(named))) is type(expected)


@pytest.mark.parametrize(
    ("text", "labels", "message"),
    [
        ("Yes", CASES, "'Yes', which may be 'YES', 'yes': write it as one of them"),
        (str(BIG + 1), [0, BIG], "does not hold"),
        (str(BIG + 1), [0.0, float(BIG)], "does not hold"),
        ("1", ["01", "1.0"], "does not hold"),
        ("nan", [0.0, 1.0], "does not hold"),
        ("snan", [0.0, 1.0], "does not hold"),
        ("", ["a", "b"], "does not hold"),
        ("fruad", ["fraud", "theft"], "Did you mean 'fraud'"),
    ],
)
def test_text_that_names_none_or_several_is_refused(text, labels, message):
    with pytest.raises(ValueError, match=message):
        match_labels({text: 7}, labels, "samplingStrategy")


def test_each_of_two_labels_that_differ_by_case_gets_its_own():
    counts = {"YES": 10, "yes": 20, "no": 100}
    assert rows_to_add({"yes": 60}, counts) == {"yes": 40}
    assert rows_to_add({"YES": 40, "yes": 60}, counts) == {"YES": 30, "yes": 40}
    assert rows_to_keep({"yes": 6}, counts) == {"yes": 6}
    assert classes_to_clean(["yes"], counts) == ["yes"]


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [({"1": 40, "1.0": 60}, [0, 1]), ({"no": 1, "NO": 2}, CASES), ({"TRUE": 1, "true": 2}, [True])],
)
def test_two_names_of_one_class_are_refused(wanted, labels):
    first, second = wanted
    with pytest.raises(ValueError, match=f"twice, as '{first}' and as '{second}': keep one"):
        match_labels(wanted, labels, "shrinkage")


def test_numbers_are_ordered_by_value_and_before_text():
    labels = [BIG + 1, BIG, Decimal("0.5"), -1, "b", "a", float("nan"), 7.5]
    ordered = [str(label) for label in by_label(dict.fromkeys(labels, 1))]
    assert ordered == ["-1", "0.5", "7.5", str(BIG), str(BIG + 1), "a", "b", "nan"]


def test_long_labels_are_shortened_in_errors():
    labels = ["a" * 10**6, "b" * 10**6, *map(str, range(5000))]
    with pytest.raises(ValueError, match="does not hold") as error:
        match_labels({"a" * 10**6 + "x": 7}, labels, "samplingStrategy")
    assert len(str(error.value)) < 3000
