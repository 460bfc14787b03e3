"""Scores and how many rows of either kind have each: what all figures are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spark_smote.core.arrays import Counts, Floats

__all__ = ["ScoreTable"]


@dataclass(frozen=True)
class ScoreTable:
    """Rows of the positive class and of the others at each score.

    Attributes
    ----------
    scores : float64 array of shape (n,)
        Distinct, the highest first: probabilities of the positive class, or any numbers that are
        higher for it.
    positives, negatives : int64 arrays of shape (n,)

    Examples
    --------
    >>> table = ScoreTable.of([0.2, 0.9, 0.2], positives=[0, 1, 1], negatives=[1, 0, 0])
    >>> table.scores, table.positives, table.negatives
    (array([0.9, 0.2]), array([1, 1]), array([0, 1]))
    >>> (table + table).rows, table.n_positives, table.n_negatives
    (6, 2, 1)
    """

    scores: Floats
    positives: Counts
    negatives: Counts

    @staticmethod
    def of(scores: npt.ArrayLike, positives: npt.ArrayLike, negatives: npt.ArrayLike) -> ScoreTable:
        """Build from scores in any order, some of them equal."""
        values = np.asarray(scores, np.float64)
        order = np.argsort(-values, kind="stable")
        values = values[order]
        is_first = np.ones(len(values), np.bool_)
        is_first[1:] = values[1:] != values[:-1]
        first = np.flatnonzero(is_first)
        of_positives, of_negatives = (
            np.add.reduceat(np.asarray(counts, np.int64)[order], first)
            for counts in (positives, negatives)
        )
        has_rows = of_positives + of_negatives > 0
        return ScoreTable(values[first][has_rows], of_positives[has_rows], of_negatives[has_rows])

    def __add__(self, other: ScoreTable) -> ScoreTable:
        """Pool the rows of both."""
        return ScoreTable.of(
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.positives, other.positives]),
            np.concatenate([self.negatives, other.negatives]),
        )

    @cached_property
    def n_positives(self) -> int:
        """Rows of the positive class."""
        return int(self.positives.sum())

    @cached_property
    def n_negatives(self) -> int:
        """Rows of the other classes."""
        return int(self.negatives.sum())

    @property
    def rows(self) -> int:
        """Rows of either kind."""
        return self.n_positives + self.n_negatives

    @cached_property
    def positives_from(self) -> Counts:
        """Rows of the positive class with each score or a higher one."""
        return np.cumsum(self.positives)

    @cached_property
    def negatives_from(self) -> Counts:
        """Rows of the other classes with each score or a higher one."""
        return np.cumsum(self.negatives)

    @property
    def tie_bound(self) -> float:
        """How far the ROC-AUC of scores that were binned to these can be from this table's.

        A positive and a negative row of one bin count as half in order, and the scores before may
        have had them in either: half of such pairs, as a share of all.

        Examples
        --------
        >>> ScoreTable.of([0.9, 0.2], [1, 1], [0, 1]).tie_bound
        0.25
        """
        pairs = float(self.n_positives) * self.n_negatives
        if not pairs:
            return 0.0
        return float(self.positives.astype(np.float64) @ self.negatives) / (2 * pairs)
