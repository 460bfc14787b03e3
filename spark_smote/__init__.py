"""SMOTE-family resampling for imbalanced classes, on Apache Spark, where the data already is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from spark_smote.pipeline import Pipeline
from spark_smote.smote import SMOTE

try:
    __version__ = version("spark-smote")
except PackageNotFoundError:  # shipped as a zip with --py-files
    __version__ = "unknown"

__all__ = ["SMOTE", "Pipeline", "__version__"]
