"""Rows per class, counted while they are written."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.sql import quoted

__all__ = ["Counts", "RowCounter", "WrongRowsError"]

ROWS, BINS = "rows", "bins"

MAX_WAIT = 10
"""Seconds to wait for what Spark observed, once a write has ended."""


@dataclass(frozen=True)
class Counts:
    """Rows of a table.

    Attributes
    ----------
    rows : int
        All rows.
    by_class : dict of label to int
    """

    rows: int
    by_class: dict[Any, int]


class WrongRowsError(RuntimeError):
    """What was made is not what was planned."""


class RowCounter:
    """Counter of the rows that one write holds, without a second pass.

    Parameters
    ----------
    table_of : callable
        Finds the columns of classes in the frame to write.
    before : mapping of label to int
        Rows of each class that are written as they were in the table.
    added : mapping of label to int
        Rows that the plan adds to a class, or, if negative, leaves out.
    passed_through : int
        Rows of no class that are written.
    """

    def __init__(
        self,
        table_of: Callable[[DataFrame], LabeledTable],
        before: Mapping[Any, int],
        added: Mapping[Any, int],
        passed_through: int,
    ) -> None:
        self._table_of, self._before, self._passed_through = table_of, before, passed_through
        self._added = {label: added.get(label, 0) for label in before}
        self._observation = Observation()

    def select(self, frame: DataFrame) -> DataFrame:
        """Select the columns that tell the class of a row."""
        table = self._table_of(frame)
        return frame.select(*(quoted(field.name) for field in (table.label, *table.kept)))

    def observe(self, frame: DataFrame) -> DataFrame:
        """Return the frame to write, which must be written exactly once."""
        return frame.observe(self._observation, *self._counts(frame))

    def observed(self) -> Counts | None:
        """Return what the write held, or None if Spark does not tell.

        A write that a format carries out by a plan of its own, or skips, was not observed.
        """
        found: list[dict[str, Any]] = []

        def wait() -> None:
            with suppress(Exception):  # each kind of session has another for what it lacks
                found.append(self._observation.get)

        # Spark 4.1 waits for ever for a write that did not take place.
        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        waiting.join(MAX_WAIT)
        return self._by_class(found[0]) if found and ROWS in found[0] else None

    def count(self, frame: DataFrame) -> Counts:
        """Count the rows of a frame, in a job of its own."""
        row = frame.agg(*self._counts(frame)).first()
        assert row is not None  # of an aggregation without groups
        return self._by_class(row.asDict())

    def added(self, counts: Counts) -> dict[Any, int]:
        """Return the rows that were added to each class, from what a write holds.

        Raises
        ------
        WrongRowsError
            If what was written is not what was planned.
        """
        written = counts.by_class
        added = {label: written[label] - rows for label, rows in self._before.items()}
        passed_through = counts.rows - sum(written.values())
        if added != self._added or passed_through != self._passed_through:
            raise WrongRowsError(
                f"The write holds {written} rows by class and {passed_through} of none, where "
                f"{self._added} were to be added to {self._before} and {self._passed_through} of "
                "none: the input changed during the run, or is not the same each time it is read."
            )
        return added

    def is_planned(self, counts: Counts) -> bool:
        """Return whether counts are those of the plan."""
        try:
            self.added(counts)
        except WrongRowsError:
            return False
        return True

    def _counts(self, frame: DataFrame) -> list[Column]:
        labels = list(self._before)
        number = self._table_of(frame).class_number(labels).cast("double")
        # One column, where a count each would be thousands. With a bin for each class it is exact:
        # what Spark merges then is bins of one class, but for the last digits of its number.
        # As JSON, since Python gets no array that Spark 3.5 observed.
        bins = F.histogram_numeric(number, F.lit(max(2, len(labels))))
        return [F.count(F.lit(1)).alias(ROWS), F.to_json(bins).alias(BINS)]

    def _by_class(self, counts: Mapping[str, Any]) -> Counts:
        by_number: Counter[int] = Counter()
        for each in json.loads(counts[BINS] or "[]"):
            by_number[round(each["x"])] += int(each["y"])
        return Counts(counts[ROWS], {label: by_number[n] for n, label in enumerate(self._before)})
