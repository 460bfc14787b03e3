"""Writing an output that is complete or absent, and counted before the old one is touched.

On a file system that this process and Spark share, a run writes into a hidden folder beside
the output (`.<name>.smote-<id>`) and renames it at the end; to append, into one in the output,
and moves its files up. Only a run that is killed outright leaves that folder; if the old output
was just being replaced, the folder holds it as `old`.

A table that keeps versions (Delta, Iceberg) takes all rows in one commit of its own. If they are
made from a pinned version, they are counted as they are written; if not, before.

The rows for an old table of another format are stored in a table beside it (`<name>_smote_<id>`),
which takes the right to create one, and written from there. A new table is dropped again if its
counts are wrong.

What remains are object stores and HDFS by path: all rows for an old output are made and counted
first, but on the disks of the executors. If one is lost while the old rows are being replaced, the
write fails. A new output that is wrong stays, and the error says so.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_smote.exceptions import ResamplingError
from spark_smote.io.lake.checks import check_output
from spark_smote.io.lake.writer import LakeWriter
from spark_smote.io.output.in_place import InPlaceWriter
from spark_smote.io.output.options import check_format
from spark_smote.io.output.row_counter import Counts, RowCounter, WrongRowsError
from spark_smote.io.output.staged import StagedWriter
from spark_smote.io.output.table import TableWriter
from spark_smote.io.output.target import find_target
from spark_smote.io.paths import local_path, url_of
from spark_smote.io.places import overlaps, places
from spark_smote.io.reader import Source
from spark_smote.io.spec import LAKE_FORMATS, Output
from spark_smote.runtime.errors import brief

__all__ = ["OutputWriter"]

logger = logging.getLogger(__name__)


class OutputWriter:
    """The output of a run: checked before the work, written after it.

    Parameters
    ----------
    spark : SparkSession
    output : Output

    Attributes
    ----------
    name : str
        The path or table name, as it was given.
    run_id : str
        The id of the run, made up if none is given.
    exists : bool
        Whether there is an output already.
    complete : bool
        Whether the new rows are in their place.

    Raises
    ------
    ResamplingError
        If Spark cannot reach the output.
    """

    def __init__(self, spark: SparkSession, output: Output) -> None:
        self._spark, self._output = spark, output
        self.run_id = output.runId or str(uuid.uuid4())
        self._started = datetime.now(UTC)
        self._target = find_target(spark, output)
        self.name = output.path or output.table or ""
        self.exists = self._target.exists
        self.complete = False
        self._writer = self._select_writer()

    @property
    def version(self) -> str | None:
        """The version that was written, of a table that keeps versions."""
        return self._writer.version if isinstance(self._writer, LakeWriter) else None

    def written_before(self, source: Source) -> str | None:
        """Return the version in which a run of the same id wrote its rows, if one did.

        A run that replaces rows of another table may be repeated.
        """
        table = self._target.table
        if not self._output.runId or table is None:
            return None
        if self._output.mode == "overwrite" and not self._is_input(source):
            return None
        commit = table.commit_of(self.run_id)
        return commit.version if commit else None

    def check(
        self,
        source: Source,
        schema: StructType,
        keeps_originals: bool,
        nulls: Collection[str] = (),
    ) -> None:
        """Check, before the work, that the output is new, is not the input and can be written.

        Parameters
        ----------
        source : Source
        schema : StructType
            Of the result.
        keeps_originals : bool
            Whether the result holds the rows of the input too.
        nulls : collection of str
            Columns that synthetic rows leave null.

        Raises
        ------
        ResamplingError
            If it is not so.
        """
        output, mode, target = self._output, self._output.mode, self._target
        if self.exists and mode == "errorifexists":
            raise ResamplingError(
                f"Output {self.name!r} exists already; choose another, or mode overwrite, append "
                "or ignore."
            )
        if self.exists and target.table is None and output.format in LAKE_FORMATS:
            raise ResamplingError(
                f"Output {self.name!r} is no table of {output.format}, as [output] format says: "
                "choose another output, or leave format out."
            )
        columns = self._with_audit(source, schema)
        for key, names in (("partitionBy", output.partitionBy), ("clusterBy", output.clusterBy)):
            for column in names:
                if column not in columns:
                    raise ResamplingError(
                        f"[output] {key} names {column!r}, which the result does not hold; "
                        f"columns: {columns}."
                    )
        loses = mode == "overwrite" or (mode == "append" and keeps_originals)
        is_input = self.exists and loses and self._is_input(source)
        if is_input and not (mode == "overwrite" and self._is_same_table(source)):
            raise ResamplingError(
                f"Output {self.name!r} is, holds or lies in the input, which mode {mode!r} would "
                "spoil: choose another output."
            )
        if isinstance(self._writer, LakeWriter):
            self._writer.is_pinned = source.version is not None
            self._writer.own_version = source.version if is_input else None
            self._writer.columns = check_output(
                target.table, output, target.format, source, is_input, columns, nulls
            )
        else:
            self._check_plain()
        if target.format is not None and target.table is None:
            check_format(self._spark, target.format, output.options)
        self._writer.check()

    def write(self, frame: DataFrame, counter: RowCounter) -> dict[Any, int] | None:
        """Write the rows, compare their counts with the plan, and only then change an old output.

        Parameters
        ----------
        frame : DataFrame
        counter : RowCounter
            Counts the rows while they are written.

        Returns
        -------
        dict of label to int or None
            Rows that were added to each class; None if Spark does not tell and they cannot be
            counted.

        Raises
        ------
        RuntimeError
            If the counts are not as planned; says what now stands.
        """
        try:
            self._writer.write(self._audited(frame), counter.observe)
            counts = self._counts(counter)
            added = counter.added(counts) if counts else None
        except WrongRowsError as error:
            raise RuntimeError(f"{error} {self._writer.discard()}") from error
        except BaseException:
            if self.version is None:
                self._writer.discard()
            self.complete = self.version is not None  # committed before it was stopped
            raise
        self._writer.publish(empty=counts is not None and counts.rows == 0)
        self.complete = True
        return added

    def clean(self) -> None:
        """Remove what is still staged, if anything is."""
        self._writer.clean()

    def _counts(self, counter: RowCounter) -> Counts | None:
        """Return what the write held: as Spark observed it, or else as it is read back.

        Spark observes rows twice that it makes twice, as for the order of an Iceberg table.
        """
        observed = counter.observed()
        if observed is not None and (self.version is None or counter.is_planned(observed)):
            return observed
        try:
            rows = self._writer.written(counter.select)
            return None if rows is None else counter.count(rows)
        except Exception as error:
            if self.version is None:
                raise
            logger.warning("the rows written are not counted: %s", brief(error))
            return None

    def _audited(self, frame: DataFrame) -> DataFrame:
        """Add the columns that tell of the run."""
        values = {"run": F.lit(self.run_id), "at": F.lit(self._started)}
        audit = {name: values[kind] for kind, name in self._output.columns.items()}
        return frame.withColumns(audit) if audit else frame

    def _with_audit(self, source: Source, schema: StructType) -> list[str]:
        """Return the columns of the result, with those that tell of the run."""
        audit = self._output.columns.values()
        known = {name.lower() for name in schema.names}
        taken = [name for name in audit if name.lower() in known]
        if taken and not self._is_same_table(source):
            raise ResamplingError(
                f"[output] columns names {taken[0]!r}, which is a column of the input: choose "
                "another name."
            )
        return [*schema.names, *(name for name in audit if name.lower() not in known)]

    def _check_plain(self) -> None:
        """Refuse what takes a table that keeps versions."""
        output = self._output
        needs = "takes a Delta or Iceberg table, and {} is none: leave it out."
        for key in ("replaceWhere", "clusterBy", "mergeSchema"):
            if getattr(output, key):
                raise ResamplingError(f"[output] {key} {needs.format(repr(self.name))}")
        if output.runId and output.mode == "append":
            raise ResamplingError(
                f"[output] runId with mode 'append' {needs.format(repr(self.name))[:-1]}, as a "
                "run that is repeated would write its rows twice."
            )

    def _select_writer(self) -> StagedWriter | TableWriter | InPlaceWriter | LakeWriter:
        output, target = self._output, self._target
        named = replace(output, format=target.format)
        is_new_lake = target.format in LAKE_FORMATS and (output.path or not target.exists)
        if target.table is not None or is_new_lake:
            named = replace(named, path=url_of(target.path) or output.path)
            return LakeWriter(self._spark, named, target.table, self.run_id)
        if output.table:
            # A new table's format is the catalog's to choose, if none is named.
            return TableWriter(self._spark, output, target.exists)
        if target.path is None:
            return InPlaceWriter(self._spark, named, target.exists)
        return StagedWriter(named, target.path)

    def _is_input(self, source: Source) -> bool:
        """Return whether the output is, holds or lies in what the input reads."""
        return overlaps(self._places(), _places_of(self._spark, source))

    def _is_same_table(self, source: Source) -> bool:
        """Return whether the output is the table that the input reads, at a known version."""
        if self._target.table is None or source.table is None or source.version is None:
            return False
        return self._places() == _places_of(self._spark, source)

    def _places(self) -> set[str]:
        output = self._output
        return places(self._spark, url_of(self._target.path) or output.path, output.table)


def _places_of(spark: SparkSession, source: Source) -> set[str]:
    path = source.input.path
    if path and (local := local_path(spark, path)):
        path = url_of(local)
    # A path is read as it is, but for a plain format; a view reads what it names.
    frame = None if source.table is not None else source.frame
    return places(spark, path, source.input.table, frame)
