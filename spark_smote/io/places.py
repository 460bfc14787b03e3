"""Where the rows of a path, a table or a view are, to compare them however they are spelled."""

from __future__ import annotations

import glob
import os
import re
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession

from spark_smote.io.catalog import table_details
from spark_smote.io.paths import canonical, overlap

__all__ = ["overlaps", "places"]


def places(
    spark: SparkSession,
    path: str | None = None,
    table: str | None = None,
    frame: DataFrame | None = None,
) -> set[str]:
    """Return the canonical paths of folders and files.

    Parameters
    ----------
    spark : SparkSession
    path : str, optional
        A path or a glob.
    table : str, optional
        The name of a table or a view; its location, or if its catalog tells none, the folders of
        its files.
    frame : DataFrame, optional
        What a path or a view reads, if that may be elsewhere.
    """
    found = set()
    if path:
        found |= {canonical(path), *map(os.path.realpath, glob.glob(canonical(path)))}
    if table and spark.catalog.tableExists(table):
        if location := table_details(spark, table).get("location"):
            return {canonical(location)}
        frame = spark.table(table) if frame is None else frame
    if frame is not None:
        files = map(unquote, frame.inputFiles())
        # Folders of partitions are in that of the table.
        found |= {canonical(re.sub(r"(/[^/=]+=[^/]*)*/[^/]*$", "", file)) for file in files}
    return found


def overlaps(some: set[str], others: set[str]) -> bool:
    """Return whether a place is in another, or equal to it."""
    return any(overlap(one, other) for one in some for other in others)
