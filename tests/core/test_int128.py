"""Whole numbers of 128 bits, against Python's own."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from spark_smote.core.int128 import INT128, as_doubles, as_type, highest, lowest, maximum, minimum
from spark_smote.core.synthesis.arithmetic import combine, interpolate, move
from spark_smote.core.synthesis.star import Star
from spark_smote.engine.arrow import ArrowColumn, matrix_of

LARGEST = 10**38 - 1
KIND = pa.decimal128(38, 3)


def matrix(rows: list[list[int]]) -> np.ndarray:
    units = [[Decimal(f"{value}e-3") for value in row] for row in rows]
    return matrix_of(pa.array(units, pa.list_(KIND)))


def integers(values: np.ndarray) -> list[list[int]]:
    return [[(high << 64) + low for low, high in row] for row in values.tolist()]


@pytest.fixture(scope="module")
def numbers() -> list[list[int]]:
    draw = random.Random(0)
    edges = [LARGEST, -LARGEST, 0, -1, 2**63, -(2**63), 2**64, -(2**64), 3 * 2**63]

    def number() -> int:
        digits = draw.choice([1, 10, 19, 20, 38])
        return draw.choice([draw.randint(1 - 10**digits, 10**digits - 1), draw.choice(edges)])

    return [[number(), number()] for _ in range(3000)]


def test_decimals_come_and_go_to_the_last_digit(numbers):
    values = matrix(numbers)
    assert values.dtype == INT128
    assert integers(values) == numbers
    column = pa.Array.from_pandas(pd.Series(ArrowColumn.of_rows(values[::2], KIND)))
    assert column.to_pylist() == [[Decimal(f"{v}e-3") for v in row] for row in numbers[::2]]


def test_a_double_is_the_nearest_or_beside_it(numbers):
    doubles = as_doubles(matrix(numbers))
    exact = np.array([[float(value) for value in row] for row in numbers])
    assert (np.abs(doubles - exact) <= np.spacing(np.abs(exact))).all()
    whole = [[int(value) for value in row] for row in exact.tolist()]
    assert integers(as_type(exact, INT128)) == whole


def test_comparisons_are_those_of_integers(numbers):
    values = matrix(numbers)
    one, other = values[:1500], values[1500:]
    rows = zip(numbers[:1500], numbers[1500:], strict=True)
    pairs = [list(zip(a, b, strict=True)) for a, b in rows]
    assert integers(minimum(one, other)) == [list(map(min, row)) for row in pairs]
    assert integers(maximum(one, other)) == [list(map(max, row)) for row in pairs]
    for start in range(0, 3000, 3):
        three = values[start : start + 3]
        columns = list(zip(*numbers[start : start + 3], strict=True))
        assert integers(lowest(three, 0)[None]) == [list(map(min, columns))]
        assert integers(highest(three, 0)[None]) == [list(map(max, columns))]


def test_new_numbers_lie_on_their_segment(numbers):
    gap = np.random.default_rng(0).random(1500)
    made = integers(interpolate(matrix(numbers[:1500]), matrix(numbers[1500:]), gap))
    for part, *ends in zip(gap.tolist(), numbers[:1500], numbers[1500:], made, strict=True):
        for base, end, value in zip(*ends, strict=True):
            assert min(base, end) <= value <= max(base, end)
            error = abs(value - base - Fraction(part) * (end - base))
            assert error <= Fraction(1, 2) + Fraction(abs(end - base), 2**51)


@pytest.mark.parametrize("dtype", ["int64", "int128"])
def test_equal_ends_leave_one_number(dtype):
    value = 9223372036854775807 if dtype == "int64" else LARGEST - 7
    rows = [[value, -value]] * 4
    part = np.array(rows) if dtype == "int64" else matrix(rows)
    gap = np.full(4, 0.7)
    others = np.stack([part, part], axis=1)
    star = Star().fit([part], np.array([1, 2, 3, 4]))
    for made in (
        interpolate(part, part, gap),
        combine(part, others, np.full((4, 2), 0.3)),
        move(part, np.full(part.shape, 1e30), part, part),
        star.towards_mean([part], gap)[0],
    ):
        assert made.tolist() == part.tolist()


def test_a_star_reaches_the_mean_of_its_class():
    star = Star().fit([matrix([[0], [4 * 10**30], [5 * 10**30]])], np.array([1, 1, 1]))
    (made,) = star.towards_mean([matrix([[0], [6 * 10**30]])], np.array([0.5, 0.5]))
    assert as_doubles(made).ravel() == pytest.approx([1.5e30, 4.5e30])
