"""Reading of the input, at one version where its format keeps versions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType

from spark_smote.exceptions import ResamplingError
from spark_smote.io.lake.find import lake_path, lake_table
from spark_smote.io.lake.pinning import Pinned, pin
from spark_smote.io.lake.table import LakeTable
from spark_smote.io.paths import format_of, local_path, url_of
from spark_smote.io.spec import LAKE_FORMATS, Input
from spark_smote.runtime.errors import brief
from spark_smote.runtime.redaction import redact

__all__ = ["Source", "read"]

logger = logging.getLogger(__name__)

READ_DEFAULTS = {"csv": {"header": "true", "inferSchema": "true"}}


@dataclass(frozen=True)
class Source:
    """An input that was opened.

    Attributes
    ----------
    input : Input
    frame : DataFrame
    table : LakeTable or None
        What it reads, if that keeps versions.
    version : str or None
        The version that every job reads; None if each job reads what is there then.
    """

    input: Input
    frame: DataFrame
    table: LakeTable | None = None
    version: str | None = None


def read(spark: SparkSession, source: Input) -> Source:
    """Open the input; rows are read only if a schema must be inferred.

    Raises
    ------
    ResamplingError
        If it does not exist, is not of its format, or has no such version.
    """
    table = _lake(spark, source)
    found = _pin(table, source) if table else None
    if table is None and (source.version or source.timestamp):
        raise ResamplingError(
            f"[input] version and timestamp are for tables that keep versions, as Delta and "
            f"Iceberg do, and {_name(source)!r} keeps none: leave them out."
        )
    frame = found.frame if found else _open_newest(spark, source, table)
    if found is None:
        logger.info(
            "%r is not pinned to a version: nobody may write to it during the run",
            redact(_name(source)),
        )
    else:
        logger.info("%r is read at version %s", redact(_name(source)), found.version)
    if source.where:
        frame = _part(frame, source.where)
    return Source(source, frame, table, found.version if found else None)


def _name(source: Input) -> str:
    return source.path or source.table or source.format or ""


def _lake(spark: SparkSession, source: Input) -> LakeTable | None:
    """Find the table that keeps versions, if the input is one."""
    if source.table:
        return lake_table(spark, source.table)
    if not source.path or source.format not in (None, *LAKE_FORMATS):
        return None
    return lake_path(spark, source.path, source.format)


def _pin(table: LakeTable, source: Input) -> Pinned | None:
    try:
        return pin(table, source.version, source.timestamp, source.options)
    except ResamplingError:
        raise
    except Exception as error:  # as where Spark lacks the extension for SQL
        if source.version or source.timestamp:
            raise
        logger.warning("the version of %r cannot be found: %s", table.name, brief(error))
        return None


def _part(frame: DataFrame, where: str) -> DataFrame:
    try:
        part = frame.where(where)
        part.schema  # noqa: B018 - Spark Connect looks at it only now
    except Exception as error:  # of the parser, of names and of types
        raise ResamplingError(
            f"[input] where {where!r} is no condition on this input: {brief(error)}; columns: "
            f"{frame.columns}."
        ) from error
    return part


def _open_newest(spark: SparkSession, source: Input, table: LakeTable | None) -> DataFrame:
    """Open an input that is not pinned."""
    name, kind = _name(source), "table"
    if table is not None:
        frame = _open(lambda: table.read(options=source.options), name, table.format)
    elif source.table:
        frame = _open(lambda: spark.read.options(**source.options).table(name), name, kind)
    else:
        kind = source.format or format_of(name)
        reader = spark.read.format(kind).options(**READ_DEFAULTS.get(kind, {}) | source.options)
        path = _url(spark, source.path) if source.path else None  # jdbc and others have none
        frame = _open(lambda: reader.load(path), name, kind)
    if not frame.columns:
        raise ResamplingError(f"Input {name!r} has no columns; check that it is {kind} data.")
    is_text = all(isinstance(field.dataType, StringType) for field in frame.schema)
    if kind in READ_DEFAULTS and is_text and frame.isEmpty():  # no row to infer types from
        raise ResamplingError(f"Input {name!r} has a header and no rows; check what wrote it.")
    return frame


def _url(spark: SparkSession, path: str) -> str:
    local = local_path(spark, path)
    if local and not local.exists() and not set("*?[{") & set(path):
        raise ResamplingError(f"Input {path!r} does not exist; check its path.")
    return url_of(local) or path


def _open(load: Callable[[], DataFrame], name: str, kind: str) -> DataFrame:
    try:
        frame = load()
        frame.schema  # noqa: B018 - Spark Connect looks for the input only now
    except Exception as error:  # of many kinds, and all mean that the input is not usable
        if "PATH_NOT_FOUND" in str(error):
            raise ResamplingError(f"Input {name!r} does not exist; check its path.") from error
        if "TABLE_OR_VIEW_NOT_FOUND" in str(error):
            raise ResamplingError(
                f"Input table {name!r} does not exist; check catalog, schema and name, or write "
                f"./{name} if it is a file."
            ) from error
        if "UNABLE_TO_INFER_SCHEMA" in str(error):
            raise ResamplingError(
                f"Input {name!r} holds no {kind} data; check its path, or name its format by "
                "--input-format."
            ) from error
        raise ResamplingError(
            f"Input {name!r} cannot be read as {kind}: {brief(error)}; check its format and path."
        ) from error
    return frame
