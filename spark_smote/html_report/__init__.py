"""The report of an evaluation as one HTML file that loads nothing."""

from __future__ import annotations

from spark_smote.html_report.page import check_installed, missing_module, render

__all__ = ["check_installed", "missing_module", "render"]
