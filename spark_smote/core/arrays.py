"""Types of arrays, by what their numbers mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Features as they are stored, of any type."""

Points = npt.NDArray[np.float64]
"""Coordinates of rows, of shape (n, d)."""

Points32 = npt.NDArray[np.float32]
"""Coordinates of rows in single precision, of shape (n, d)."""

Floats = npt.NDArray[np.float64]
"""Numbers in double precision: distances, draws, weights."""

Indices = npt.NDArray[np.int64]
"""Positions of rows, cells or columns."""

Counts = npt.NDArray[np.int64]
"""Whole numbers of rows, or whole weights."""

Keys = npt.NDArray[np.int64]
"""Keys of rows: seeded 64-bit hashes."""

Codes = npt.NDArray[np.int64]
"""Codes of categories: 64-bit hashes of their values."""

Labels = npt.NDArray[np.int32]
"""Numbers of the rows' classes."""

Bools = npt.NDArray[np.bool_]
"""Masks of rows."""
