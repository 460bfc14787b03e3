"""Noise for repeated rows: the smoothed bootstrap, in the JVM alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, FloatType, LongType

from spark_smote.engine.copies.column_randomness import normal
from spark_smote.engine.scan.checking import check_features
from spark_smote.engine.scan.deviations import standard_deviations
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.features import Features, whole_limits
from spark_smote.engine.table.names import CLASS, values_name
from spark_smote.engine.table.sql import by_number, quoted

__all__ = ["Smoothing", "bandwidth", "fit_smoothing"]

LARGEST, LARGEST_FLOAT = sys.float_info.max, 3.4028234663852886e38
"""Largest double and float."""

LONGEST_STEP = 2.0**62
"""Of a whole number; beyond it, a step ends at the limit of any type."""

Move = Callable[[Column, Column, Column], Column]
"""Gives the new value for a value, its noise and its place in the array."""


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
        """Add noise to rows that `keys` name; give them, and their feature columns by name."""
        features, made, offset = self.features, {}, 0
        groups = zip(features.arrays, features.types, features.members, strict=True)
        for place, (array, kind, members) in enumerate(groups):
            # Loops over arrays, as the code of many columns grows too long for the JVM to compile.
            move = _whole_steps(features, members) if kind == LongType() else _within(kind)
            widths = self._widths(offset, len(members) or None)
            moved = _moving(widths, offset, keys, move)
            made[values_name(place)] = F.transform(array, moved)
            offset += len(members)
        restored = features.restore(list(made))
        smoothed = F.col(CLASS).isin(list(self.noise_std))
        columns = {
            name: F.when(smoothed, value).otherwise(quoted(name)).alias(name)
            for name, value in restored.items()
        }
        return rows.withColumns(made), columns

    def _widths(self, offset: int, members: int | None) -> Column:
        """Give the widths of one array of features."""
        part = {number: values[offset:][:members] for number, values in self.noise_std.items()}
        return by_number(part, CLASS)


def bandwidth(rows: int, width: int) -> float:
    """Compute what standard deviations are multiplied by: a normal kernel's, by Silverman's rule.

    Parameters
    ----------
    rows : int
        Rows of the whole table.
    width : int
        Features.

    References
    ----------
    Menardi, Torelli: "Training and assessing classification rules with imbalanced data", Data
    Mining and Knowledge Discovery 28, 2014, who count the rows of the class.

    Examples
    --------
    >>> bandwidth(1, 2), round(bandwidth(10**6, 2), 12)
    (1.0, 0.1)
    """
    return float((4 / ((width + 2) * rows)) ** (1 / (width + 4)))


def fit_smoothing(
    source: FeatureTable,
    counts: Mapping[Any, int],
    numbers: Mapping[Any, int],
    factors: Mapping[Any, float],
) -> Smoothing:
    """Find how wide the noise of each class is, in two Spark jobs.

    Parameters
    ----------
    source : FeatureTable
    counts : mapping of label to int
        Rows of every class of the table.
    numbers : mapping of label to int
        The numbers of the classes that get noise.
    factors : mapping of label to float
        What the widths are multiplied by, above 0 for those.

    Raises
    ------
    ValueError
        Where a feature of theirs is null, NaN or infinite, or rows differ in their number of
        features.
    """
    source.features.warn_of_nominal()
    labels = list(numbers)
    rows = source.rows_of(labels, 0)
    width = check_features(source, rows, labels, []).width
    sizes = [counts[label] for label in labels]
    deviations = standard_deviations(rows, source.arrays, sizes, width)
    unit = bandwidth(sum(counts.values()), width)
    return Smoothing(
        source.features,
        {
            numbers[label]: [min(factors[label] * unit * each, LARGEST) for each in by_place]
            for label, by_place in zip(labels, deviations, strict=True)
        },
    )


def _moving(
    widths: Column, offset: int, keys: Sequence[Column], move: Move
) -> Callable[[Column, Column], Column]:
    def moved(value: Column, place: Column) -> Column:
        noise = F.coalesce(widths[place], F.lit(0.0)) * normal("noise", *keys, place + offset)
        # A value is never null; coalesced, so that Spark knows of the new one, too.
        return F.coalesce(move(value, noise, place), value)

    return moved


def _within(kind: DataType) -> Move:
    """Move floating-point values, short of infinity."""
    largest = F.lit(LARGEST_FLOAT if isinstance(kind, FloatType) else LARGEST)

    def move(value: Column, noise: Column, _: Column) -> Column:
        return F.least(F.greatest(value.cast("double") + noise, -largest), largest).cast(kind)

    return move


def _whole_steps(features: Features, members: Sequence[str]) -> Move:
    """Move whole numbers by whole steps, within what the types of their columns hold."""
    kinds = {field.name: field.dataType for field in features.fields}
    ends = zip(*(whole_limits(kinds[name]) for name in members), strict=True)
    lows, highs = (F.array(*[F.lit(end).cast("bigint") for end in each]) for each in ends)

    def move(value: Column, noise: Column, place: Column) -> Column:
        low, high = lows[place], highs[place]
        step = F.rint(F.least(F.greatest(noise, F.lit(-LONGEST_STEP)), F.lit(LONGEST_STEP)))
        beyond = F.when(noise > 0, high).otherwise(low)
        made = F.coalesce(F.try_add(value, step.cast("bigint")), beyond)
        return F.least(F.greatest(made, low), high)

    return move
