"""A matrix as a pandas column of lists, which Arrow takes as it is."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

__all__ = ["ListColumn"]


class ListColumn(pd.arrays.ArrowExtensionArray):
    """Rows of a matrix in Arrow's own layout.

    Spark turns each value of an array column into a Python list first, by `Series.apply`, which
    costs more than all else that happens to a new row. These are lists already.

    Examples
    --------
    >>> import numpy as np
    >>> pd.Series(ListColumn.of(np.array([[1.0, 2.0]], np.float32))).tolist()
    [[1.0, 2.0]]
    """

    @classmethod
    def of(cls, rows: npt.NDArray[Any]) -> Self:
        """Wrap a float32, float64 or int64 matrix, without a copy where it is contiguous."""
        values = pa.array(np.ascontiguousarray(rows).ravel())
        ends = np.arange(len(rows) + 1, dtype=np.int32) * np.int32(rows.shape[1])
        kind = pa.list_(pa.field("element", values.type, nullable=False))
        return cls(pa.ListArray.from_arrays(pa.array(ends), values, type=kind))

    def map(self, mapper: Any, na_action: Any = None) -> Self:
        """Leave the rows as they are: the mapper is Spark's, and would make lists of them."""
        return self
