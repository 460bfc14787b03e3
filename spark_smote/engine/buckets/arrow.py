"""Columns in Arrow's own layout: read from a batch, and given to Spark within a pandas frame."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

__all__ = ["ArrowColumn", "matrix_of"]


def matrix_of(lists: pa.ListArray) -> npt.NDArray[Any]:
    """Read lists of the same length as the rows of a matrix, without a copy where Arrow allows.

    Examples
    --------
    >>> matrix_of(pa.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    values: npt.NDArray[Any] = lists.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(len(lists), -1)


class ArrowColumn(pd.arrays.ArrowExtensionArray):
    """A pandas column that Spark passes on as it is.

    Spark turns each value of an array or a struct into Python objects first, by `Series.apply`.
    That costs more than all else that happens to a new row, makes NaN null, and fails for times
    that a session's clock shows twice. The values here are in Arrow's layout already.

    Examples
    --------
    >>> pd.Series(ArrowColumn.of_rows(np.array([[1.0, 2.0]], np.float32))).tolist()
    [[1.0, 2.0]]
    """

    @classmethod
    def of_rows(cls, rows: npt.NDArray[Any]) -> Self:
        """Wrap a float32, float64 or int64 matrix, without a copy where it is contiguous."""
        values = pa.array(np.ascontiguousarray(rows).ravel())
        ends = np.arange(len(rows) + 1, dtype=np.int32) * np.int32(rows.shape[1])
        kind = pa.list_(pa.field("element", values.type, nullable=False))
        return cls(pa.ListArray.from_arrays(pa.array(ends), values, type=kind))

    def __getitem__(self, item: Any) -> Any:
        """Give a single value, which `Series.apply` looks at: a time may be beyond Python's."""
        return self.__arrow_array__()[item] if isinstance(item, int) else super().__getitem__(item)

    def map(self, mapper: Any, na_action: Any = None) -> Self:
        """Leave the values as they are: the mapper is Spark's, and would make objects of them."""
        return self
