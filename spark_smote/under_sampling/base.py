"""What every cleaning sampler is: a search among all classes, and the rows it removes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_smote.base import NeighborSampler
from spark_smote.core.strategy.labels import by_label
from spark_smote.core.strategy.under_sampling import classes_to_clean
from spark_smote.engine.planning.cleaning import plan_cleaning
from spark_smote.engine.planning.plan import CleaningPlan, Plan, count_classes
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import KEY, OWN_CLASS, ROW_COUNT
from spark_smote.param.under_sampling import HasRemovableClasses

__all__ = ["REMOVED", "CleaningSampler"]

REMOVED = f"{OWN_CLASS} int not null, {KEY} bigint not null, {ROW_COUNT} bigint not null"
"""Schema of what names a row to remove."""


class CleaningSampler(HasRemovableClasses, NeighborSampler):
    """Base of the samplers that remove rows by what their nearest rows are.

    Rows of one class that have the same features share one verdict, whatever else they hold.
    """

    def check(self, dataset: DataFrame) -> StructType:
        """Check the schema and the Params against each other; no Spark job."""
        return self.feature_table(dataset).dataset.schema

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide which rows `transform` removes, and count them."""
        return self.count_removed(dataset, self._plan_search(dataset))

    def count_removed(self, dataset: DataFrame, plan: Plan) -> Plan:
        """Count the rows that a planned search removes, in one Spark job."""
        if not isinstance(plan, CleaningPlan):
            return plan
        removed = self._removed(plan, self.feature_table(dataset))
        counted = removed.groupBy(OWN_CLASS).agg(F.sum(ROW_COUNT).alias(ROW_COUNT)).collect()
        rows = {row[OWN_CLASS]: row[ROW_COUNT] for row in counted}
        labels = enumerate(plan.search.labels)
        return replace(plan, added={label: -rows[n] for n, label in labels if n in rows})

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        table = self.feature_table(dataset)
        if not isinstance(plan, CleaningPlan):
            return dataset
        removed = self._removed(plan, table).select(KEY)
        keyed = dataset.withColumn(KEY, table.key(self.getSeed()))
        return keyed.join(removed, KEY, "left_anti").drop(KEY)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.apply(dataset, self._plan_search(dataset))  # uncounted, which spares a search

    def _plan_search(self, dataset: DataFrame) -> Plan:
        table = self.feature_table(dataset)
        return self.plan_search(table, count_classes(table), table)

    def plan_search(self, table: FeatureTable, counted: Plan, checked: FeatureTable) -> Plan:
        """Plan the search alone.

        Parameters
        ----------
        table : FeatureTable
        counted : Plan
            Its result has the rows of `table`.
        checked : FeatureTable
            Where to look for unusable features.
        """
        searching = self._searching(by_label(counted.after))
        return plan_cleaning(table, counted, searching, self._search(), checked)

    def feature_table(self, dataset: DataFrame) -> FeatureTable:
        """Find the part of each column, and check it against the Params; no Spark job."""
        table = self.labeled_table(dataset)
        return FeatureTable(
            dataset,
            table.label,
            self._features(dataset.schema),
            (),
            None,
            groups=table.groups,
            split=table.split,
        )

    def _searching(self, counts: dict[Any, int]) -> Sequence[Any]:
        """Return the labels of the classes whose rows search; none if there is nothing to do."""
        return self._cleaned(counts)

    def _cleaned(self, counts: Mapping[Any, int]) -> list[Any]:
        """Return the labels of the classes that may lose rows."""
        return classes_to_clean(self.getSamplingStrategy(), counts)

    @abstractmethod
    def _removed(self, plan: CleaningPlan, table: FeatureTable) -> DataFrame:
        """Find the rows to remove: number of the class, key, and rows that it stands for; lazy."""
