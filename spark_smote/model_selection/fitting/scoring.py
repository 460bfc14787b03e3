"""Scores of all models of a fold, in one pass over its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.engine.table.names import RESERVED
from spark_smote.model_selection.fitting.training import LABEL, FittedModel
from spark_smote.model_selection.score_frame import MAX_EXACT_ROWS, score_tables

__all__ = ["TRAINING", "is_exact", "score"]

TRAINING = f"{RESERVED}training"
"""Whether a row that is scored was trained on."""

RUN, CLASS, SCORE, IS_POSITIVE = "run", "class", "score", "is_positive"


def is_exact(n_scores: int, n_classes: int) -> bool:
    """Return whether so many scores, of all models, are few enough to count each by itself."""
    tables = 1 if n_classes == 2 else n_classes
    return n_scores * tables <= MAX_EXACT_ROWS


def score(
    models: Sequence[FittedModel], rows: DataFrame, n_classes: int, exact: bool
) -> list[dict[str, Any]]:
    """Score rows by all models, and count them by score.

    Parameters
    ----------
    models : sequence of FittedModel
    rows : DataFrame
        With `FEATURES`, `LABEL` and `TRAINING`.
    n_classes : int
    exact : bool
        Whether each score is counted by itself, or in a bin.

    Returns
    -------
    list of dict
        For each model, the tables `scored` and `training`, and its `confusion`: see `FittedFold`.
    """
    names = [f"{SCORE}{i}" for i in range(len(models))]
    for model, name in zip(models, names, strict=True):
        rows = model.add_scores(rows, name)
    runs = [F.struct(F.lit(i).alias(RUN), F.col(name).alias(SCORE)) for i, name in enumerate(names)]
    each = rows.select(LABEL, TRAINING, F.explode(F.array(*runs)).alias("each"))
    scored = each.select(LABEL, TRAINING, "each.*")
    if n_classes == 2:
        classes, confusions = [1], [None] * len(models)
        by_class = scored.select(
            RUN, TRAINING, LABEL, F.lit(1).alias(CLASS), F.get(SCORE, F.lit(1)).alias(SCORE)
        )
    else:
        classes = list(range(n_classes))
        confusions = _confusions(scored.where(~F.col(TRAINING)), len(models), n_classes)
        by_class = scored.select(RUN, TRAINING, LABEL, F.posexplode(SCORE).alias(CLASS, SCORE))
    tables = score_tables(
        by_class.withColumn(IS_POSITIVE, F.col(LABEL) == F.col(CLASS)),
        [RUN, TRAINING, CLASS],
        SCORE,
        IS_POSITIVE,
        exact=exact,
    )
    none = ScoreTable.of([], [], [])
    return [
        {
            "scored": [tables.get((run, False, number), none) for number in classes],
            "training": [tables.get((run, True, number), none) for number in classes],
            "confusion": confusion,
        }
        for run, confusion in enumerate(confusions)
    ]


def _confusions(scored: DataFrame, n_models: int, n_classes: int) -> list[Any]:
    """Count the rows by model, class and predicted class, in one job."""
    predicted = F.array_position(SCORE, F.array_max(SCORE)) - 1
    counted = scored.groupBy(RUN, LABEL, predicted.alias("predicted")).count()
    found = np.zeros((n_models, n_classes, n_classes), np.int64)
    for row in counted.collect():
        found[row[RUN], int(row[LABEL]), int(row["predicted"])] = row["count"]
    return list(found.tolist())
