"""Samples of rows that the driver reads: features of large classes, and keys near the cutoff.

A sample holds the rows with the lowest keys of a class, so it depends on nothing but the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.arrays import Array, Counts, Keys
from spark_smote.core.block import Block
from spark_smote.core.digest import input_changed
from spark_smote.core.randomness import key_quantile
from spark_smote.core.strategy.quotas import Cutoff, find_cutoff
from spark_smote.engine.arrow import matrix_of
from spark_smote.engine.table.names import (
    CLASS,
    KEY,
    NEAR,
    NEAR_ROWS,
    OWN_CLASS,
    ROW_COUNT,
    ROWS_ABOVE,
    SAMPLE,
    SAMPLE_ROWS,
)
from spark_smote.engine.table.sql import is_among, number_lookup

__all__ = ["DriverSample", "SampleSpec", "sample_all_classes"]

Copies = Mapping[int, tuple[Keys, Counts]]
"""Keys of a class in order, by its number, and how many rows have each."""


@dataclass(frozen=True)
class SampleSpec:
    """Which rows the driver reads, by class.

    Attributes
    ----------
    fractions : mapping of int to float
        By class number: the fraction of its rows, those with the lowest keys, whose features are
        read.
    ranges : mapping of int to (int, int)
        By class number: the lowest and highest of the keys that are read to find the cutoff.
    """

    fractions: Mapping[int, float]
    ranges: Mapping[int, tuple[int, int]]

    def __bool__(self) -> bool:
        return bool(self.fractions or self.ranges)

    @property
    def _is_sampled(self) -> str:
        """Whether a row's features are read, in SQL; null if none of its class are."""
        highest = {n: key_quantile(fraction) for n, fraction in self.fractions.items()}
        return f"{KEY} <= {number_lookup(highest, CLASS)}"

    @property
    def _is_near(self) -> str:
        """Whether a row's key may be the cutoff, in SQL; null if its class needs none."""
        return f"{KEY} between {self._ends(0)} and {self._ends(1)}"

    def _ends(self, side: int) -> str:
        return number_lookup({n: ends[side] for n, ends in self.ranges.items()}, CLASS)

    def aggregate(
        self, rows: DataFrame, arrays: Sequence[str], aggregates: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Aggregate the rows of each class, and read those to be read with them, in one Spark job.

        They are collected in sets, where all copies of a row take the memory of one. To group by
        their keys instead would send thousands of groups through a shuffle of hundreds of files.

        Parameters
        ----------
        rows : DataFrame
            Rows as `FeatureTable.rows_of` selects them.
        arrays : sequence of str
            Names of the arrays of features.
        aggregates : sequence of str
            In SQL.
        """
        columns, collected, flat = {}, [], {}
        if self.fractions:
            row = f"struct({', '.join([KEY, *arrays])})"
            columns[SAMPLE] = F.expr(f"if({self._is_sampled}, {row}, null)")
            collected += [f"collect_set({SAMPLE}) {SAMPLE}", f"count({SAMPLE}) {SAMPLE_ROWS}"]
            # Flat, as arrays of arrays become Python objects.
            flat = {name: F.expr(f"flatten({SAMPLE}.{name})") for name in arrays}
            flat[SAMPLE] = F.expr(f"{SAMPLE}.{KEY}")
        if self.ranges:
            columns[NEAR] = F.expr(f"if({self._is_near}, {KEY}, null)")
            columns[ROWS_ABOVE] = F.expr(f"{KEY} > {self._ends(1)}")
            collected += [f"collect_set({NEAR}) {NEAR}", f"count({NEAR}) {NEAR_ROWS}"]
            collected += [f"count_if({ROWS_ABOVE}) {ROWS_ABOVE}"]
        rows = rows.withColumns(columns) if columns else rows
        groups = rows.groupBy(CLASS).agg(*map(F.expr, [*aggregates, *collected]))
        return (groups.withColumns(flat) if flat else groups).toPandas()

    def collect(self, rows: DataFrame, arrays: Sequence[str]) -> DriverSample:
        """Read the rows, in one Spark job, or two if some of them are identical."""
        rows = rows.filter(is_among(CLASS, self.fractions.keys() | self.ranges.keys()))
        return DriverSample.of(self, self.aggregate(rows, arrays), rows, arrays)

    def count_copies(self, rows: DataFrame) -> Copies:
        """Count the rows with each key that is read, in one Spark job."""
        read = rows.filter(f"{self._is_sampled} or {self._is_near}")
        counted = read.groupBy(CLASS, KEY).agg(F.count("*").alias(ROW_COUNT)).toPandas()
        by_class = counted.sort_values(KEY).groupby(CLASS)
        keys, counts = by_class[KEY].agg(list), by_class[ROW_COUNT].agg(list)
        return {n: (np.array(keys[n]), np.array(counts[n])) for n in keys.index.tolist()}

    def minus(self, other: SampleSpec) -> SampleSpec:
        """Return what `other` does not read."""
        return SampleSpec(
            {
                n: fraction
                for n, fraction in self.fractions.items()
                if fraction > other.fractions.get(n, 0.0)
            },
            {n: ends for n, ends in self.ranges.items() if ends != other.ranges.get(n)},
        )

    def plus(self, other: SampleSpec) -> SampleSpec:
        """Return what is read if `other` is read, too."""
        return SampleSpec({**self.fractions, **other.fractions}, {**self.ranges, **other.ranges})


@dataclass(frozen=True)
class NearCutoff:
    """Keys of a class, one of which may be its cutoff.

    Attributes
    ----------
    keys, counts : int64 arrays
    above : int
        Rows with higher keys.
    """

    keys: Keys
    counts: Counts
    above: int


@dataclass(frozen=True)
class DriverSample:
    """Rows that the driver has read.

    Attributes
    ----------
    spec : SampleSpec
        Which rows they are.
    arrays : sequence of str
        Names of the arrays of features.
    blocks : mapping of int to Block
        By class number: the rows whose features are read, ordered by key.
    near : mapping of int to NearCutoff
        By class number.
    """

    spec: SampleSpec
    arrays: Sequence[str]
    blocks: Mapping[int, Block]
    near: Mapping[int, NearCutoff]

    @staticmethod
    def of(
        spec: SampleSpec, groups: pd.DataFrame, rows: DataFrame, arrays: Sequence[str]
    ) -> DriverSample:
        """Build the sample from what `SampleSpec.aggregate` returned, and `rows` if any repeat."""
        blocks, near = {}, {}
        copies: Copies = {}
        sets = {SAMPLE: SAMPLE_ROWS, NEAR: NEAR_ROWS}
        if any(
            (groups[count] > groups[keys].map(len)).any()
            for keys, count in sets.items()
            if keys in groups
        ):
            copies = spec.count_copies(rows)
        for group in groups.to_dict("records"):
            number = group[CLASS]
            if number in spec.fractions:
                blocks[number] = _block(group, arrays, copies)
            if number in spec.ranges:
                keys = np.asarray(group[NEAR], np.int64)
                counts = _counts(keys, copies.get(number))
                near[number] = NearCutoff(keys, counts, group[ROWS_ABOVE])
        return DriverSample(spec, arrays, blocks, near)

    def with_rows(self, needed: SampleSpec, rows: DataFrame) -> DriverSample:
        """Read what is needed, too, as `SampleSpec.collect` does, if it is not known yet."""
        missing = needed.minus(self.spec)
        if not missing:
            return self
        read = missing.collect(rows, self.arrays)
        blocks, near = {**self.blocks, **read.blocks}, {**self.near, **read.near}
        return DriverSample(self.spec.plus(missing), self.arrays, blocks, near)

    def holds(self, number: int, fraction: float) -> bool:
        """Return whether any row is in a fraction of a class; none may be if few rows differ."""
        if number not in self.blocks:
            raise input_changed("no row of a class is left")
        return bool((self.blocks[number].keys <= key_quantile(fraction)).any())

    def features(self, number: int, fraction: float) -> Block:
        """Return the features of a fraction of a class."""
        block = self.blocks[number]
        return block.take(block.keys <= key_quantile(fraction))

    def cutoff(self, number: int, extra: int) -> Cutoff | None:
        """Find the cutoff of a class among its keys that were read; None if it is not there."""
        if number not in self.near:
            return None
        near = self.near[number]
        left = extra - near.above
        if not 0 < left <= near.counts.sum():
            return None
        return find_cutoff(near.keys, near.counts, left)


def _block(group: Mapping[Any, Any], arrays: Sequence[str], copies: Copies) -> Block:
    """Return the rows of a class whose features are read, ordered by key."""
    keys = np.asarray(group[SAMPLE], np.int64)
    order = np.argsort(keys)
    values: list[Array] = []
    for name in arrays:
        flat = matrix_of(pa.array([group[name]]))
        values.append(flat.reshape(len(keys), flat.size // max(1, len(keys)))[order])
    counts = _counts(keys[order], copies.get(group[CLASS]))
    return Block(keys[order], counts, np.ones(len(keys), np.bool_), values, None)


def _counts(keys: Keys, copies: tuple[Keys, Counts] | None) -> Counts:
    """Return how many rows have each key, one if that was not counted."""
    if copies is None:
        return np.ones(len(keys), np.int64)
    counted, counts = copies
    place = np.minimum(np.searchsorted(counted, keys), len(counted) - 1)
    if (counted[place] != keys).any():
        raise input_changed("other rows are sampled")
    return counts[place]


def sample_all_classes(
    rows: DataFrame, arrays: Sequence[str], fractions: Mapping[int, float]
) -> Block:
    """Read a sample of the rows of all classes, as `SampleSpec.collect` does.

    Parameters
    ----------
    rows : DataFrame
        Rows as `FeatureTable.rows_of_all_classes` selects them.
    arrays : sequence of str
        Names of the arrays of features.
    fractions : mapping of int to float
        By class number: the fraction of its rows, those with the lowest keys.
    """
    sample = SampleSpec(fractions, {}).collect(rows.withColumn(CLASS, F.col(OWN_CLASS)), arrays)
    return Block.merge(
        [
            replace(block, labels=np.full(len(block), number, np.int32))
            for number, block in sample.blocks.items()
        ]
    )
