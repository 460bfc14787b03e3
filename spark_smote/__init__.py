"""SMOTE-family resampling for imbalanced classes, on Apache Spark, where the data already is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from spark_smote.adasyn import ADASYN
from spark_smote.borderline_smote import BorderlineSMOTE
from spark_smote.pipeline import Pipeline
from spark_smote.random_over_sampler import RandomOverSampler
from spark_smote.random_under_sampler import RandomUnderSampler
from spark_smote.smote import SMOTE
from spark_smote.smotenc import SMOTENC

try:
    __version__ = version("spark-smote")
except PackageNotFoundError:  # shipped as a zip with --py-files
    __version__ = "unknown"

__all__ = [
    "ADASYN",
    "SMOTE",
    "SMOTENC",
    "BorderlineSMOTE",
    "Pipeline",
    "RandomOverSampler",
    "RandomUnderSampler",
    "__version__",
]
