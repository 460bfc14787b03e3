"""Check the features of classes and read a sample of their rows, in one Spark job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.digest import RowDigest, input_changed
from spark_smote.core.strategy.quotas import Quota
from spark_smote.engine.scan.sampling import DriverSample, SampleSpec
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.features import Features
from spark_smote.engine.table.names import BIN, CLASS, KEY, ROW_COUNT, SIZE, UNUSABLE
from spark_smote.engine.table.sql import is_among, key_bin
from spark_smote.exceptions import ResamplingError

__all__ = ["Bins", "Checked", "check_all_features", "check_features"]

Bins = Mapping[int, Mapping[int, int]]
"""Number of rows by class number and bin of the key."""

NO_SAMPLE = SampleSpec({}, {})
"""No row is read."""


@dataclass(frozen=True)
class Checked:
    """Result of the check of some classes.

    Attributes
    ----------
    n_features : int
        Features that are numbers.
    bins : Bins
        Rows by bin, of the classes with a remainder.
    sample : DriverSample
        The rows that were read with the check.
    digests : mapping of label to RowDigest
        What is known of all rows of each class that was checked.
    """

    n_features: int
    bins: Bins
    sample: DriverSample
    digests: Mapping[Any, RowDigest]

    @property
    def total(self) -> RowDigest:
        """What is known of the rows of all classes that were checked."""
        return sum(self.digests.values(), start=RowDigest())

    def check_counts(self, counts: Mapping[Any, int]) -> None:
        """Check that the classes have the rows that were counted before.

        Raises
        ------
        ResamplingError
            If a class has other rows than before.
        """
        for label, digest in self.digests.items():
            RowDigest(counts[label], None).check(digest)


def check_features(
    table: FeatureTable,
    rows: DataFrame,
    labels: Sequence[Any],
    quotas: Sequence[Quota],
    spec: SampleSpec = NO_SAMPLE,
) -> Checked:
    """Check that the features of classes are usable, and read a sample, in one Spark job.

    Parameters
    ----------
    table : FeatureTable
    rows : DataFrame
        Rows of the classes, as `FeatureTable.rows_of` selects them.
    labels : sequence
        Labels of the classes, by number.
    quotas : sequence of Quota
        Quotas of the classes, by number; of those with a remainder, rows are counted by bin.
    spec : SampleSpec
        Which rows to read, and how large bins are.

    Raises
    ------
    ResamplingError
        If a feature is null, NaN or infinite, rows differ in their number of features, or
        all of these are categories.
    """
    uneven = [number for number, quota in enumerate(quotas) if quota.extra]
    bin_ = F.when(is_among(CLASS, uneven), key_bin(KEY, spec.shift).cast("int")).otherwise(F.lit(0))
    groups = (
        rows.groupBy(CLASS, bin_.alias(BIN), *spec.groups(table.arrays))
        .agg(
            F.count("*").alias(ROW_COUNT),
            F.count(F.when(F.col(UNUSABLE), 1)).alias("unusable"),
            F.min(SIZE).alias("min_size"),
            F.max(SIZE).alias("max_size"),
            F.bit_xor(KEY).alias("keys"),
        )
        .toPandas()
    )
    if groups.empty:
        raise input_changed("no row of the classes is left")
    if groups["unusable"].any():
        raise ResamplingError(_describe_flaws(table, labels))
    min_size, max_size = int(groups["min_size"].min()), int(groups["max_size"].max())
    if table.features.whole is not None:
        _check_size(table.features, min_size, max_size)
    counts = groups[groups[CLASS].isin(uneven)].groupby([CLASS, BIN])[ROW_COUNT].sum()
    bins: dict[int, dict[int, int]] = {number: {} for number in uneven}
    for (number, bin_number), size in zip(counts.index.tolist(), counts.tolist(), strict=True):
        bins[number][bin_number] = size
    n_features = max_size - len(table.features.slots)
    return Checked(
        n_features, bins, DriverSample(spec, groups, table.arrays), _digests(groups, labels)
    )


def _digests(groups: pd.DataFrame, labels: Sequence[Any]) -> dict[Any, RowDigest]:
    """Return the digest of each class, by label."""
    digests = dict.fromkeys(labels, RowDigest())
    for number, rows, keys in zip(groups[CLASS], groups[ROW_COUNT], groups["keys"], strict=True):
        digests[labels[number]] += RowDigest(int(rows), int(keys))
    return digests


def check_all_features(table: FeatureTable, labels: Sequence[Any], seed: int) -> Checked:
    """Check the features of all classes, for a search among their rows."""
    return check_features(table, table.rows_of(labels, seed), labels, [])


def _check_size(features: Features, min_size: int, max_size: int) -> None:
    """Check that rows have the same number of features, and the slots that are categories."""
    name, slots = features.fields[0].name, features.slots
    if min_size != max_size or not max_size:
        raise ResamplingError(
            f"Column {name!r} (featuresCol) holds from {min_size} to {max_size} features a row; "
            "all rows need the same number, at least one: pad them, or drop those of another "
            "length."
        )
    if slots and slots[-1] >= max_size:
        raise ResamplingError(
            f"categoricalSlots names slot {slots[-1]}, but {name!r} has the slots 0 to "
            f"{max_size - 1}: count from 0, and name those that hold categories."
        )
    if len(slots) == max_size:
        raise ResamplingError(
            f"All {max_size} slots of {name!r} are categories, but one feature at least must be a "
            "number: leave one out of categoricalSlots, or name plain columns in SMOTEN."
        )


def _describe_flaws(table: FeatureTable, labels: Sequence[Any]) -> str:
    """Count the flaws by column and kind, in one Spark job, and describe them."""
    flaws = {
        (name, kind): condition
        for name, kinds in table.features.flaws().items()
        for kind, condition in kinds.items()
    }
    counts = table.labeled(labels).agg(
        *[F.count(F.when(flaw, 1)).alias(str(i)) for i, flaw in enumerate(flaws.values())]
    )
    by_column: dict[str, list[str]] = {}
    for (name, kind), count in zip(flaws, counts.collect()[0], strict=True):
        if count:
            by_column.setdefault(name, []).append(f"{count} {kind}")
    shown = "; ".join(f"{name!r}: {', '.join(kinds)}" for name, kinds in by_column.items())
    return (
        f"Features of the classes to raise must be finite numbers, but rows hold {shown}: fill "
        "or drop them before."
    )
