"""Writing to a table that keeps versions: one commit, or none."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote.engine.table.sql import quoted, sql_name
from spark_smote.io.lake.find import KINDS, lake_path, lake_table
from spark_smote.io.lake.table import Commit, LakeTable
from spark_smote.io.output.in_place import materialized, repartitioned, save
from spark_smote.io.spec import Output
from spark_smote.runtime.errors import brief

__all__ = ["LakeWriter"]

logger = logging.getLogger(__name__)


class LakeWriter:
    """Writer of a Delta or Iceberg table.

    The commit is the format's own, atomic one. Rows of an input that is not pinned are made and
    counted before it.

    Parameters
    ----------
    spark : SparkSession
    output : Output
        With the format, and the URL that Spark is to use.
    table : LakeTable or None
        The table, if it exists.
    run_id : str
        Marks the commit.

    Attributes
    ----------
    is_pinned : bool
        Whether the rows to write are the same each time they are made.
    own_version : str or None
        The version of the table that the rows are made from, if it is the input, too.
    columns : list of str or None
        The columns to write, if not all.
    """

    def __init__(
        self, spark: SparkSession, output: Output, table: LakeTable | None, run_id: str
    ) -> None:
        self._spark, self._output, self._table, self._run_id = spark, output, table, run_id
        self._is_new = table is None
        self._waiting: DataFrame | None = None
        self._commit: Commit | None = None
        self.is_pinned = False
        self.own_version: str | None = None
        self.columns: list[str] | None = None

    @property
    def version(self) -> str | None:
        """The version that was written, if it is known."""
        return self._commit.version if self._commit else None

    def check(self) -> None:
        """Do nothing: what the table demands is checked with the input."""

    def write(self, frame: DataFrame, observe: Callable[[DataFrame], DataFrame]) -> None:
        """Commit the rows of a new table or of a pinned input; else only make them."""
        frame = repartitioned(self._within_condition(frame), self._output)
        if self._is_new or self.is_pinned:
            self._write(observe(frame))
        else:
            self._waiting = materialized(frame, observe)

    def written(self, select: Callable[[DataFrame], DataFrame]) -> DataFrame | None:
        """Return some columns of the rows that were written, or None if they are not known."""
        if self._waiting is not None:
            return select(self._waiting)
        if self._table is None or self._commit is None:
            return None
        rows = self._table.read(self._commit.version)
        if self._output.mode == "append" and self._commit.before is not None:
            before = self._table.read(self._commit.before)
            return select(rows).exceptAll(select(before))
        if self._output.replaceWhere and not self._is_new:
            rows = rows.where(self._output.replaceWhere)
        return select(rows)

    def publish(self, empty: bool) -> None:
        """Commit the rows that were made, if that is not done yet."""
        if self._waiting is not None:
            self._write(self._waiting)

    def discard(self) -> str:
        """Drop a table that this run created, and return what now stands."""
        if self._commit is None:
            with suppress(Exception):  # classic Spark 3.5 has no such call
                self._spark.interruptAll()
            self._find_commit()
        if self._commit is None or self._table is None:
            return "The output is as it was."
        name, version = self._table.name, self._commit.version
        if not self._is_new:
            return (
                f"Version {version} of {name!r} holds these rows: take it back by "
                f"{self._table.undo(self._commit)}."
            )
        if self._table.is_path:
            return f"Output {name!r} holds these rows: remove it, and run again."
        try:
            self._spark.sql(f"DROP TABLE {name}")
        except Exception as error:  # catalogs have errors of their own
            logger.warning("table %s could not be dropped: %s", name, brief(error))
            return f"Table {name} holds these rows: drop it."
        self._commit = None
        return "The new table was dropped again."

    def clean(self) -> None:
        """Do nothing: of a commit that fails stay files that nobody reads."""

    def _write(self, frame: DataFrame) -> None:
        if self.columns is not None:
            frame = frame.select(*map(quoted, self.columns))
        if self._table is None:
            self._create(frame)
        else:
            self._check_unchanged(self._table)
            self._change(self._table, frame)
        if self._find_commit() and self._commit is None:
            logger.warning(
                "no version in the history of the output is of run %r: if it was written before, "
                "and its version has expired, Delta has not written it again",
                self._run_id,
            )

    def _find_commit(self) -> bool:
        """Find what was committed, if anything was; return whether the history could be read."""
        try:
            self._table = self._table or self._find()
            self._commit = self._table.commit_of(self._run_id) if self._table else None
        except Exception as error:  # the rows may be in place: no reason to fail
            logger.warning("the version that was written is not known: %s", brief(error))
            return False
        return True

    def _find(self) -> LakeTable | None:
        output = self._output
        if output.table:
            return lake_table(self._spark, output.table)
        return lake_path(self._spark, output.path or "", output.format)

    def _create(self, frame: DataFrame) -> None:
        """Create the table with all rows, in one commit."""
        output = self._output
        kind = KINDS[output.format or ""]
        options = output.options | kind.commit_options(self._run_id, once=True)
        with kind.creating(self._spark, self._run_id):
            if output.clusterBy:
                self._create_clustered(frame)
            else:
                save(frame, replace(output, options=options, mode="errorifexists"))

    def _create_clustered(self, frame: DataFrame) -> None:
        """Create the table by SQL: Spark's writers cluster no table of Delta."""
        output, view = self._output, f"smote_{uuid.uuid4().hex}"
        name = output.table or f"delta.`{output.path}`"
        columns = ", ".join(map(sql_name, output.clusterBy))
        frame.createOrReplaceTempView(view)
        try:
            self._spark.sql(
                f"CREATE TABLE {name} USING {output.format} CLUSTER BY ({columns}) "
                f"AS SELECT * FROM {view}"
            )
        finally:
            self._spark.catalog.dropTempView(view)

    def _change(self, table: LakeTable, frame: DataFrame) -> None:
        """Append to the table, or replace all of its rows or those of a condition."""
        output, appends = self._output, self._output.mode == "append"
        options = output.options | table.commit_options(self._run_id, once=appends)
        if output.mergeSchema:
            options["mergeSchema"] = "true"
        if not (appends or output.replaceWhere):
            options |= table.overwrite_options()
        if table.is_path:
            if output.replaceWhere:
                options["replaceWhere"] = output.replaceWhere
            changed = replace(output, format=table.format, path=table.name, partitionBy=[])
            save(frame, replace(changed, options=options))
            return
        writer = frame.writeTo(table.name).options(**options)
        if appends:
            writer.append()
        elif output.replaceWhere:
            writer.overwrite(F.expr(output.replaceWhere))
        else:  # Spark's saveAsTable would replace the table, with its properties
            writer.overwrite(F.lit(True))

    def _within_condition(self, frame: DataFrame) -> DataFrame:
        """Raise at a row that the next overwrite of the condition would not replace."""
        condition = self._output.replaceWhere
        if condition is None:
            return frame
        is_within = F.coalesce(F.expr(condition), F.lit(False))
        message = f"a row is not within replaceWhere {condition!r}: nothing was written"
        error = F.raise_error(F.lit(message)).cast("boolean")
        return frame.where(F.when(is_within, F.lit(True)).otherwise(error))

    def _check_unchanged(self, table: LakeTable) -> None:
        """Check that what is replaced is what the rows were made from."""
        if self.own_version is None or (newest := table.version()) == self.own_version:
            return
        condition = self._output.replaceWhere
        if condition is None or not _is_same(
            table.read(self.own_version).where(condition), table.read(newest).where(condition)
        ):
            raise RuntimeError(
                f"{table.name!r} changed during the run, from version {self.own_version} to "
                f"{newest}, and what was changed would be lost: it was left as it is; run again."
            )


def _is_same(one: DataFrame, other: DataFrame) -> bool:
    """Return whether two frames hold the same rows, as far as their number and a hash tell."""
    row_hash = F.xxhash64(F.to_json(F.struct("*"))).cast("decimal(38, 0)")
    first, second = (
        frame.agg(F.count(F.lit(1)), F.sum(row_hash)).first() for frame in (one, other)
    )
    return first == second
