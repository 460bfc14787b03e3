"""What a resampling will do: rows now and after, and how they are made or left out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from spark_smote.engine.buckets.all_classes import AllClassSearch
from spark_smote.engine.buckets.layout import BucketLayout
from spark_smote.engine.copies.copies import RowCopies
from spark_smote.engine.planning.clusters import ClusteredRows

__all__ = ["Plan", "timed"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """Rows now and after, and how they will be made.

    Attributes
    ----------
    counts : dict
        Rows of each class now.
    unlabeled : int
        Rows without a label, which pass through untouched.
    added : dict
        Rows to make, for the classes that get any; below 0, rows to leave out.
    layout : BucketLayout or None
        None where there is nothing to make.
    bucket_rows : tuple of int
        Rows expected in each bucket, guests included.
    n_features : int
        Number of features.
    seconds : dict
        What each step of planning took.
    copies : RowCopies or None
        Rows to repeat or keep at random; None where that is not what the sampler does.
    surroundings : AllClassSearch or None
        Rows of all classes, where some are judged by the nearest of these.
    pool : AllClassSearch or None
        The same, where new rows are made among them, too.
    clustered : ClusteredRows or None
        Rows by class and cluster, where each is raised as a class of its own is.
    parts : tuple of Plan
        What is done first and then, where rows are added and some of all taken away.
    """

    counts: dict[Any, int]
    unlabeled: int
    added: dict[Any, int]
    layout: BucketLayout | None = None
    bucket_rows: tuple[int, ...] = ()
    n_features: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    copies: RowCopies | None = None
    surroundings: AllClassSearch | None = None
    pool: AllClassSearch | None = None
    clustered: ClusteredRows | None = None
    parts: tuple[Plan, ...] = ()

    @property
    def labels(self) -> list[Any]:
        """Labels of the classes that change, in the order of their numbers."""
        return list(self.added)

    @property
    def over_sampling(self) -> Plan:
        """The plan that adds rows."""
        return self.parts[0] if self.parts else self

    @property
    def after(self) -> dict[Any, int]:
        """Rows of each class in the result."""
        return {label: rows + self.added.get(label, 0) for label, rows in self.counts.items()}


@contextmanager
def timed(step: str, seconds: dict[str, float]) -> Iterator[None]:
    """Say that a step runs, and note the seconds that it took."""
    logger.info("%s …", step)
    start = time.monotonic()
    yield
    seconds[step] = time.monotonic() - start
    logger.info("%s: %.1f s", step, seconds[step])
