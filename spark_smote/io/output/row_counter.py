"""Rows per class, counted while they are written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from spark_smote.engine.table.labeled_table import labeled_table

__all__ = ["RowCounter", "WrongRowsError"]

ROWS, BINS = "rows", "bins"


class WrongRowsError(RuntimeError):
    """What was made is not what was planned."""


class RowCounter:
    """Counter of the rows that one write holds, without a second pass.

    Parameters
    ----------
    label_col : str
    before : mapping of label to int
        Rows of each class that are written as they were in the table.
    added : mapping of label to int
        Rows that the plan adds to a class, or, if negative, leaves out.
    unlabeled : int
        Rows without a label that are written.

    Attributes
    ----------
    rows : int
        All rows written, known once `added` was called.
    """

    def __init__(
        self, label_col: str, before: Mapping[Any, int], added: Mapping[Any, int], unlabeled: int
    ) -> None:
        self._label_col, self._before, self._unlabeled = label_col, before, unlabeled
        self._added = {label: added.get(label, 0) for label in before}
        self._observation = Observation()
        self.rows = 0

    def observe(self, frame: DataFrame) -> DataFrame:
        """Return the frame to write, which must be written exactly once."""
        labels = list(self._before)
        number = labeled_table(frame, self._label_col).class_number(labels).cast("double")
        # One column, where a count each would be thousands. With a bin for each class it is exact:
        # what Spark merges then is bins of one class, but for the last digits of its number.
        # As JSON, since Python gets no array that Spark 3.5 observed.
        bins = F.histogram_numeric(number, F.lit(max(2, len(labels))))
        return frame.observe(
            self._observation, F.count(F.lit(1)).alias(ROWS), F.to_json(bins).alias(BINS)
        )

    def added(self) -> dict[Any, int]:
        """Return the rows that were added to each class, after the write.

        Raises
        ------
        WrongRowsError
            If what was written is not what was planned.
        """
        counts = self._observation.get
        self.rows = counts[ROWS]
        by_number: Counter[int] = Counter()
        for each in json.loads(counts[BINS] or "[]"):
            by_number[round(each["x"])] += int(each["y"])
        written = {label: by_number[n] for n, label in enumerate(self._before)}
        added = {label: written[label] - rows for label, rows in self._before.items()}
        unlabeled = self.rows - sum(written.values())
        if added != self._added or unlabeled != self._unlabeled:
            raise WrongRowsError(
                f"The write holds {written} rows by class and {unlabeled} without a label, where "
                f"{self._added} were to be added to {self._before} and {self._unlabeled} without a "
                "label: the input changed during the run, or is not the same each time it is read."
            )
        return added
