"""Which rows make new ones: all alike, by the rows around them, or by cluster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spark_smote.core.clustering import Clustering
from spark_smote.core.digest import RowDigest
from spark_smote.core.strategy.groups import in_groups_of
from spark_smote.core.strategy.labels import by_label
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

__all__ = ["Bases", "ClusteredBases", "EqualBases", "Planning", "Selected", "WeightedBases"]

Tasks = Mapping[Any, ClassTask]
"""What each class to over-sample has to do, by label, in the order of the classes' numbers."""


@dataclass(frozen=True)
class Planning:
    """What is known of a table when the rows that make new ones are selected.

    Attributes
    ----------
    table : FeatureTable
    plan : Plan
        Rows of each class, and rows to add.
    tasks : mapping of label to ClassTask
    settings : SearchSettings
    checked : Checked
        What the check of the features has read.
    n_features : int
    """

    table: FeatureTable
    plan: Plan
    tasks: Tasks
    settings: SearchSettings
    checked: Checked
    n_features: int


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
    digests : sequence of RowDigest
        By class number of `rows`.
    search : AllClassSearch or None
        The search that they were weighted by.
    skipped : collection
        Labels of the classes of which no row makes new ones.
    """

    rows: RowSelection
    tasks: list[ClassTask]
    checked: Checked
    digests: Sequence[RowDigest]
    search: AllClassSearch | None = None
    skipped: Collection[Any] = ()


class Bases(ABC):
    """A choice of the rows that make new ones."""

    @property
    def needs_segment(self) -> bool:
        """Whether both ends of a segment decide on the gap between them."""
        return False

    @property
    def k_of_all(self) -> int:
        """Nearest rows of any class that decide on a row; 0 if none do."""
        return 0

    def check(
        self, table: FeatureTable, plan: Plan, tasks: Tasks, settings: SearchSettings
    ) -> Checked:
        """Refuse unusable features of the rows that are read, in one Spark job: of all classes."""
        return check_all_features(table, in_groups_of(tasks, plan.counts), settings.seed)

    @abstractmethod
    def select(self, planning: Planning) -> Selected:
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

    def select(self, planning: Planning) -> Selected:
        """Select all rows of the classes."""
        return _whole_classes(planning, planning.tasks)


def _whole_classes(
    planning: Planning,
    tasks: Tasks,
    search: AllClassSearch | None = None,
    skipped: Collection[Any] = (),
) -> Selected:
    """Select the rows of the classes in `tasks`, each class by itself."""
    rows, digests = ClassRows(list(tasks), planning.settings.seed), planning.checked.digests
    return Selected(
        rows,
        list(tasks.values()),
        planning.checked,
        [digests[label] for label in tasks],
        search,
        skipped,
    )


@dataclass(frozen=True)
class WeightedBases(Bases):
    """Rows by the classes of the rows around them (Borderline-SMOTE, ADASYN, …).

    Attributes
    ----------
    weighting : BaseWeighting
    handle_no_bases : {"error", "skip", "uniform"}
        What to do with a class of which no row weighs anything.
    """

    weighting: BaseWeighting
    handle_no_bases: str = "error"

    @property
    def needs_segment(self) -> bool:
        """Whether both ends of a segment decide on the gap between them."""
        return self.weighting.needs_segment

    @property
    def k_of_all(self) -> int:
        """Nearest rows of any class that decide on a row."""
        return self.weighting.k

    def select(self, planning: Planning) -> Selected:
        """Weigh the rows of the classes in a search among all."""
        table, tasks = planning.table, planning.tasks
        with timed("weigh rows", planning.plan.seconds):
            search = self._search(planning)
            if isinstance(self.weighting, ProximityWeighting):
                weighted = weigh_by_proximity(search, table, tasks, self.weighting)
                return _whole_classes(planning, weighted)
            assert isinstance(self.weighting, NeighborWeighting)
            weighted = weigh_by_neighbors(
                search, table, tasks, self.weighting, self.handle_no_bases
            )
        skipped = tasks.keys() - weighted.keys()
        selected = _whole_classes(planning, weighted, search, skipped)
        if self.weighting.makes_among_all_classes and weighted:
            k, n_features = planning.settings.k, planning.n_features
            return replace(selected, rows=search.for_generation(weighted, k, n_features))
        return selected

    def _search(self, planning: Planning) -> AllClassSearch:
        """Plan a search that serves the weighting, and the making of rows if that is among all."""
        settings, weighting = planning.settings, self.weighting
        every = by_label(planning.plan.counts)
        counts = {label: every[label] for label in in_groups_of(planning.tasks, every)}
        search = plan_all_class_search(
            planning.table,
            counts,
            query_classes(counts, planning.tasks, weighting),
            replace(settings, k=weighting.k),
            planning.n_features,
            planning.checked.digests,
            settings.k if weighting.makes_among_all_classes else 0,
        )
        return search.with_k(weighting.k)


@dataclass(frozen=True)
class ClusteredBases(Bases):
    """Rows in clusters that are a class's own, each cluster as a class of its own (KMeansSMOTE).

    Attributes
    ----------
    clustering : Clustering
    handle_no_bases : {"error", "skip", "uniform"}
        What to do with a class that has no such cluster.
    """

    clustering: Clustering
    handle_no_bases: str = "error"

    def select(self, planning: Planning) -> Selected:
        """Fit clusters, and select the rows of each class in those that are its own."""
        with timed("find clusters", planning.plan.seconds):
            rows, parts, bins, digests = plan_clusters(
                planning.table,
                planning.plan.counts,
                planning.tasks,
                planning.settings,
                self.clustering,
                planning.n_features,
                self.handle_no_bases,
            )
        checked = replace(planning.checked, bins=bins)
        return Selected(
            rows, parts, checked, digests, skipped=planning.tasks.keys() - set(rows.labels)
        )
