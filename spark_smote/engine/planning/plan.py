"""Plans: rows now and after, and how rows are made, copied or removed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyspark.sql import DataFrame

from spark_smote.core.strategy.groups import by_group
from spark_smote.engine.buckets.all_classes import AllClassSearch
from spark_smote.engine.buckets.layout import BucketLayout
from spark_smote.engine.copies.copies import RowCopies
from spark_smote.engine.scan.determinism import warn_if_random
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.labeled_table import LabeledTable

__all__ = [
    "ClassRows",
    "CleaningPlan",
    "CombinedPlan",
    "CopyPlan",
    "NeighborPlan",
    "Plan",
    "RowSelection",
    "count_classes",
    "timed",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """Rows now and after; of this very class if there is nothing to do.

    A class is named by its label; with `groupCols`, by the values of its group and its label.

    Attributes
    ----------
    counts : dict
        Rows of each class now.
    passed_through : int
        Rows that pass through untouched: without a label, or of another split.
    added : dict
        Rows to add, for the classes that change; below 0, rows to remove.
    seconds : dict
        Seconds that each step of planning took.
    """

    counts: dict[Any, int]
    passed_through: int
    added: dict[Any, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def labels(self) -> list[Any]:
        """Labels of the classes that change, in the order of their numbers."""
        return list(self.added)

    @property
    def after(self) -> dict[Any, int]:
        """Rows of each class in the result."""
        return {label: rows + self.added.get(label, 0) for label, rows in self.counts.items()}

    @property
    def bucket_rows(self) -> tuple[int, ...]:
        """Rows expected in each bucket, guests included."""
        return ()

    @property
    def n_features(self) -> int:
        """Number of features of a synthetic row."""
        return 0


class RowSelection(Protocol):
    """Which rows of a table go to buckets, and as what classes they are numbered."""

    @property
    def labels(self) -> list[Any]:
        """Label of each class, by its number."""

    def rows(self, table: FeatureTable) -> DataFrame:
        """Select the rows; lazy."""


@dataclass(frozen=True)
class ClassRows:
    """The rows of some classes, each class by itself."""

    labels: list[Any]
    seed: int

    def rows(self, table: FeatureTable) -> DataFrame:
        """Select the rows; lazy."""
        return table.rows_of(self.labels, self.seed)


@dataclass(frozen=True, kw_only=True)
class NeighborPlan(Plan):
    """Rows interpolated between neighbors.

    Attributes
    ----------
    selection : RowSelection
        The rows that new ones are made from.
    layout : BucketLayout
    bucket_rows : tuple of int
        Rows expected in each bucket, guests included; empty if that is not known.
    n_features : int
        Number of features.
    search : AllClassSearch or None
        The search among all classes that bases were weighted by.
    """

    selection: RowSelection
    layout: BucketLayout
    bucket_rows: tuple[int, ...] = ()
    n_features: int = 0
    search: AllClassSearch | None = None


@dataclass(frozen=True, kw_only=True)
class CopyPlan(Plan):
    """Rows repeated, or left out, at random."""

    copies: RowCopies


@dataclass(frozen=True, kw_only=True)
class CleaningPlan(Plan):
    """Rows removed by what their nearest rows of any class are."""

    search: AllClassSearch


@dataclass(frozen=True, kw_only=True)
class CombinedPlan(Plan):
    """Rows added first, and then rows of the result removed."""

    over_sampling: Plan
    cleaning: Plan

    @property
    def bucket_rows(self) -> tuple[int, ...]:
        """Rows expected in each bucket, guests included."""
        return self.over_sampling.bucket_rows

    @property
    def n_features(self) -> int:
        """Number of features of a synthetic row."""
        return self.over_sampling.n_features


def count_classes(table: LabeledTable) -> Plan:
    """Count the rows of each class, in one Spark job; the plan has nothing to do yet.

    Raises
    ------
    ResamplingError
        If no row with a label is of the split that is to be resampled.
    """
    warn_if_random(table.dataset)
    seconds: dict[str, float] = {}
    with timed("count classes", seconds):
        counts, passed_through = table.class_counts()
    if not counts:
        table.check_train_value()
    groups = by_group(counts)
    single = sum(len(names) == 1 for names in groups.values())
    if table.groups and single:
        logger.warning(
            "%d of %d groups hold one class only: they are left as they are", single, len(groups)
        )
    return Plan(counts, passed_through, seconds=seconds)


@contextmanager
def timed(step: str, seconds: dict[str, float]) -> Iterator[None]:
    """Log a step, and record the seconds that it took."""
    logger.info("%s …", step)
    start = time.monotonic()
    yield
    seconds[step] = time.monotonic() - start
    logger.info("%s: %.1f s", step, seconds[step])
