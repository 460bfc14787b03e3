"""SMOTE, and then a cleaning of the table's rows and the new ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from pyspark.sql import DataFrame

from spark_smote.engine.planning.plan import CombinedPlan, Plan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.exceptions import ResamplingError
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param.under_sampling import CleaningParams, HasCleaning
from spark_smote.under_sampling.base import CleaningSampler

__all__ = ["CombinedSampler"]


class CombinedSampler(SMOTE, HasCleaning):
    """Base of the samplers that clean after SMOTE."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"cleaningStrategy": "all"}
    adds_only: ClassVar[bool] = False

    @abstractmethod
    def _cleaner(self) -> CleaningSampler:
        """Build the sampler that cleans."""

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide which rows are made, and which of all are removed, and count them."""
        plan = self._plan_search(dataset)
        resampled = super().apply(dataset, plan.over_sampling)
        cleaning = self._cleaner().count_removed(resampled, plan.cleaning)
        added = {
            label: change
            for label, rows in plan.counts.items()
            if (change := cleaning.after[label] - rows)
        }
        return CombinedPlan(
            plan.counts,
            plan.passed_through,
            added,
            plan.seconds,
            over_sampling=plan.over_sampling,
            cleaning=cleaning,
        )

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        over_sampling, cleaning = plan, plan
        if isinstance(plan, CombinedPlan):
            over_sampling, cleaning = plan.over_sampling, plan.cleaning
        return self._cleaner().apply(super().apply(dataset, over_sampling), cleaning)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.apply(dataset, self._plan_search(dataset))  # uncounted, which spares a search

    def _plan_search(self, dataset: DataFrame) -> CombinedPlan:
        plan = super().plan(dataset)
        resampled = super().apply(dataset, plan)
        cleaner = self._cleaner()
        cleaning = cleaner.plan_search(
            cleaner.feature_table(resampled), plan, self.feature_table(dataset)
        )
        return CombinedPlan(
            plan.counts,
            plan.passed_through,
            plan.added,
            cleaning.seconds,
            over_sampling=plan,
            cleaning=cleaning,
        )

    def feature_table(self, dataset: DataFrame) -> FeatureTable:
        """Find the part of each column, and check it against the Params; no Spark job."""
        if not self.keeps_originals:
            raise ResamplingError(
                "outputMode='synthetic' leaves out the rows that new ones are cleaned by; allowed "
                "is 'all': set syntheticCol and filter by it afterwards."
            )
        return super().feature_table(dataset)

    def _shared(self) -> dict[str, Any]:
        """Return the Params that SMOTE and the cleaning share."""
        names = CleaningParams.__annotations__.keys() - {"samplingStrategy"}
        given = {name: self.getOrDefault(name) for name in names if self.isSet(name)}
        return given | {"samplingStrategy": self.getCleaningStrategy()}
