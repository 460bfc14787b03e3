"""SMOTE-family resampling for imbalanced classes, on Apache Spark, where the data already is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from spark_smote.adasyn import ADASYN
from spark_smote.borderline_smote import BorderlineSMOTE
from spark_smote.edited_nearest_neighbours import EditedNearestNeighbours
from spark_smote.kmeans_smote import KMeansSMOTE
from spark_smote.neighbourhood_cleaning_rule import NeighbourhoodCleaningRule
from spark_smote.pipeline import Pipeline
from spark_smote.prowsyn import ProWSyn
from spark_smote.random_over_sampler import RandomOverSampler
from spark_smote.random_under_sampler import RandomUnderSampler
from spark_smote.safe_level_smote import SafeLevelSMOTE
from spark_smote.smote import SMOTE
from spark_smote.smote_cleaned import SMOTEENN, SMOTETomek
from spark_smote.smoten import SMOTEN
from spark_smote.smotenc import SMOTENC
from spark_smote.tomek_links import TomekLinks

try:
    __version__ = version("spark-smote")
except PackageNotFoundError:  # shipped as a zip with --py-files
    __version__ = "unknown"

__all__ = [
    "ADASYN",
    "SMOTE",
    "SMOTEENN",
    "SMOTEN",
    "SMOTENC",
    "BorderlineSMOTE",
    "EditedNearestNeighbours",
    "KMeansSMOTE",
    "NeighbourhoodCleaningRule",
    "Pipeline",
    "ProWSyn",
    "RandomOverSampler",
    "RandomUnderSampler",
    "SMOTETomek",
    "SafeLevelSMOTE",
    "TomekLinks",
    "__version__",
]
