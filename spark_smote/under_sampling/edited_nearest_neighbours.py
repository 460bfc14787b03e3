"""Edited nearest neighbors: rows away that their neighbors take for another class."""

from __future__ import annotations

from functools import partial
from typing import Any, Self, Unpack

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame

from spark_smote.core.block import Block
from spark_smote.core.cleaning import disagreeing
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.engine.buckets.all_classes import map_neighborhoods
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.param.cleaning import CleaningParams, HasKindSel
from spark_smote.under_sampling.base import REMOVED, CleaningSampler, named_rows

__all__ = ["EditedNearestNeighbours"]


class EditedNearestNeighbours(CleaningSampler, HasKindSel):
    """Take away rows whose nearest rows are of other classes.

    Rows of one class that have the same features share one verdict. Which rows go depends on
    nothing but the rows; where a table fits one bucket, the search is exact.

    Parameters
    ----------
    k : int, default 3
        Nearest rows of any class that are asked, at least 1.
    kindSel : {"all", "mode"}, default "all"
        Whether a row stays where all of its neighbors are of its class, or where most are; of
        classes with as many neighbors, the first by label.
    samplingStrategy : str or list of labels, default "auto"
        Classes that may lose rows: "auto" or "not minority", "majority", "not majority", "all", or
        those named.
    featuresCol, inputCols, labelCol, distanceScaling, metric, p, replication, bucketSize, seed
        As of `SMOTE`; the scaling is by the values of all rows, the seed decides on samples that
        buckets are fitted to.

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params; before any row is taken away.

    References
    ----------
    Wilson: "Asymptotic properties of nearest neighbor rules using edited data", IEEE Transactions
    on Systems, Man, and Cybernetics 2, 1972.

    Examples
    --------
    >>> from spark_smote import EditedNearestNeighbours
    >>> rows = [(i + i * i / 1000, int(i in (20, 50, 51, 52, 53))) for i in range(60)]
    >>> df = spark.createDataFrame(rows, "x double, label int")
    >>> cleaned = EditedNearestNeighbours(inputCols=["x"]).transform(df)
    >>> cleaned.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=49), Row(label=1, count=5)]
    """

    def __init__(
        self, *, k: int | None = None, kindSel: str | None = None, **params: Unpack[CleaningParams]
    ) -> None:
        super().__init__()
        self._setDefault(k=3, kindSel="all")
        self._set(k=k, kindSel=kindSel, **params)

    def setParams(
        self, *, k: int | None = None, kindSel: str | None = None, **params: Unpack[CleaningParams]
    ) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(k=k, kindSel=kindSel, **params)

    def removed(self, plan: Plan, source: FeatureTable) -> DataFrame:
        """Find the rows to take away; lazy."""
        assert plan.surroundings is not None
        return map_neighborhoods(
            plan.surroundings, source, partial(_edited, kind=self.getKindSel()), REMOVED
        )


def _edited(rows: Block, around: Neighborhood, kind: str) -> dict[str, npt.NDArray[Any]]:
    assert rows.labels is not None
    return named_rows(rows, around.base[np.flatnonzero(disagreeing(around, rows.labels, kind))])
