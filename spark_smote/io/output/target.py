"""What an output is before the run: where it is, whether it exists, and of which format."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.lake.find import default_format, lake_path, lake_table
from spark_smote.io.lake.table import LakeTable
from spark_smote.io.paths import format_of, local_path, url_of
from spark_smote.io.spec import LAKE_FORMATS, Output
from spark_smote.runtime.errors import brief

__all__ = ["Target", "find_target"]


@dataclass(frozen=True)
class Target:
    """An output, as it was found.

    Attributes
    ----------
    exists : bool
    path : Path or None
        Its real path, on a file system that this process and Spark share.
    table : LakeTable or None
        The table, if it is one that keeps versions.
    format : str or None
        The format to write; None for an old table of another kind.
    """

    exists: bool
    path: Path | None
    table: LakeTable | None
    format: str | None


def find_target(spark: SparkSession, output: Output) -> Target:
    """Find out what the output is.

    Raises
    ------
    ResamplingError
        If Spark cannot reach it.
    """
    local = local_path(spark, output.path) if output.path else None
    # Links are followed, so that the folder beside it is on the same file system.
    path = Path(os.path.realpath(local)) if local else None
    exists = _exists(spark, output, path)
    table = _table(spark, output, path) if exists else None
    if table is not None:
        found: str | None = table.format
    elif output.path:
        found = format_of(output.path)
    else:
        found = None if exists else default_format(spark, output.table or "")
    return Target(exists, path, table, output.format or found)


def _exists(spark: SparkSession, output: Output, path: Path | None) -> bool:
    try:
        if output.table:
            return bool(spark.catalog.tableExists(output.table))
        if path is not None:
            return os.path.lexists(path)
        spark.read.format("text").load(output.path).schema  # noqa: B018
    except Exception as error:  # file systems and catalogs have errors of their own
        if "PATH_NOT_FOUND" in str(error):
            return False
        if "onflicting directory structures" not in str(error):
            raise ResamplingError(
                f"Output {output.path or output.table!r} cannot be reached: {brief(error)}; check "
                "its name and what Spark needs to get there."
            ) from error
    return True


def _table(spark: SparkSession, output: Output, path: Path | None) -> LakeTable | None:
    if output.table:
        return lake_table(spark, output.table)
    named = output.format if output.format in LAKE_FORMATS else None
    return lake_path(spark, url_of(path) or output.path or "", named)
