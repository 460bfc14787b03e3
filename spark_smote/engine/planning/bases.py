"""Which rows make new ones: all alike, by the rows around them, or by cluster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from spark_smote.core.clustering import Clustering
from spark_smote.core.strategy.targets import by_label
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.core.weights import BaseWeighting, NeighborWeighting, ProximityWeighting
from spark_smote.engine.buckets.all_classes import AllClassSearch, plan_all_class_search
from spark_smote.engine.buckets.fitting import SearchSettings, initial_sample_spec
from spark_smote.engine.planning.base_weights import (
    query_classes,
    weigh_by_neighbors,
    weigh_by_proximity,
)
from spark_smote.engine.planning.clusters import plan_clusters
from spark_smote.engine.planning.plan import ClassRows, Plan, RowSelection, timed
from spark_smote.engine.scan.checking import Checked, check_all_features, check_features
from spark_smote.engine.table.feature_table import FeatureTable

__all__ = ["Bases", "ClusteredBases", "EqualBases", "Selected", "WeightedBases"]

Tasks = Mapping[Any, ClassTask]
"""What each class to over-sample has to do, by label, in the order of the classes' numbers."""


@dataclass(frozen=True)
class Selected:
    """The rows that make new ones.

    Attributes
    ----------
    rows : RowSelection
    tasks : list of ClassTask
        By class number of `rows`.
    checked : Checked
        What is known of them.
    search : AllClassSearch or None
        The search that they were weighted by.
    """

    rows: RowSelection
    tasks: list[ClassTask]
    checked: Checked
    search: AllClassSearch | None = None


class Bases(ABC):
    """A choice of the rows that make new ones."""

    @property
    def needs_segment(self) -> bool:
        """Whether both ends of a segment decide on the gap between them."""
        return False

    @abstractmethod
    def check(
        self, table: FeatureTable, plan: Plan, tasks: Tasks, settings: SearchSettings
    ) -> Checked:
        """Refuse unusable features of the rows that are read, in one Spark job."""

    @abstractmethod
    def select(
        self,
        table: FeatureTable,
        plan: Plan,
        tasks: Tasks,
        settings: SearchSettings,
        checked: Checked,
        n_features: int,
    ) -> Selected:
        """Select the rows that make new ones."""


@dataclass(frozen=True)
class EqualBases(Bases):
    """All rows of a class, each as often as any other, give or take one (SMOTE)."""

    def check(
        self, table: FeatureTable, plan: Plan, tasks: Tasks, settings: SearchSettings
    ) -> Checked:
        """Check the classes to over-sample, and sample the large ones."""
        quotas = [task.quota for task in tasks.values()]
        rows = table.rows_of(plan.labels, settings.seed)
        spec = initial_sample_spec(quotas, settings)
        return check_features(table, rows, plan.labels, quotas, spec)

    def select(
        self,
        table: FeatureTable,
        plan: Plan,
        tasks: Tasks,
        settings: SearchSettings,
        checked: Checked,
        n_features: int,
    ) -> Selected:
        """Select all rows of the classes."""
        return Selected(ClassRows(plan.labels, settings.seed), list(tasks.values()), checked)


@dataclass(frozen=True)
class WeightedBases(Bases):
    """Rows by the classes of the rows around them (Borderline-SMOTE, ADASYN, …)."""

    weighting: BaseWeighting

    @property
    def needs_segment(self) -> bool:
        """Whether both ends of a segment decide on the gap between them."""
        return self.weighting.needs_segment

    def check(
        self, table: FeatureTable, plan: Plan, tasks: Tasks, settings: SearchSettings
    ) -> Checked:
        """Check the rows of all classes."""
        return check_all_features(table, list(plan.counts), settings.seed)

    def select(
        self,
        table: FeatureTable,
        plan: Plan,
        tasks: Tasks,
        settings: SearchSettings,
        checked: Checked,
        n_features: int,
    ) -> Selected:
        """Weigh the rows of the classes in a search among all."""
        with timed("weigh rows", plan.seconds):
            search = self._search(table, plan, tasks, settings, n_features)
            rows = ClassRows(plan.labels, settings.seed)
            if isinstance(self.weighting, ProximityWeighting):
                weighted = weigh_by_proximity(search, table, tasks, self.weighting)
                return Selected(rows, list(weighted.values()), checked)
            assert isinstance(self.weighting, NeighborWeighting)
            weighted = weigh_by_neighbors(search, table, tasks, self.weighting)
        done = list(weighted.values())
        if self.weighting.makes_among_all_classes:
            generation = search.for_generation(done, settings.k, n_features)
            return Selected(generation, done, checked, search)
        return Selected(rows, done, checked, search)

    def _search(
        self,
        table: FeatureTable,
        plan: Plan,
        tasks: Tasks,
        settings: SearchSettings,
        n_features: int,
    ) -> AllClassSearch:
        """Plan a search that serves the weighting, and the making of rows if that is among all."""
        ordered, k = by_label(plan.counts), self.weighting.k
        if self.weighting.makes_among_all_classes:
            k = max(k, min(settings.k, sum(ordered.values()) - 1))
        queries = query_classes(ordered, tasks, self.weighting)
        search = plan_all_class_search(table, ordered, queries, replace(settings, k=k), n_features)
        (members,) = search.layout.classes
        return search.with_task(replace(members.task, k=self.weighting.k), members.slices)


@dataclass(frozen=True)
class ClusteredBases(Bases):
    """Rows in clusters that are a class's own, each cluster as a class of its own (KMeansSMOTE)."""

    clustering: Clustering

    def check(
        self, table: FeatureTable, plan: Plan, tasks: Tasks, settings: SearchSettings
    ) -> Checked:
        """Check the rows of all classes."""
        return check_all_features(table, list(plan.counts), settings.seed)

    def select(
        self,
        table: FeatureTable,
        plan: Plan,
        tasks: Tasks,
        settings: SearchSettings,
        checked: Checked,
        n_features: int,
    ) -> Selected:
        """Fit clusters, and select the rows of each class in those that are its own."""
        with timed("find clusters", plan.seconds):
            rows, parts, bins = plan_clusters(
                table, plan.counts, tasks, settings, self.clustering, n_features
            )
        return Selected(rows, parts, replace(checked, bins=bins))
