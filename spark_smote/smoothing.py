"""Noise for repeated rows: the smoothed bootstrap, in the JVM alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from spark_smote.checks import check_features
from spark_smote.columns import Features, limits, quoted
from spark_smote.deviations import standard_deviations
from spark_smote.draws import normal
from spark_smote.source import CLASS, Source

__all__ = ["Smoothing", "bandwidth", "fit_smoothing"]

LARGEST, LONGEST_STEP = sys.float_info.max, 2.0**62
"""Largest width of noise, and longest step of a whole number: each ends at the type's limit."""


@dataclass(frozen=True)
class Smoothing:
    """Normal noise around the features of some classes.

    Attributes
    ----------
    features : Features
    widths : dict of int to list of float
        By class number: the standard deviation of the noise of each feature, as it is stored.
    """

    features: Features
    widths: Mapping[int, list[float]]

    def columns(self, *keys: Column) -> dict[str, Column]:
        """Give the feature columns of rows that `keys` name, by name."""

        def moved(value: Column, place: int | Column, kind: DataType) -> Column:
            noise = self._width(place) * normal("noise", *keys, F.lit(place))
            return _moved(value, noise, kind)

        made = self.features.changed(moved)
        smoothed = F.col(CLASS).isin(list(self.widths))
        return {
            name: F.when(smoothed, value).otherwise(quoted(name)) for name, value in made.items()
        }

    def _width(self, place: int | Column) -> Column:
        width: Column = F.lit(0.0)
        for number, values in self.widths.items():
            if isinstance(place, int):
                mine = F.lit(values[place])
            else:
                mine = F.array(*map(F.lit, values))[place]
            width = F.when(F.col(CLASS) == number, mine).otherwise(width)
        return width


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
    source: Source,
    counts: Mapping[Any, int],
    numbers: Mapping[Any, int],
    factors: Mapping[Any, float],
) -> Smoothing:
    """Find how wide the noise of each class is, in two Spark jobs.

    Parameters
    ----------
    source : Source
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
    labels = list(numbers)
    rows = source.rows_of(labels, 0)
    width, _ = check_features(source, rows, labels, [])
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


def _moved(value: Column, noise: Column, kind: DataType) -> Column:
    """Add noise to a value that is stored in some type, within the limits of that type."""
    low, high = limits(kind)
    if isinstance(low, float):
        made = F.least(F.greatest(value.cast("double") + noise, F.lit(low)), F.lit(high))
        return made
    step = F.rint(F.least(F.greatest(noise, F.lit(-LONGEST_STEP)), F.lit(LONGEST_STEP)))
    step = step.cast("bigint")
    beyond = F.when(step > 0, F.lit(high)).otherwise(F.lit(low))
    made = F.coalesce(F.try_add(value, step), beyond)
    return F.least(F.greatest(made, F.lit(low)), F.lit(high))
