"""Table of all runs: what each made of each class."""

from __future__ import annotations

import logging
from datetime import datetime

from pyspark.sql import DataFrame, SparkSession

from spark_smote.cli.reports.report import Run, class_text
from spark_smote.exceptions import ResamplingError
from spark_smote.io.lake.find import default_format, lake_table
from spark_smote.io.output.table import schema_exists
from spark_smote.runtime.errors import brief
from spark_smote.runtime.redaction import redact

__all__ = ["RunLog"]

logger = logging.getLogger(__name__)

COLUMNS = {
    "run_id": "string",
    "started": "timestamp",
    "input": "string",
    "input_version": "string",
    "output": "string",
    "output_version": "string",
    "method": "string",
    "label": "string",
    "before": "bigint",
    "asked": "bigint",
    "made": "bigint",
    "seconds": "double",
    "status": "string",
}


class RunLog:
    """The table of [report], which a run appends a row to for each class.

    Parameters
    ----------
    spark : SparkSession
    table : str
    """

    def __init__(self, spark: SparkSession, table: str) -> None:
        self._spark, self._table = spark, table

    def check(self) -> None:
        """Check, before the work, that the table can take the rows of a run.

        Raises
        ------
        ResamplingError
        """
        if not self._spark.catalog.tableExists(self._table):
            if not schema_exists(self._spark, self._table):
                raise ResamplingError(
                    f"[report] table {self._table!r} cannot be made: its schema does not exist; "
                    "create it, or choose another."
                )
            return
        known = set(self._spark.table(self._table).columns)
        if missing := [name for name in COLUMNS if name not in known]:
            raise ResamplingError(
                f"[report] table {self._table!r} has no columns {missing}, so that it is no table "
                "of runs: choose another; a new one is made."
            )

    def write(self, completed: Run, status: str) -> None:
        """Append the rows of a run; a failure is a warning, as the output is complete by now.

        Parameters
        ----------
        completed : Run
        status : {"done", "failed"}
        """
        try:
            self._append(self._rows(completed, status))
        except Exception as error:  # catalogs have errors of their own
            logger.warning("table %s got no rows of this run: %s", self._table, brief(error))

    def _rows(self, completed: Run, status: str) -> DataFrame:
        config = completed.config
        source = config.input.path or config.input.table or config.input.format or ""
        rows = [
            (
                completed.run_id,
                datetime.fromtimestamp(completed.started),
                redact(source),
                completed.input_version,
                redact(config.output.path or config.output.table or ""),
                completed.output_version,
                type(config.sampler).__name__,
                class_text(each["label"], each.get("group", {})),
                each["before"],
                each["asked"],
                each["made"],
                round(sum(completed.seconds.values()), 3),
                status,
            )
            for each in completed.classes
        ]
        schema = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        return self._spark.createDataFrame(rows, schema)

    def _append(self, rows: DataFrame) -> None:
        if not self._spark.catalog.tableExists(self._table):
            kind = default_format(self._spark, self._table)
            rows.write.format(kind).saveAsTable(self._table)
        elif lake_table(self._spark, self._table):
            rows.writeTo(self._table).append()
        else:  # by position
            columns = self._spark.table(self._table).columns
            rows.select(*columns).write.insertInto(self._table)
