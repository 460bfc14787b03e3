"""Rows of a table and synthetic ones in two principal components, for a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from sklearn.decomposition import PCA

from spark_smote.base import NeighborSampler, OverSampler
from spark_smote.engine.table.names import RESERVED
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.dataset import Dataset
from spark_smote.model_selection.fitting.methods import Method

__all__ = ["project"]

FEATURES = f"{RESERVED}features"

POINTS = {"other": 900, "original": 500, "synthetic": 600}
"""Most rows of each kind."""

VALUES = 2_000_000
"""Most values that the driver reads; of wider rows there are fewer."""


def project(dataset: Dataset, methods: Sequence[Method]) -> dict[str, Any] | None:
    """Draw rows of the table, and synthetic ones of the first method that adds any.

    Returns
    -------
    dict or None
        The share of variance explained by each component, and points (x, y, kind); None if no
        method adds rows, or rows have fewer than two features.
    """
    sampler = next((method.stages[0] for method in methods if _makes_rows(method)), None)
    if sampler is None or dataset.positive is None:
        return None
    try:
        made = sampler.copy({sampler.getParam("outputMode"): "synthetic"}).transform(dataset.rows)
    except ResamplingError:  # it was not fitted, for the same reason
        return None
    encoder = dataset.columns(dataset.rows).fit(dataset.rows)
    is_positive = quoted(dataset.label.name) == F.lit(dataset.positive)
    values = {}
    for kind, rows in (
        ("other", dataset.rows.where(~is_positive)),
        ("original", dataset.rows.where(is_positive)),
        ("synthetic", made),
    ):
        values[kind] = _read(encoder.add(rows, FEATURES), POINTS[kind])
    if values["original"].shape[1] < 2 or not len(values["synthetic"]):
        return None
    originals = np.concatenate([values["other"], values["original"]])
    center, scale = originals.mean(axis=0), originals.std(axis=0)
    scale[scale == 0] = 1.0
    components = PCA(2).fit((originals - center) / scale)
    points = [
        [round(float(x), 4), round(float(y), 4), kind]
        for kind, rows in values.items()
        for x, y in components.transform((rows - center) / scale)
    ]
    explained = [float(share) for share in components.explained_variance_ratio_]
    return {"explained": explained, "points": points}


def _makes_rows(method: Method) -> bool:
    """Return whether a method begins with a sampler that makes new rows, and no copies."""
    first = method.stages[0] if method.stages else None
    return isinstance(first, OverSampler) and isinstance(first, NeighborSampler) and first.adds_only


def _read(rows: DataFrame, most: int) -> Any:
    """Read some rows, chosen by a hash of their features; fewer if they are wide."""
    values = rows.select(vector_to_array(F.col(FEATURES)).alias("values"))
    first = values.select(F.size("values")).first()
    width = int(first[0]) if first else 0
    chosen = values.orderBy(F.xxhash64("values")).limit(max(2, min(most, VALUES // max(1, width))))
    return np.array([row[0] for row in chosen.collect()], np.float64).reshape(-1, max(1, width))
