"""Distances between rows: scaling, metrics, and categorical columns."""
