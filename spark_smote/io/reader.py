"""Reading of the input."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType

from spark_smote.exceptions import ResamplingError
from spark_smote.io.paths import format_of, local_path, url_of
from spark_smote.io.spec import Input
from spark_smote.runtime.errors import brief

__all__ = ["read"]

READ_DEFAULTS = {"csv": {"header": "true", "inferSchema": "true"}}


def read(spark: SparkSession, source: Input) -> DataFrame:
    """Open the input; rows are read only if a schema must be inferred.

    Raises
    ------
    ResamplingError
        If it does not exist or is not of its format.
    """
    name = source.path or source.table or source.format or ""
    if source.table:
        kind = "table"
        frame = _open(lambda: spark.table(name), name, kind)
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
