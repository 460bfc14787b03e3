"""SMOTE, and then a cleaner over the rows of the table and the new ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, Unpack

from pyspark.ml.param import Param, Params
from pyspark.sql import DataFrame

from spark_smote.core.strategy.under_sampling import REDUCTIONS
from spark_smote.engine.planning.plan import Plan
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param import converters as to
from spark_smote.param.cleaning import CleaningParams
from spark_smote.param.smote import SMOTEParams
from spark_smote.under_sampling.base import CleaningSampler


class CombinedSampler(SMOTE):
    """Base of the two: SMOTE's Params, and which classes may lose rows."""

    adds_only = False

    cleaningStrategy: Param[str | list[str]] = Param(
        Params._dummy(),
        "cleaningStrategy",
        "classes that may lose rows, their own and new ones: 'all', 'not minority', 'majority', "
        "'not majority' (by the rows after SMOTE), or a list of labels.",
        typeConverter=to.classes(*REDUCTIONS),
    )

    def __init__(self, **params: Unpack[SMOTEParams]) -> None:
        super().__init__(**params)
        self._setDefault(cleaningStrategy="all")

    def setCleaningStrategy(self, value: str | Sequence[Any]) -> Self:
        """Set which classes may lose rows."""
        return self._set(cleaningStrategy=value)

    def getCleaningStrategy(self) -> str | list[str]:
        """Give which classes may lose rows."""
        return self.getOrDefault(self.cleaningStrategy)

    @abstractmethod
    def _cleaner(self) -> CleaningSampler:
        """Give the cleaner."""

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide which rows are made, and which of all taken away, and count them."""
        plan = self._planned(dataset)
        raising, cleaning = plan.parts
        counted = self._cleaner().counted(super().apply(dataset, raising), cleaning)
        made = {
            label: change
            for label, rows in plan.counts.items()
            if (change := counted.after[label] - rows)
        }
        return replace(plan, added=made, parts=(raising, counted))

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        raising, cleaning = plan.parts or (plan, plan)
        return self._cleaner().apply(super().apply(dataset, raising), cleaning)

    def source(self, dataset: DataFrame) -> FeatureTable:
        """Check the schema and the Params against each other; no Spark job."""
        if not self.keeps_originals:
            raise ValueError(
                "outputMode='synthetic' leaves out the rows that new ones are cleaned by; allowed "
                "is 'all': set syntheticCol and filter by it afterwards."
            )
        return super().source(dataset)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.apply(dataset, self._planned(dataset))  # uncounted, which is a search less

    def _planned(self, dataset: DataFrame) -> Plan:
        raising = super().plan(dataset)
        resampled = super().apply(dataset, raising)
        cleaning = self._cleaner().searched(resampled, raising, self.source(dataset))
        return replace(raising, seconds=cleaning.seconds, parts=(raising, cleaning))

    def _shared(self) -> dict[str, Any]:
        """Give the Params that SMOTE and the cleaner share."""
        names = CleaningParams.__annotations__.keys() - {"samplingStrategy"}
        given = {name: self.getOrDefault(name) for name in names if self.isSet(name)}
        return given | {"samplingStrategy": self.getCleaningStrategy()}
