"""Score tables of a Spark table: its column of probabilities, and rows counted by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructField

from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.engine.table.names import RESERVED, ROW_COUNT
from spark_smote.engine.table.schema import FLOATING
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError, shown

__all__ = ["MAX_EXACT_ROWS", "TYPICAL_BINS", "Probability", "score_code", "score_tables"]

MAX_EXACT_ROWS = 2_000_000
"""Rows whose scores are counted one by one; the driver reads up to as many counts."""

TYPICAL_BINS = 70_000
"""Bins that hold some of two million rows, of a usual model."""

BITS = 12
"""Bits of the mantissa that a binned score keeps."""

TINY = 2.0**-126
"""Distances to 0 and 1 below this, the smallest of a float, are one bin."""

SPLITTER = 2.0 ** (52 - BITS) + 1

CODE = f"{RESERVED}code"
"""Score of a row, or the middle of its bin."""

POSITIVES = f"{RESERVED}positives"
"""Rows of the positive class."""


@dataclass(frozen=True)
class Probability:
    """A column of probabilities: of one class, or of each.

    Attributes
    ----------
    name : str
    values : Column
        An array of double.
    is_one : bool
    """

    name: str
    values: Column
    is_one: bool

    @staticmethod
    def of(field: StructField) -> Probability:
        """Read a column of any type that models or their users write."""
        column, data_type = quoted(field.name), field.dataType
        if isinstance(data_type, VectorUDT):
            return Probability(field.name, vector_to_array(column), False)
        if isinstance(data_type, FLOATING):
            return Probability(field.name, F.array(column.cast("double")), True)
        if isinstance(data_type, ArrayType) and isinstance(data_type.elementType, FLOATING):
            return Probability(field.name, column.cast("array<double>"), False)
        raise ResamplingError(
            f"Column {field.name!r} (probabilityCol) is {data_type.simpleString()}; allowed are an "
            "ML vector, an array of float or double, float and double: cast it."
        )

    def unusable(self) -> Column:
        """Return whether any probability of a row is missing, or not from 0 to 1."""
        is_none = F.exists(self.values, lambda p: p.isNull() | F.isnan(p) | (p < 0) | (p > 1))
        return F.coalesce(is_none, F.lit(True))

    def of_class(self, label: Any, slots: int) -> Column:
        """Return the probability of a class.

        Parameters
        ----------
        label : label
        slots : int
            Probabilities of each row.

        Raises
        ------
        ResamplingError
            If no slot has the number of the label.
        """
        if self.is_one:
            return self.values[0]
        is_number = isinstance(label, (int, float, Decimal)) and float(label).is_integer()
        if not is_number or not 0 <= label < slots:
            raise ResamplingError(
                f"Column {self.name!r} (probabilityCol) holds {slots} probabilities a row, and "
                f"class {shown(label)} is none of their slots: name a column with its probability "
                "alone, or the label column that the model was trained on."
            )
        return self.values[int(label)]


def score_code(p: Column, exact: bool) -> Column:
    """Return what rows are counted by: the score, or for probabilities the middle of its bin.

    A bin holds the probabilities whose distance to the nearer end, 0 or 1, is the same when
    rounded to 12 bits of its mantissa: a hundredth of a percent of that distance, at most. No bin
    holds probabilities on both sides of 1/2.

    Parameters
    ----------
    p : Column
        In double precision; from 0 to 1 unless `exact`.
    exact : bool

    References
    ----------
    Dekker: "A floating-point technique for extending the available precision", Numerische
    Mathematik 18, 1971: what is left of a number after Veltkamp's splitting.
    """
    if exact:
        return p
    is_low = p <= 0.5
    nearer = F.when(is_low, p).otherwise(1 - p)
    scaled = nearer * SPLITTER
    rounded = F.when(nearer < TINY, 0.0).otherwise(scaled - (scaled - nearer))
    # A probability above 1/2 stays there.
    return F.when(is_low, rounded).otherwise(1 - F.least(rounded, F.lit(0.5 - 2.0 ** -(BITS + 2))))


def score_tables(
    frame: DataFrame, keys: Sequence[str], score: str, is_positive: str, exact: bool
) -> dict[tuple[Any, ...], ScoreTable]:
    """Count the rows of each score for each combination of keys, in one Spark job.

    The driver reads a count for each distinct score if `exact`, else some 70,000 a combination;
    never more than 730,000, of a model that is that sure.

    Parameters
    ----------
    frame : DataFrame
    keys : sequence of str
        Columns; none for one table, of the key ``()``.
    score, is_positive : str
        Columns of double, without null and NaN, and of boolean.
    exact : bool
        Whether scores are counted one by one; if not, by `score_code`.
    """
    counted = (
        frame.groupBy(*keys, score_code(F.col(score), exact).alias(CODE))
        .agg(
            F.count(F.when(F.col(is_positive), 1)).alias(POSITIVES),
            F.count(F.lit(1)).alias(ROW_COUNT),
        )
        .toPandas()
    )
    parts = counted.groupby(list(keys), sort=False) if keys else [((), counted)]
    tables = {}
    for key, part in parts:
        positives = part[POSITIVES].to_numpy(np.int64)
        negatives = part[ROW_COUNT].to_numpy(np.int64) - positives
        tables[key] = ScoreTable.of(part[CODE].to_numpy(), positives, negatives)
    return tables
