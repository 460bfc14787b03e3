"""Finding out whether a name or a path is a table that keeps versions."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.catalog import table_details
from spark_smote.io.lake.delta import DeltaTable
from spark_smote.io.lake.iceberg import IcebergTable
from spark_smote.io.lake.table import LakeTable
from spark_smote.io.paths import local_path, url_of
from spark_smote.runtime.errors import brief

__all__ = ["KINDS", "default_format", "lake_path", "lake_table"]

logger = logging.getLogger(__name__)

KINDS: Mapping[str, type[LakeTable]] = {kind.format: kind for kind in (DeltaTable, IcebergTable)}

MARKS = {"delta": ("_delta_log",), "iceberg": ("metadata", "metadata/*.metadata.json")}
"""What a table of a format has in its folder; the second is looked for only where the first is."""


def lake_table(spark: SparkSession, name: str) -> LakeTable | None:
    """Return the table of a name, or None if there is none that keeps versions.

    A view is none: what it reads may change.
    """
    try:
        details = table_details(spark, name)
    except AnalysisException as error:  # no such table, or a name that is none
        logger.debug("table %s is not described: %s", name, brief(error))
        return None
    kind = KINDS.get(details.get("provider", "").lower())
    return kind(spark, name, False, details) if kind else None


def lake_path(spark: SparkSession, path: str, format: str | None = None) -> LakeTable | None:
    """Return the table in a folder, or None if it holds none that keeps versions.

    Parameters
    ----------
    spark : SparkSession
    path : str
    format : str, optional
        Its format, if that was named.

    Raises
    ------
    ResamplingError
        If the folder is such a table, and this Spark has not the package that reads it.
    """
    local = local_path(spark, path)
    url = url_of(local) or path.rstrip("/")
    for name in [format] if format else list(KINDS):
        if name not in KINDS or not _has_marks(spark, url, local, name):
            continue
        if not _is_known(spark, name, url):
            raise ResamplingError(
                f"{path!r} is a table of {name.capitalize()}, which this Spark cannot read: add "
                f"the package of {name.capitalize()} by spark.jars.packages; as plain Parquet, "
                "rows that were removed would be read, too."
            )
        return KINDS[name](spark, url, True, {})
    return None


def default_format(spark: SparkSession, table: str) -> str:
    """Return the format that a new table has if none is named."""
    parts = table.split(".")
    catalog = parts[0] if len(parts) > 2 else spark.catalog.currentCatalog()
    kind = spark.conf.get(f"spark.sql.catalog.{catalog}", "") or ""
    if "iceberg" in kind.lower() and not kind.endswith("SessionCatalog"):
        return "iceberg"
    return spark.conf.get("spark.sql.sources.default", "parquet") or "parquet"


def _has_marks(spark: SparkSession, path: str, local: Path | None, name: str) -> bool:
    """Return whether a folder holds what a table of a format has."""
    if set("*?[{") & set(path):
        return False
    if local is not None:
        return all(any(local.glob(mark)) for mark in MARKS[name])
    reader = spark.read.format("text")
    try:
        for mark in MARKS[name]:
            reader.load(f"{path}/{mark}").schema  # noqa: B018
    except Exception as error:  # file systems have errors of their own
        logger.debug("%s is no table of %s: %s", path, name, brief(error))
        return False
    return True


def _is_known(spark: SparkSession, name: str, path: str) -> bool:
    """Return whether this Spark knows a format, and so may read a table of it."""
    try:
        spark.read.format(name).load(path).schema  # noqa: B018
    except Exception as error:  # each format has errors of its own for what is broken
        return "DATA_SOURCE_NOT_FOUND" not in str(error)
    return True
