"""The samplers by name, as a job's configuration chooses them."""

from __future__ import annotations

from spark_smote.base import Sampler
from spark_smote.combine.smote_enn import SMOTEENN
from spark_smote.combine.smote_tomek import SMOTETomek
from spark_smote.over_sampling.adasyn import ADASYN
from spark_smote.over_sampling.borderline_smote import BorderlineSMOTE
from spark_smote.over_sampling.kmeans_smote import KMeansSMOTE
from spark_smote.over_sampling.prowsyn import ProWSyn
from spark_smote.over_sampling.random_over_sampler import RandomOverSampler
from spark_smote.over_sampling.safe_level_smote import SafeLevelSMOTE
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.over_sampling.smoten import SMOTEN
from spark_smote.over_sampling.smotenc import SMOTENC
from spark_smote.under_sampling.edited_nearest_neighbours import EditedNearestNeighbours
from spark_smote.under_sampling.neighbourhood_cleaning_rule import NeighbourhoodCleaningRule
from spark_smote.under_sampling.random_under_sampler import RandomUnderSampler
from spark_smote.under_sampling.tomek_links import TomekLinks

__all__ = ["METHODS"]

METHODS: dict[str, type[Sampler]] = {
    sampler.__name__: sampler
    for sampler in (
        SMOTE,
        SMOTENC,
        SMOTEN,
        BorderlineSMOTE,
        ADASYN,
        KMeansSMOTE,
        SafeLevelSMOTE,
        ProWSyn,
        RandomOverSampler,
        RandomUnderSampler,
        TomekLinks,
        EditedNearestNeighbours,
        NeighbourhoodCleaningRule,
        SMOTEENN,
        SMOTETomek,
    )
}
