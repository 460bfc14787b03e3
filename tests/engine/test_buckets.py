"""How buckets are numbered and leave Python."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from spark_smote.engine.arrow import ArrowColumn
from spark_smote.engine.buckets.routing import spread


class TestArrowColumns:
    @pytest.mark.parametrize("kind", ["f4", "f8", "i8"])
    def test_arrow_gets_what_it_gets_of_lists(self, kind):
        rows = (2.0**40 * np.random.default_rng(0).normal(size=(7, 3))).astype(kind)
        column = pd.DataFrame(
            {"rows": ArrowColumn.of_rows(rows[1::2], pa.from_numpy_dtype(rows.dtype))}
        )["rows"]
        made = pa.Array.from_pandas(column.apply(list))  # Spark does it thus
        expected = pa.array(rows[1::2].tolist(), pa.list_(pa.from_numpy_dtype(rows.dtype)))
        assert made.cast(expected.type).equals(expected)

    def test_there_may_be_no_rows(self):
        none = ArrowColumn.of_rows(np.empty((0, 3)), pa.float64())
        assert len(pa.Array.from_pandas(pd.Series(none))) == 0


@pytest.mark.parametrize("partitions", [1, 7, 64, 2000])
def test_numbers_differ_by_partition(partitions):
    assert len(np.unique(spread(partitions))) == partitions
