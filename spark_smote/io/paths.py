"""Paths: their formats, spellings and overlaps."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from spark_smote.io.spec import FORMATS

__all__ = ["canonical", "format_of", "local_path", "overlap", "url_of"]


def format_of(path: str) -> str:
    """Return the format that the ending of a path names, or Parquet."""
    ending = Path(urlsplit(path).path.rstrip("/")).suffix[1:].lower()
    return ending if ending in FORMATS else "parquet"


def local_path(spark: SparkSession, path: str) -> Path | None:
    """Return the absolute path, or None if this process and Spark see different files there."""
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
    """Return the URL of a local path, which Spark's default file system does not change."""
    return f"file://{path}" if path else ""


def canonical(path: str) -> str:
    """Return one spelling for all of a path: local ones lose ``file:`` and links."""
    local = _without_scheme(path)
    if "://" not in local:
        return os.path.realpath(local)
    return re.sub(r"^s3[an]://", "s3://", local.rstrip("/"))  # three clients of one store


def overlap(one: str, other: str) -> bool:
    """Return whether two canonical paths are equal, or one is inside the other."""
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def _without_scheme(path: str) -> str:
    return re.sub(r"^file:(//[^/]*)?", "", path, flags=re.IGNORECASE)
