"""Paths: their format, and whether they are local or overlap."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from spark_smote.io.spec import FORMATS

__all__ = ["format_of", "local_path", "overlap", "plain", "url_of"]


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


def _without_scheme(path: str) -> str:
    return re.sub(r"^file:(//[^/]*)?", "", path, flags=re.IGNORECASE)
