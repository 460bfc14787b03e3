"""Writing an output that is complete or absent, and counted before the old one is touched.

On a file system that this process and Spark share, a run writes into a hidden folder beside
the output (`.<name>.smote-<id>`) and renames it at the end; to append, into one in the output,
and moves its files up. Only a run that is killed outright leaves that folder; if the old output
was just being replaced, the folder holds it as `old`.

The rows for an old catalog table are stored in a table beside it (`<name>_smote_<id>`), which
takes the right to create one, and written from there. A new table is dropped again if its
counts are wrong.

What remains are object stores, HDFS, and formats with a log of their own (Delta, Iceberg,
Hudi) by path: all rows for an old output are made and counted first, but on the disks of the
executors. If one is lost while the old rows are being replaced, the write fails; only a format
that keeps versions has them still. A new output that is wrong stays, and the error says so.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.output.in_place import InPlaceWriter
from spark_smote.io.output.options import check_format
from spark_smote.io.output.row_counter import RowCounter, WrongRowsError
from spark_smote.io.output.staged import StagedWriter
from spark_smote.io.output.table import TableWriter, table_parts
from spark_smote.io.paths import canonical, format_of, local_path, overlap, url_of
from spark_smote.io.spec import LOGGED_FORMATS, Input, Output
from spark_smote.runtime.errors import brief

__all__ = ["OutputWriter"]


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
        self._format = output.format or (format_of(output.path) if output.path else None)
        local = local_path(spark, output.path) if output.path else None
        # Links are followed, so that the folder beside it is on the same file system.
        self._path = Path(os.path.realpath(local)) if local else None
        self.name = output.path or output.table or ""
        self.exists = self._exists()
        self.complete = False
        self._writer = self._select_writer()

    def check(
        self, source: Input, frame: DataFrame, columns: Sequence[str], keeps_originals: bool
    ) -> None:
        """Check, before the work, that the output is new, is not the input and can be written.

        Parameters
        ----------
        source : Input
        frame : DataFrame
            The rows of `source`.
        columns : sequence of str
            Columns of the result.
        keeps_originals : bool
            Whether the result holds the rows of the input too.

        Raises
        ------
        ResamplingError
            If it is not so.
        """
        mode = self._output.mode
        if self.exists and mode == "errorifexists":
            raise ResamplingError(
                f"Output {self.name!r} exists already; choose another, or mode overwrite, append "
                "or ignore."
            )
        loses = mode == "overwrite" or (mode == "append" and keeps_originals)
        if self.exists and loses and self._is_input(source, frame):
            raise ResamplingError(
                f"Output {self.name!r} is, holds or lies in the input, which mode {mode!r} would "
                "spoil: choose another output."
            )
        for column in self._output.partitionBy:
            if column not in columns:
                raise ResamplingError(
                    f"[output] partitionBy names {column!r}, which the result does not hold; "
                    f"columns: {list(columns)}."
                )
        if self._format is not None:
            check_format(self._spark, self._format, self._output.options)
        self._writer.check()

    def write(self, frame: DataFrame, counter: RowCounter) -> dict[Any, int]:
        """Write the rows, compare their counts with the plan, and only then change an old output.

        Parameters
        ----------
        frame : DataFrame
        counter : RowCounter
            Counts the rows while they are written.

        Returns
        -------
        dict of label to int
            Rows that were added to each class.

        Raises
        ------
        RuntimeError
            If the counts are not as planned; says what now stands.
        """
        try:
            self._writer.write(frame, counter.observe)
            added = counter.added()
        except WrongRowsError as error:
            raise RuntimeError(f"{error} {self._writer.discard()}") from error
        except BaseException:
            self._writer.discard()
            raise
        self._writer.publish(empty=counter.rows == 0)
        self.complete = True
        return added

    def clean(self) -> None:
        """Remove what is still staged, if anything is."""
        self._writer.clean()

    def _select_writer(self) -> StagedWriter | TableWriter | InPlaceWriter:
        output = replace(self._output, format=self._format)
        if output.table:
            return TableWriter(self._spark, output, self.exists)
        if self._path is None:
            return InPlaceWriter(output, self.exists)
        if self._format in LOGGED_FORMATS:
            return InPlaceWriter(replace(output, path=url_of(self._path)), self.exists)
        return StagedWriter(output, self._path)

    def _exists(self) -> bool:
        try:
            if self._output.table:
                return self._spark.catalog.tableExists(self._output.table)
            if self._path is not None:
                return os.path.lexists(self._path)
            self._spark.read.format("text").load(self._output.path).schema  # noqa: B018
        except Exception as error:  # file systems and catalogs have errors of their own
            if "PATH_NOT_FOUND" in str(error):
                return False
            if "onflicting directory structures" not in str(error):
                raise ResamplingError(
                    f"Output {self.name!r} cannot be reached: {brief(error)}; check its name and "
                    "what Spark needs to get there."
                ) from error
        return True

    def _is_input(self, source: Input, frame: DataFrame) -> bool:
        if self._output.table:
            return source.table is not None and (
                self._qualified(source.table) == self._qualified(self._output.table)
            )
        read = [unquote(file) for file in frame.inputFiles()]
        if source.path:
            read.append(url_of(local_path(self._spark, source.path)) or source.path)
        written = canonical(url_of(self._path) or self.name)
        return any(overlap(written, canonical(path)) for path in read)

    def _qualified(self, table: str) -> list[str]:
        parts = [part.lower() for part in table_parts(table)]
        catalog = self._spark.catalog
        home = [catalog.currentCatalog().lower(), catalog.currentDatabase().lower()]
        return home[: max(0, 3 - len(parts))] + parts
