"""Types of arrays that several modules use."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

Indices = npt.NDArray[np.int64]

Labels = npt.NDArray[np.int32]
