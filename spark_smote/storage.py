"""Reading the input, and which paths this process and Spark both see."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from spark_smote.config import FORMATS, Input

__all__ = ["brief", "format_of", "local_path", "overlap", "plain", "read", "url_of"]

READ_DEFAULTS = {"csv": {"header": "true", "inferSchema": "true"}}


def read(spark: SparkSession, source: Input) -> DataFrame:
    """Open the input; rows are read only where a schema must be inferred.

    Raises
    ------
    ValueError
        Where it does not exist or is not of its format.
    """
    name = source.path or source.table or ""
    if source.table:
        kind = "table"
        frame = _open(lambda: spark.table(name), name, kind)
    else:
        kind = source.format or format_of(name)
        reader = spark.read.format(kind).options(**READ_DEFAULTS.get(kind, {}) | source.options)
        local = local_path(spark, name)
        if local and not local.exists() and not set("*?[{") & set(name):
            raise ValueError(f"Input {name!r} does not exist; check its path.")
        place = url_of(local) or name
        frame = _open(lambda: reader.load(place), name, kind)
    if not frame.columns:
        raise ValueError(f"Input {name!r} has no columns; check that it is {kind} data.")
    return frame


def _open(opened: Callable[[], DataFrame], name: str, kind: str) -> DataFrame:
    try:
        frame = opened()
        frame.schema  # noqa: B018 - Spark Connect looks for the input only now
    except Exception as error:  # of many kinds, and all mean that the input is not usable
        if "PATH_NOT_FOUND" in str(error):
            raise ValueError(f"Input {name!r} does not exist; check its path.") from error
        if "TABLE_OR_VIEW_NOT_FOUND" in str(error):
            raise ValueError(
                f"Input table {name!r} does not exist; check catalog, schema and name, or write "
                f"./{name} if it is a file."
            ) from error
        raise ValueError(
            f"Input {name!r} cannot be read as {kind}: {brief(error)}; check its format and path."
        ) from error
    return frame


def format_of(path: str) -> str:
    """Tell a format from the ending of a path; Parquet, if it has none that is known."""
    ending = Path(urlsplit(path).path.rstrip("/")).suffix[1:].lower()
    return ending if ending in FORMATS else "parquet"


def local_path(spark: SparkSession, path: str) -> Path | None:
    """Give the absolute path, where this process and Spark see the same files under it."""
    scheme = re.match(r"([A-Za-z][\w+.-]+):", path)
    if scheme and scheme[1].lower() != "file":
        return None
    with tempfile.TemporaryDirectory(prefix="spark-smote-") as probe:
        try:
            spark.read.format("text").load(f"{'file:' if scheme else ''}{probe}").schema  # noqa: B018
        except AnalysisException:
            return None
    return Path(os.path.abspath(_without_scheme(path)))


def url_of(path: Path | None) -> str:
    """Write a local path so that no default file system of Spark's takes it for its own."""
    return f"file://{path}" if path else ""


def plain(path: str) -> str:
    """Write a path in one way: local ones without ``file:`` and links."""
    local = _without_scheme(path)
    return os.path.realpath(local) if "://" not in local else local.rstrip("/")


def overlap(one: str, other: str) -> bool:
    """Tell whether two plain paths are the same, or one lies in the other."""
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def brief(error: BaseException) -> str:
    """Say in one line what an error says, without the traces of Spark's machine room."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    if "An error occurred while calling" in text:
        causes = [line for line in lines if line.startswith("Caused by:")]
        text = causes[-1] if causes else lines[min(1, len(lines) - 1)]
    if "Traceback (most recent call last)" in str(error):  # from a Python worker
        raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception): ", line)]
        text = raised[-1] if raised else text
    text = re.sub(r"^(Caused by: |: )?([\w$]+\.)+(?=\w+(Error|Exception): )", "", text)
    return re.sub(r"\s*SQLSTATE: \w+$", "", text)


def _without_scheme(path: str) -> str:
    return re.sub(r"^file:(//[^/]*)?", "", path, flags=re.IGNORECASE)
