"""Warn of a table that Spark itself knows not to be the same each time it is read."""

from __future__ import annotations

import logging

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

__all__ = ["is_deterministic", "warn_if_random"]

logger = logging.getLogger(__name__)


def is_deterministic(dataset: DataFrame) -> bool:
    """Check whether a table's plan has no random function, and no UDF marked as such; no Spark job.

    Spark shows this on no kind of session, but refuses to join each row with such a plan. Before
    Spark 4.0, which has that join for a DataFrame, every plan passes; so do, on all versions, a
    UDF that is random and not marked, a limit without an order, and a source that others write to.
    """
    if not hasattr(dataset, "lateralJoin"):
        return True
    rows = dataset.sparkSession.range(2)
    try:
        # Of one column: on Spark Connect, only the schema brings the plan to the server.
        _ = rows.lateralJoin(dataset).select(F.lit(1)).schema
    except AnalysisException as error:
        return "NON_DETERMINISTIC_LATERAL_SUBQUERIES" not in str(error)
    return True


def warn_if_random(dataset: DataFrame) -> None:
    """Log a warning if the plan of a table is not deterministic.

    VectorAssembler and StringIndexer mark their UDFs as random, so that Spark calls them once a
    row, though they are not: behind them, nothing is known.
    """
    if any("ml_attr" in field.metadata for field in dataset.schema):
        return
    if not is_deterministic(dataset):
        logger.warning(
            "the table is made by a random function, or a UDF marked so, and may be another each "
            "time it is read: write or checkpoint it first"
        )
