"""Rows shared in proportion, to the last one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spark_smote.core.strategy.apportionment import CountsByKey, apportion
from spark_smote.core.strategy.quotas import MAX_SLICES, SLICE_VALUES, Quota, check_total
from spark_smote.exceptions import ResamplingError


class TestShares:
    def test_they_add_up_and_are_within_one_of_the_proportion(self):
        random = np.random.default_rng(3)
        keys = random.integers(-(2**63), 2**63 - 1, 500)
        weights = random.integers(1, 8, 500)
        for rows in (0, 1, 499, 12_345, 2**40):
            shares = apportion(rows, keys, weights).of(keys)
            assert shares.sum() == rows
            assert (np.abs(shares - rows * (weights / weights.sum())) < 1).all()

    def test_of_equal_remainders_the_highest_keys_get_more(self):
        shares = apportion(5, np.array([9, -4, 3]), np.array([2, 2, 2]))
        assert shares.of(np.array([-4, 3, 9, 5])).tolist() == [1, 2, 2, 0]

    def test_keys_that_collide_get_nothing(self):
        shares = apportion(5, np.array([9, 4, 9]), np.array([2, 2, 2]))
        assert (shares.keys.tolist(), shares.values.tolist()) == ([4], [5])
        with pytest.raises(ValueError, match="5 rows cannot be shared among no row"):
            apportion(5, np.array([9, 9]), np.array([2, 2]))

    def test_nobody_has_a_share_of_nothing(self):
        none = np.empty(0, np.int64)
        assert CountsByKey(none, none).of(np.array([1, 2])).tolist() == [0, 0]


class TestSlices:
    def test_there_are_no_more_than_tasks_whatever_is_asked_for(self):
        quota = Quota(10**21, 100)
        assert quota.slices(30) == MAX_SLICES
        assert sum(quota.slices(30, 1 / 64) for _ in range(64)) <= MAX_SLICES + 64
        assert Quota(10**7, 100).slices(30, 0.5) == math.ceil(10**7 * 30 / 2 / SLICE_VALUES)


class TestLimit:
    def test_more_than_it_is_refused_with_rows_and_bytes(self):
        message = (
            r"asks for 1000000000000000000005 new rows \(1000000000000000000000 of class 'b'\), "
            "which take some 80000000000 TB at 8 bytes for each of 10 columns; maxRows allows 9:"
        )
        with pytest.raises(ResamplingError, match=message):
            check_total({"a": 5, "b": 10**21}, 9, 10)

    def test_as_many_are_not(self):
        check_total({"a": 5, "b": 4}, 9, 10)
        check_total({}, 1, 10)
