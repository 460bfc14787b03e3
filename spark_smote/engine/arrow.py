"""Columns in Arrow's layout: from a batch to NumPy, and to Spark within a pandas frame."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from spark_smote.core.int128 import INT128

__all__ = ["ArrowColumn", "matrix_of"]


def matrix_of(lists: pa.ListArray) -> npt.NDArray[Any]:
    """Read lists of the same length as the rows of a matrix, without a copy if Arrow allows it.

    Decimals become the whole numbers that they are in units of their last digit.

    Examples
    --------
    >>> matrix_of(pa.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    flat = lists.flatten()
    values: npt.NDArray[Any]
    if pa.types.is_decimal(flat.type):
        whole = np.frombuffer(flat.buffers()[1], INT128)
        values = whole[flat.offset : flat.offset + len(flat)]
    else:
        values = flat.to_numpy(zero_copy_only=False)
    return values.reshape(len(lists), -1)


class ArrowColumn(pd.arrays.ArrowExtensionArray):
    """A pandas column in Arrow's layout, which Spark does not convert.

    Of other columns, Spark turns each array or struct into Python objects, by `Series.apply`.
    That costs more than all else that happens to a new row, makes NaN null, and fails for times
    that a session's clock shows twice.

    Examples
    --------
    >>> pd.Series(ArrowColumn.of_rows(np.array([[1.0, 2.0]]), pa.float64())).tolist()
    [[1.0, 2.0]]
    """

    @classmethod
    def of_rows(cls, rows: npt.NDArray[Any], element: pa.DataType) -> Self:
        """Wrap a matrix of numbers of a type, without a copy if it is contiguous."""
        flat = np.ascontiguousarray(rows).ravel()
        if pa.types.is_decimal(element):
            values = pa.Array.from_buffers(element, len(flat), [None, pa.py_buffer(flat)])
        else:
            values = pa.array(flat, element)
        ends = np.arange(len(rows) + 1, dtype=np.int32) * np.int32(rows.shape[1])
        list_type = pa.list_(pa.field("element", values.type, nullable=False))
        return cls(pa.ListArray.from_arrays(pa.array(ends), values, type=list_type))

    def __getitem__(self, item: Any) -> Any:
        """Return a single value as Arrow's, for `Series.apply`: Python may lack its time."""
        return self.__arrow_array__()[item] if isinstance(item, int) else super().__getitem__(item)

    def map(self, mapper: Any, na_action: Any = None) -> Self:
        """Return the column as it is: the mapper is Spark's, which would make Python objects."""
        return self
