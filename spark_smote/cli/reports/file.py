"""The file of a report: checked before the work, written after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.paths import canonical
from spark_smote.io.places import overlaps, places
from spark_smote.io.spec import Input, Output
from spark_smote.runtime.text_file import why_not_replaceable

__all__ = ["check_report"]


def check_report(
    spark: SparkSession,
    path: str,
    data: Mapping[str, Input | Output],
    advice: str = "choose another --report, or - for stdout",
) -> None:
    """Check, before the work, that the report can be written after it, and replaces no data.

    Parameters
    ----------
    spark : SparkSession
    path : str
        Of the report; - for stdout.
    data : mapping
        What it must not replace, by what an error calls it.
    advice : str
        What to do, at the end of an error.

    Raises
    ------
    ResamplingError
        If it cannot be written, or is, holds or lies in data.
    """
    if path == "-":
        return
    if why := why_not_replaceable(Path(path)):
        raise ResamplingError(f"Report {path!r} cannot be written ({why}): {advice}.")
    for name, place in data.items():
        if overlaps({canonical(path)}, places(spark, place.path, place.table)):
            raise ResamplingError(f"Report {path!r} is, holds or lies in the {name}: {advice}.")
