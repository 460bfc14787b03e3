"""The samplers by name, as a job's configuration chooses them."""

from __future__ import annotations

from spark_smote.adasyn import ADASYN
from spark_smote.borderline_smote import BorderlineSMOTE
from spark_smote.edited_nearest_neighbours import EditedNearestNeighbours
from spark_smote.kmeans_smote import KMeansSMOTE
from spark_smote.neighbourhood_cleaning_rule import NeighbourhoodCleaningRule
from spark_smote.prowsyn import ProWSyn
from spark_smote.random_over_sampler import RandomOverSampler
from spark_smote.random_under_sampler import RandomUnderSampler
from spark_smote.safe_level_smote import SafeLevelSMOTE
from spark_smote.sampler import Sampler
from spark_smote.smote import SMOTE
from spark_smote.smote_cleaned import SMOTEENN, SMOTETomek
from spark_smote.smoten import SMOTEN
from spark_smote.smotenc import SMOTENC
from spark_smote.tomek_links import TomekLinks

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
