"""Checks of the features in the classes to raise, and a look at some rows, in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.strategy.quotas import BIN_SHIFT, Quota
from spark_smote.engine.scan.sampling import DriverSample, SampleSpec
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.features import Features
from spark_smote.engine.table.names import BIN, CLASS, KEY, ROW_COUNT, SIZE, UNUSABLE

__all__ = ["Bins", "Checked", "check_all_features", "check_features"]

Bins = Mapping[int, Mapping[int, int]]
"""Rows by class number and bin of the key."""

NO_SAMPLE = SampleSpec({}, {})


@dataclass(frozen=True)
class Checked:
    """What the check of some classes has found.

    Attributes
    ----------
    width : int
        Features that are numbers.
    bins : Bins
        Of the classes with a remainder.
    seen : DriverSample
        The rows looked at.
    """

    width: int
    bins: Bins
    seen: DriverSample


def check_features(
    source: FeatureTable,
    rows: DataFrame,
    labels: Sequence[Any],
    quotas: Sequence[Quota],
    spec: SampleSpec = NO_SAMPLE,
) -> Checked:
    """Refuse unusable features, and look at some rows, in one Spark job.

    Raises
    ------
    ValueError
        Where a feature is null, NaN or infinite, rows differ in their number of features, or
        all of these are categories.
    """
    uneven = [number for number, quota in enumerate(quotas) if quota.extra]
    top_bits = F.shiftright(KEY, BIN_SHIFT).cast("int")
    bin_ = F.when(F.col(CLASS).isin(uneven), top_bits).otherwise(F.lit(0))
    found = (
        rows.groupBy(CLASS, bin_.alias(BIN), *spec.groups(source.arrays))
        .agg(
            F.count("*").alias(ROW_COUNT),
            F.count(F.when(F.col(UNUSABLE), 1)).alias("unusable"),
            F.min(SIZE).alias("least"),
            F.max(SIZE).alias("most"),
        )
        .toPandas()
    )
    if found["unusable"].any():
        raise ValueError(_describe_flaws(source, labels))
    least, most = int(found["least"].min()), int(found["most"].max())
    if source.features.whole is not None:
        _check_size(source.features, least, most)
    each = found.groupby([CLASS, BIN], as_index=False)[ROW_COUNT].sum()
    bins = {number: _by_bin(each[each[CLASS] == number]) for number in uneven}
    width = most - len(source.features.slots)
    return Checked(width, bins, DriverSample(spec, found, source.arrays))


def _by_bin(found: pd.DataFrame) -> dict[int, int]:
    return dict(zip(found[BIN].tolist(), found[ROW_COUNT].tolist(), strict=True))


def check_all_features(source: FeatureTable, labels: Sequence[Any], seed: int) -> Checked:
    """Refuse unusable features of any class, where rows of all are searched."""
    return check_features(source, source.rows_of(labels, seed), labels, [])


def _check_size(features: Features, least: int, most: int) -> None:
    """Refuse rows of different sizes, and slots that they do not have."""
    name, slots = features.fields[0].name, features.slots
    if least != most or not most:
        raise ValueError(
            f"Column {name!r} (featuresCol) holds from {least} to {most} features a row; all rows "
            "need the same number, at least one: pad them, or drop those of another length."
        )
    if slots and slots[-1] >= most:
        raise ValueError(
            f"categoricalSlots names slot {slots[-1]}, but {name!r} has the slots 0 to {most - 1}: "
            "count from 0, and name those that hold categories."
        )
    if len(slots) == most:
        raise ValueError(
            f"All {most} slots of {name!r} are categories, but one feature at least must be a "
            "number: leave one out of categoricalSlots, or name plain columns in SMOTEN."
        )


def _describe_flaws(source: FeatureTable, labels: Sequence[Any]) -> str:
    """Count the flaws by column and kind."""
    flaws = {
        (name, kind): condition
        for name, kinds in source.features.flaws().items()
        for kind, condition in kinds.items()
    }
    counted = source.labeled(labels).agg(
        *[F.count(F.when(found, 1)).alias(str(i)) for i, found in enumerate(flaws.values())]
    )
    by_column: dict[str, list[str]] = {}
    for (name, kind), number in zip(flaws, counted.collect()[0], strict=True):
        if number:
            by_column.setdefault(name, []).append(f"{number} {kind}")
    shown = "; ".join(f"{name!r}: {', '.join(kinds)}" for name, kinds in by_column.items())
    return (
        f"Features of the classes to raise must be finite numbers, but rows hold {shown}: fill "
        "or drop them before."
    )
