"""Samplers that remove rows of large classes."""

from __future__ import annotations

from spark_smote.under_sampling.edited_nearest_neighbours import EditedNearestNeighbours
from spark_smote.under_sampling.neighbourhood_cleaning_rule import NeighbourhoodCleaningRule
from spark_smote.under_sampling.random_under_sampler import RandomUnderSampler
from spark_smote.under_sampling.tomek_links import TomekLinks

__all__ = [
    "EditedNearestNeighbours",
    "NeighbourhoodCleaningRule",
    "RandomUnderSampler",
    "TomekLinks",
]
