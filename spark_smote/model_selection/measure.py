"""Figures of rows that a model in use has scored, once their labels are known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DateType,
    StringType,
    StructField,
    TimestampNTZType,
    TimestampType,
)

from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.core.strategy.labels import by_label, label_order, match_labels
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.names import CLASS, RESERVED, ROW_COUNT, SIZE, UNUSABLE
from spark_smote.engine.table.schema import FLOATING, INTEGERS, check_frame, field_of
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ParamError, ResamplingError, shown
from spark_smote.model_selection.results.baseline import Baseline
from spark_smote.model_selection.results.measurement import Measurement, Period
from spark_smote.model_selection.score_frame import (
    MAX_EXACT_ROWS,
    TYPICAL_BINS,
    Probability,
    score_tables,
)

__all__ = ["measure"]

MAX_PERIODS = 1000

MAX_GROUPS = 100_000
"""Labels of all periods."""

MAX_COUNTS = 5_000_000
"""Counts that the driver reads, about."""

PERIOD = f"{RESERVED}period"
"""Period of a row, as text."""

FOUND = f"{RESERVED}found"
"""Whether a row's score is above the threshold."""

SCORE = f"{RESERVED}score"
"""Probability of the positive class."""

POSITIVE = f"{RESERVED}positive"
"""Whether a row is of the positive class."""

ALL = "all"
"""The period of all rows."""

EMPTY = ScoreTable.of([], [], [])


def measure(
    scored: DataFrame,
    *,
    labelCol: str = "label",
    positive: Any = None,
    probabilityCol: str = "probability",
    threshold: float = 0.5,
    by: str | None = None,
    baseline: str | Path | Mapping[str, Any] | None = None,
) -> Measurement:
    """Measure how well rows were scored, by period, and whether that is what was expected.

    Recall, precision and the share of the positive class are exact, with Wilson's intervals.
    The areas, and what else depends on every score, are exact up to 2,000,000 rows; above,
    probabilities are counted by bin.

    Parameters
    ----------
    scored : DataFrame
        Rows as they came, not resampled, with their labels and the model's probabilities.
    labelCol : str, default "label"
    positive : label, optional
        The class that is to be found. By default that of the baseline, or the rarest.
    probabilityCol : str, default "probability"
        Probability of the positive class, or of each class: an ML vector or an array, whose slots
        are numbered by the labels.
    threshold : float, default 0.5
        Rows with a higher probability are found; at least 0 and below 1.
    by : str, optional
        Column whose values are the periods, at most 1,000.
    baseline : str, Path or mapping, optional
        An evaluation of `spark_smote.evaluate`, as a JSON file or a dict, with what to expect.

    Returns
    -------
    Measurement
        Prints as a table; has `periods`, `flags` for what was not as expected, `to_dict` and
        `to_pandas`.

    Raises
    ------
    ResamplingError
        For columns or a baseline that do not fit, labels or probabilities that are missing, or too
        many periods.
    ParamError
        For a threshold out of its range.

    Examples
    --------
    >>> from spark_smote import measure
    >>> rows = [("May", 1, 0.9), ("May", 0, 0.2), ("June", 1, 0.1), ("June", 0, 0.6)]
    >>> scored = spark.createDataFrame(rows, "month string, label int, probability double")
    >>> result = measure(scored, positive=1, by="month")
    >>> [(period.name, period.figures["recall"]) for period in result.periods]
    [('June', 0.0), ('May', 1.0)]
    """
    if isinstance(threshold, bool) or not (
        isinstance(threshold, (int, float)) and 0 <= threshold < 1
    ):
        raise ParamError(
            f"threshold is {shown(threshold)}; allowed are numbers from 0 to below 1: set it to "
            "the probability above which the model says positive."
        )
    expected = None if baseline is None else Baseline.of(baseline, threshold)
    check_frame(scored)
    label = field_of(scored.schema, labelCol, "labelCol")
    table = LabeledTable(scored, label)
    probability = Probability.of(field_of(scored.schema, probabilityCol, "probabilityCol"))
    period = _period(field_of(scored.schema, by, "by")) if by else F.lit(ALL)
    groups = _profile(table, probability, period, by)
    positive_label = _positive(groups, positive, expected, labelCol)
    rows = groups.groupby(PERIOD)[ROW_COUNT].sum().astype(np.int64)
    exact = int(rows.sum()) <= MAX_EXACT_ROWS
    if not exact and np.minimum(rows, TYPICAL_BINS).sum() > MAX_COUNTS:
        raise ResamplingError(
            f"Column {by!r} (by) has {len(rows):,} periods of {int(rows.sum()):,} rows, more than "
            "the driver can hold the scores of: measure longer periods, or a part of them."
        )
    score = probability.of_class(positive_label, groups[SIZE].min())
    judged = scored.select(
        period.alias(PERIOD),
        (score > threshold).alias(FOUND),
        score.alias(SCORE),
        table.is_in([positive_label]).alias(POSITIVE),
    )
    tables = score_tables(judged, [PERIOD, FOUND], SCORE, POSITIVE, exact)
    periods = [
        Period.of(name, tables.get((name, True), EMPTY), tables.get((name, False), EMPTY), exact)
        for name in _in_order(rows.index, scored.schema[by] if by else None)
    ]
    return Measurement(
        str(positive_label), threshold, by, exact, periods, expected.expected if expected else {}
    )


def _period(field: StructField) -> Column:
    kinds = (StringType, BooleanType, *INTEGERS, DateType, TimestampType, TimestampNTZType)
    if not isinstance(field.dataType, kinds):
        raise ResamplingError(
            f"Column {field.name!r} (by) is {field.dataType.simpleString()}; allowed are string, "
            "boolean, integers, date and timestamp: cast it."
        )
    return F.coalesce(quoted(field.name).cast("string"), F.lit("(null)"))


def _in_order(names: Any, field: StructField | None) -> list[str]:
    """Sort periods as their column would be."""
    is_number = field is not None and isinstance(field.dataType, INTEGERS)
    return sorted(
        names, key=lambda name: label_order(int(name) if is_number and name != "(null)" else name)
    )


def _profile(
    table: LabeledTable, probability: Probability, period: Column, by: str | None
) -> pd.DataFrame:
    """Count the rows of each label in each period, in one Spark job, and check them."""
    label = quoted(table.label.name)
    label = F.when(~F.isnan(label), label) if isinstance(table.label.dataType, FLOATING) else label
    counted = table.dataset.groupBy(period.alias(PERIOD), label.alias(CLASS)).agg(
        F.count(F.lit(1)).alias(ROW_COUNT),
        F.count(F.when(probability.unusable(), 1)).alias(UNUSABLE),
        F.min(F.size(probability.values)).alias(SIZE),
    )
    names = [PERIOD, CLASS, ROW_COUNT, UNUSABLE, SIZE]
    groups = pd.DataFrame(counted.limit(MAX_GROUPS + 1).collect(), columns=names, dtype=object)
    if groups.empty:
        raise ResamplingError("The table has no rows; measure some that were scored.")
    if (periods := groups[PERIOD].nunique()) > MAX_PERIODS:
        raise ResamplingError(
            f"Column {by!r} (by) holds {periods:,} values or more; allowed are {MAX_PERIODS:,}: "
            "name a column of longer periods, as of months."
        )
    if len(groups) > MAX_GROUPS:
        raise ResamplingError(
            f"Column {table.label.name!r} (labelCol) holds too many distinct values to be a class: "
            "name the class column."
        )
    flaws = {
        f"label in column {table.label.name!r}": groups[ROW_COUNT][groups[CLASS].isna()].sum(),
        f"probability from 0 to 1 in column {probability.name!r}": groups[UNUSABLE].sum(),
    }
    if any(flaws.values()):
        listed = " and ".join(f"{n:,} rows have no {what}" for what, n in flaws.items() if n)
        raise ResamplingError(
            f"Of {groups[ROW_COUNT].sum():,} rows, {listed}: filter them out, or wait for them."
        )
    return groups


def _positive(
    groups: pd.DataFrame, positive: Any, baseline: Baseline | None, label_col: str
) -> Any:
    """Find the label of the positive class."""
    counts: dict[Any, int] = {}
    for label, rows in zip(groups[CLASS], groups[ROW_COUNT], strict=True):
        counts[label] = counts.get(label, 0) + rows
    named = {
        param: next(iter(match_labels({str(text): None}, list(counts), param)))
        for param, text in (
            ("positive", positive),
            ("baseline", baseline.positive if baseline else None),
        )
        if text is not None
    }
    if len(set(named.values())) > 1:
        raise ResamplingError(
            f"positive is {shown(positive)}, and that of the baseline "
            f"{shown(named['baseline'])}: leave positive out, or the baseline."
        )
    if named:
        return next(iter(named.values()))
    ordered = by_label(counts)
    return min(ordered, key=lambda label: ordered[label])
