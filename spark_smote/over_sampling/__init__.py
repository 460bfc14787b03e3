"""Samplers that add rows to small classes."""

from __future__ import annotations

from spark_smote.over_sampling.adasyn import ADASYN
from spark_smote.over_sampling.borderline_smote import BorderlineSMOTE
from spark_smote.over_sampling.kmeans_smote import KMeansSMOTE
from spark_smote.over_sampling.prowsyn import ProWSyn
from spark_smote.over_sampling.random_over_sampler import RandomOverSampler
from spark_smote.over_sampling.safe_level_smote import SafeLevelSMOTE
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.over_sampling.smoten import SMOTEN
from spark_smote.over_sampling.smotenc import SMOTENC

__all__ = [
    "ADASYN",
    "SMOTE",
    "SMOTEN",
    "SMOTENC",
    "BorderlineSMOTE",
    "KMeansSMOTE",
    "ProWSyn",
    "RandomOverSampler",
    "SafeLevelSMOTE",
]
