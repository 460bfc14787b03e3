"""Writing of catalog tables; an old one is touched only when its successor is stored whole."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.output.in_place import repartitioned, save
from spark_smote.io.spec import Output
from spark_smote.runtime.errors import brief

__all__ = ["TableWriter", "schema_exists"]

logger = logging.getLogger(__name__)


def table_parts(table: str) -> list[str]:
    """Return catalog, schema and name of a table, as far as they are named."""
    return [part.strip("`") for part in re.findall(r"`[^`]*`|[^.`]+", table)]


def schema_exists(spark: SparkSession, table: str) -> bool:
    """Return whether the schema exists that a table is to be in."""
    *schema, _ = table_parts(table)
    return not schema or bool(spark.catalog.databaseExists(_quoted(schema)))


class TableWriter:
    """Writer of a table; rows for an old table are first stored in a table beside it.

    They are counted there, and stay there until the old table holds them: what executors keep
    on their own disks dies with them.

    Parameters
    ----------
    spark : SparkSession
    output : Output
    exists : bool
        Whether there is an old table.
    """

    def __init__(self, spark: SparkSession, output: Output, exists: bool) -> None:
        self._spark, self._output, self._exists = spark, output, exists
        *self._schema, name = table_parts(output.table or "")
        self._prefix = f"{name}_smote_"
        self._staging = _quoted([*self._schema, self._prefix + uuid.uuid4().hex[:12]])
        self._created: str | None = None

    def check(self) -> None:
        """Check that a new table's schema exists, and look for what killed runs left.

        Raises
        ------
        ResamplingError
            If the schema does not exist, or if the table is missing and a killed run left its
            successor.
        """
        table = self._output.table
        if not self._exists and not schema_exists(self._spark, table or ""):
            raise ResamplingError(
                f"Output table {table!r} cannot be made: schema {'.'.join(self._schema)!r} does "
                f"not exist; create it, or write ./{table} for a file."
            )
        left = self._left()
        if len(left) == 1 and not self._exists:
            raise ResamplingError(
                f"Output table {table!r} is missing, and {left[0]} holds what a killed run was "
                f"replacing it by: put it in place with ALTER TABLE {left[0]} RENAME TO {table}, "
                "or drop it."
            )
        if left:
            logger.warning(
                "%s is of a run that was killed, or still writes to %s; drop it if none does",
                ", ".join(left), table,
            )  # fmt: skip

    def write(self, frame: DataFrame, observe: Callable[[DataFrame], DataFrame]) -> None:
        """Write all rows, to a table beside the old one if there is one."""
        if not self._exists:
            save(observe(repartitioned(frame, self._output)), self._output)
            self._created = self._output.table
            return
        # Created empty, so that whatever a killed write leaves belongs to a table.
        staging = Output(table=self._staging, format=self._output.format)
        save(self._spark.createDataFrame([], frame.schema), staging)
        self._created = self._staging
        save(observe(frame), replace(staging, mode="append"))

    def written(self, select: Callable[[DataFrame], DataFrame]) -> DataFrame | None:
        """Return some columns of the rows that were stored."""
        return select(self._spark.table(self._created or ""))

    def publish(self, empty: bool) -> None:
        """Write the stored rows to the old table.

        Raises
        ------
        RuntimeError
            If an overwrite fails; the message names the table that holds all rows.
        """
        if not self._exists:
            return
        try:
            save(repartitioned(self._spark.table(self._staging), self._output), self._output)
        except BaseException as error:
            if self._stands_after(error):
                self.discard()
                raise
            where = (
                f"all rows for {self._output.table} are in table {self._staging}: write them from "
                "there, or run again and drop it"
            )
            if isinstance(error, Exception):
                raise RuntimeError(f"{brief(error)}; {where}.") from error
            raise KeyboardInterrupt(where) from error
        self.discard()

    def discard(self) -> str:
        """Drop the table that this run created, and return what now stands."""
        if self._created is None:
            return "The output is as it was."
        with suppress(Exception):  # classic Spark 3.5 has no such call
            self._spark.interruptAll()
        try:
            self._spark.sql(f"DROP TABLE IF EXISTS {self._created}")
        except Exception as error:  # catalogs have errors of their own
            logger.warning("table %s could not be dropped: %s", self._created, brief(error))
            return f"Table {self._created} holds these rows: drop it."
        self._created = None
        return "The output is as it was." if self._exists else "The new table was dropped again."

    def clean(self) -> None:
        """Do nothing: `discard` needs the session, which has ended by now."""

    def _stands_after(self, error: BaseException) -> bool:
        """Return whether the old table is as it was after a write that failed."""
        if self._output.mode == "append":  # which Spark's committers undo
            return True
        return isinstance(error, AnalysisException) and self._spark.catalog.tableExists(
            self._output.table or ""
        )

    def _left(self) -> list[str]:
        """Return the tables beside the output that other runs stored rows in."""
        where = f" IN {_quoted(self._schema)}" if self._schema else ""
        like = re.sub(r"\W", "*", self._prefix)
        try:
            rows = self._spark.sql(f"SHOW TABLES{where} LIKE '{like}*'").collect()
        except Exception as error:  # not every catalog lists its tables
            logger.debug("tables beside %s are not listed: %s", self._output.table, brief(error))
            return []
        pattern = re.escape(self._prefix) + "[0-9a-f]{12}"
        names = [row.tableName for row in rows if re.fullmatch(pattern, row.tableName, re.I)]
        return [_quoted([*self._schema, name]) for name in sorted(names)]


def _quoted(parts: list[str]) -> str:
    return ".".join(f"`{part}`" for part in parts)
