"""The report of an evaluation as one HTML file that loads nothing."""

from __future__ import annotations

from spark_smote.html_report.page import render

__all__ = ["render"]
