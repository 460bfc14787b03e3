"""What every cleaner is: a search among all classes, and the rows that it speaks against."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.ml.param import Param, Params
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.base import NeighborSampler
from spark_smote.core.block import Block
from spark_smote.core.strategy.targets import by_label
from spark_smote.core.strategy.under_sampling import REDUCTIONS, classes_to_clean
from spark_smote.engine.planning.cleaning import plan_cleaning
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.labeled_table import labeled_table
from spark_smote.engine.table.names import KEY, OWN_CLASS, ROW_COUNT
from spark_smote.param import converters as to

__all__ = ["REMOVED", "CleaningSampler", "named_rows"]

REMOVED = f"{OWN_CLASS} int not null, {KEY} bigint not null, {ROW_COUNT} bigint not null"
"""What names a row to take away."""


class CleaningSampler(NeighborSampler):
    """Base of the samplers that take away rows by what their nearest rows are.

    Rows of one class that have the same features share one verdict, whatever else they hold.
    """

    samplingStrategy: Param[Any] = Param(
        Params._dummy(),
        "samplingStrategy",
        "classes that may lose rows: 'auto' = 'not minority', 'majority', 'not majority', 'all', "
        "or a list of labels.",
        typeConverter=to.classes(*REDUCTIONS),
    )

    def source(self, dataset: DataFrame) -> FeatureTable:
        """Check the schema and the Params against each other; no Spark job."""
        label = labeled_table(dataset, self.getLabelCol()).label
        return FeatureTable(dataset, label, self._features(dataset.schema), (), None)

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide which rows `transform` takes away, and count them."""
        return self.counted(dataset, self._searched(dataset))

    def counted(self, dataset: DataFrame, plan: Plan) -> Plan:
        """Count the rows that a plan takes away."""
        if plan.surroundings is None:
            return plan
        source = self.source(dataset)
        counted = (
            self.removed(plan, source)
            .groupBy(OWN_CLASS)
            .agg(F.sum(ROW_COUNT).alias(ROW_COUNT))
            .collect()
        )
        rows = {row[OWN_CLASS]: row[ROW_COUNT] for row in counted}
        made = {label: -rows[n] for n, label in enumerate(plan.surroundings.labels) if n in rows}
        return replace(plan, added=made)

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        source = self.source(dataset)
        if plan.surroundings is None:
            return dataset
        removed = self.removed(plan, source).select(KEY)
        keyed = dataset.withColumn(KEY, source.key(self.getSeed()))
        return keyed.join(removed, KEY, "left_anti").drop(KEY)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.apply(dataset, self._searched(dataset))  # uncounted, which is a search less

    def _searched(self, dataset: DataFrame) -> Plan:
        source = self.source(dataset)
        counts, unlabeled = source.class_counts()
        return self.searched(dataset, Plan(counts, unlabeled, {}), source)

    def searched(self, dataset: DataFrame, counted: Plan, checked: FeatureTable) -> Plan:
        """Plan the search alone, for a table of known counts whose features are checked there."""
        asked = self._asked(by_label(counted.after))
        return plan_cleaning(self.source(dataset), counted, asked, self._search(), checked)

    def _asked(self, counts: dict[Any, int]) -> Sequence[Any]:
        """Give the labels of the classes whose rows search; none where nothing is to be done."""
        return self._cleaned(counts)

    def _cleaned(self, counts: Mapping[Any, int]) -> list[Any]:
        """Give the labels of the classes that may lose rows."""
        return classes_to_clean(self.getSamplingStrategy(), counts)

    @abstractmethod
    def removed(self, plan: Plan, source: FeatureTable) -> DataFrame:
        """Find the rows to take away: number of the class, key, rows that it stands for; lazy."""


def named_rows(rows: Block, places: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[Any]]:
    """Give the columns that name some rows of a bucket."""
    assert rows.labels is not None
    return {OWN_CLASS: rows.labels[places], KEY: rows.keys[places], ROW_COUNT: rows.counts[places]}
