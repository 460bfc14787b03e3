"""Noise for repeated rows: the smoothed bootstrap, in the JVM alone."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, FloatType, LongType

from spark_smote.core.strategy.groups import group_of
from spark_smote.engine.copies.column_randomness import normal
from spark_smote.engine.scan.checking import check_features
from spark_smote.engine.scan.deviations import standard_deviations
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.features import Features, whole_limits
from spark_smote.engine.table.names import CLASS, values_name
from spark_smote.engine.table.sql import by_number, is_among, quoted

__all__ = ["Smoothing", "bandwidth", "fit_smoothing"]

MAX_DOUBLE = sys.float_info.max
"""Largest finite double."""

MAX_FLOAT = 3.4028234663852886e38
"""Largest finite float."""

MAX_STEP = 2.0**62
"""Largest step of a whole number; any longer one ends at the limit of the type as well."""

AddNoise = Callable[[Column, Column, Column], Column]
"""Computes the new value of a feature from its value, the noise and its position in the array."""


@dataclass(frozen=True)
class Smoothing:
    """Normal noise around the features of some classes.

    Attributes
    ----------
    features : Features
    noise_std : dict of int to list of float
        By class number: the standard deviation of the noise of each feature, as it is stored.
    """

    features: Features
    noise_std: Mapping[int, list[float]]

    def apply(self, rows: DataFrame, *keys: Column) -> tuple[DataFrame, dict[str, Column]]:
        """Add noise to the features of rows.

        Parameters
        ----------
        rows : DataFrame
        *keys : Column
            Whole numbers that identify a row, and so its noise.

        Returns
        -------
        DataFrame, dict of str to Column
            The rows with columns added, and the feature columns with noise, by name.
        """
        features, arrays, offset = self.features, {}, 0
        groups = zip(features.arrays, features.types, features.members, strict=True)
        for i, (array, element, members) in enumerate(groups):
            # Loops over arrays, as the code of many columns grows too long for the JVM to compile.
            whole = element == LongType()
            add_noise = _to_whole(features, members) if whole else _to_floating(element)
            noise_std = self._noise_std_of(offset, len(members) or None)
            arrays[values_name(i)] = F.transform(array, _noisy(noise_std, offset, keys, add_noise))
            offset += len(members)
        is_smoothed = is_among(CLASS, self.noise_std)
        columns = {
            name: F.when(is_smoothed, noisy).otherwise(quoted(name)).alias(name)
            for name, noisy in features.restore(list(arrays)).items()
        }
        return rows.withColumns(arrays), columns

    def _noise_std_of(self, offset: int, count: int | None) -> Column:
        """Return the standard deviations for `count` features from `offset` on; None for all."""
        by_class = {number: values[offset:][:count] for number, values in self.noise_std.items()}
        return by_number(by_class, CLASS)


def bandwidth(rows: int, n_features: int) -> float:
    """Compute the factor of a normal kernel's standard deviations, by Silverman's rule.

    Parameters
    ----------
    rows : int
        Rows of the whole table.
    n_features : int

    References
    ----------
    Menardi, Torelli: "Training and assessing classification rules with imbalanced data", Data
    Mining and Knowledge Discovery 28, 2014, who count the rows of the class.

    Examples
    --------
    >>> bandwidth(1, 2), round(bandwidth(10**6, 2), 12)
    (1.0, 0.1)
    """
    return float((4 / ((n_features + 2) * rows)) ** (1 / (n_features + 4)))


def fit_smoothing(
    table: FeatureTable,
    counts: Mapping[Any, int],
    numbers: Mapping[Any, int],
    factors: Mapping[Any, float],
) -> Smoothing:
    """Fit the noise of each class to its standard deviations, in two Spark jobs.

    Parameters
    ----------
    table : FeatureTable
    counts : mapping of label to int
        Rows of every class of the table.
    numbers : mapping of label to int
        The numbers of the classes that get noise.
    factors : mapping of label to float
        What the noise of these classes is multiplied by, above 0.

    Raises
    ------
    ResamplingError
        If a feature of these classes is null, NaN or infinite, or rows differ in their number of
        features.
    """
    table.features.warn_of_nominal()
    labels = list(numbers)
    rows = table.rows_of(labels, 0)
    checked = check_features(table, rows, labels, [])
    checked.check_counts(counts)
    n_features = checked.n_features
    sizes = [counts[label] for label in labels]
    deviations = standard_deviations(rows, table.arrays, sizes, n_features)
    totals: Counter[Any] = Counter()
    for label, rows_of_class in counts.items():
        totals[group_of(label)] += rows_of_class
    scales = {group: bandwidth(total, n_features) for group, total in totals.items()}
    return Smoothing(
        table.features,
        {
            numbers[label]: [
                min(factors[label] * scales[group_of(label)] * std, MAX_DOUBLE) for std in of_class
            ]
            for label, of_class in zip(labels, deviations, strict=True)
        },
    )


def _noisy(
    noise_std: Column, offset: int, keys: Sequence[Column], add_noise: AddNoise
) -> Callable[[Column, Column], Column]:
    """Build the function of a value and its position that Spark maps over an array."""

    def noisy(value: Column, position: Column) -> Column:
        std = F.coalesce(noise_std[position], F.lit(0.0))
        noise = std * normal("noise", *keys, position + offset)
        # A value is never null; coalesced, so that Spark knows the new one as never null, too.
        return F.coalesce(add_noise(value, noise, position), value)

    return noisy


def _to_floating(element: DataType) -> AddNoise:
    """Add noise to floating-point values, within the finite ones of their type."""
    largest = F.lit(MAX_FLOAT if isinstance(element, FloatType) else MAX_DOUBLE)

    def add_noise(value: Column, noise: Column, _: Column) -> Column:
        return F.least(F.greatest(value.cast("double") + noise, -largest), largest).cast(element)

    return add_noise


def _to_whole(features: Features, members: Sequence[str]) -> AddNoise:
    """Add noise to whole numbers in whole steps, within the limits of their columns' types."""
    types = {field.name: field.dataType for field in features.fields}
    limits = zip(*(whole_limits(types[name]) for name in members), strict=True)
    lowest, highest = (F.array(*[F.lit(limit).cast("bigint") for limit in side]) for side in limits)

    def add_noise(value: Column, noise: Column, position: Column) -> Column:
        low, high = lowest[position], highest[position]
        step = F.rint(F.least(F.greatest(noise, F.lit(-MAX_STEP)), F.lit(MAX_STEP)))
        overflow = F.when(noise > 0, high).otherwise(low)
        moved = F.coalesce(F.try_add(value, step.cast("bigint")), overflow)
        return F.least(F.greatest(moved, low), high)

    return add_noise
