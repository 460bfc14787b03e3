"""What a catalog knows of a table."""

from __future__ import annotations

from itertools import dropwhile

from pyspark.sql import SparkSession

__all__ = ["table_details"]

DETAILS = "# Detailed Table Information"
"""What Spark writes above the details, below the columns, which may have the same names."""


def table_details(spark: SparkSession, table: str) -> dict[str, str]:
    """Return the details of a table by name, named in lower case, as provider and location."""
    rows = spark.sql(f"DESCRIBE TABLE EXTENDED {table}").collect()
    details = dropwhile(lambda row: row.col_name != DETAILS, rows)
    return {row.col_name.lower(): row.data_type or "" for row in details}
