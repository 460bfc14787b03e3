"""Reading one version of a table, however often it is read and whoever writes to it meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.lake.find import lake_path, lake_table
from spark_smote.io.lake.table import LakeTable

__all__ = ["Pinned", "pin", "pinned"]

logger = logging.getLogger(__name__)

VERSION_OPTIONS = ("versionasof", "snapshot-id")
"""Options of readers that name a version, in lower case."""

TIMESTAMP_OPTION = "timestampasof"


@dataclass(frozen=True)
class Pinned:
    """A frame that reads one version of a table.

    Attributes
    ----------
    frame : DataFrame
    version : str
    """

    frame: DataFrame
    version: str


def pinned(
    spark: SparkSession,
    name: str,
    version: int | str | None = None,
    timestamp: str | None = None,
) -> DataFrame:
    """Open one version of a Delta or Iceberg table, which stays the same whoever writes to it.

    A sampler reads its table several times, and a table that grows in between has other rows
    each time; the frame returned here has not.

    Parameters
    ----------
    spark : SparkSession
    name : str
        A table, as in ``"catalog.schema.table"``, or the path of its folder, with a ``/``.
    version : int or str, optional
        A Delta version, or an Iceberg snapshot, branch or tag; by default the newest.
    timestamp : str, optional
        Instead of a version: the one that was the newest then, in the session's time zone.

    Returns
    -------
    DataFrame

    Raises
    ------
    ResamplingError
        If it is no Delta or Iceberg table, or has no such version.

    Examples
    --------
    >>> from spark_smote import pinned
    >>> try:
    ...     pinned(spark, "no.such.table")
    ... except ValueError as error:
    ...     print(error)
    'no.such.table' is no Delta or Iceberg table that this Spark knows; check the name.
    """
    table = lake_path(spark, name) if "/" in name else lake_table(spark, name)
    if table is None:
        raise ResamplingError(
            f"{name!r} is no Delta or Iceberg table that this Spark knows; check the name."
        )
    found = pin(table, None if version is None else str(version), timestamp)
    return table.read() if found is None else found.frame


def pin(
    table: LakeTable,
    version: str | None = None,
    timestamp: str | None = None,
    options: Mapping[str, str] | None = None,
) -> Pinned | None:
    """Open one version of a table: by default the newest.

    Parameters
    ----------
    table : LakeTable
    version, timestamp : str, optional
    options : mapping of str to str, optional
        Of Spark's reader.

    Returns
    -------
    Pinned or None
        None if the table has no version yet.
    """
    versions, timestamps, others = [version], [timestamp], {}
    for key, value in (options or {}).items():
        if key.lower() in VERSION_OPTIONS:
            versions.append(value)
        elif key.lower() == TIMESTAMP_OPTION:
            timestamps.append(value)
        else:
            others[key] = value
    named = [text for text in (*versions, *timestamps) if text is not None]
    if len(named) > 1:
        raise ResamplingError(
            f"{table.name!r} is to be read at several versions or timestamps, {named}: keep one."
        )
    version, timestamp = (next(filter(None, texts), None) for texts in (versions, timestamps))
    if timestamp is not None:
        number: str | None = table.version_at(timestamp)
    elif version is not None:
        number = table.named_version(version)
    else:
        number = table.version()
    return None if number is None else Pinned(table.read(number, others), number)
