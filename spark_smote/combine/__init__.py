"""SMOTE, and a cleaning of its result."""

from __future__ import annotations

from spark_smote.combine.smote_enn import SMOTEENN
from spark_smote.combine.smote_tomek import SMOTETomek

__all__ = ["SMOTEENN", "SMOTETomek"]
