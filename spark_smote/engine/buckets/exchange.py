"""The shuffle: rows to their buckets, and synthetic rows from them."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame

from spark_smote.engine.buckets.layout import BucketTable
from spark_smote.engine.buckets.worker import assign, interpolate_buckets
from spark_smote.engine.table.feature_table import Source
from spark_smote.engine.table.names import (
    BUCKET,
    CLASS,
    EXTRA,
    KEY,
    LABEL,
    PACKED_BLOCK,
    ROUTE,
)

__all__ = ["gathered", "make_synthetic"]


def gathered(rows: DataFrame, table: BucketTable, source: Source) -> DataFrame:
    """Shuffle the rows of the target classes so that those of a bucket follow each other."""
    arrays = source.arrays
    names = [CLASS, KEY, *arrays, *(name for name in (EXTRA, LABEL) if name in rows.columns)]
    schema = f"{ROUTE} int not null, {BUCKET} int not null, {PACKED_BLOCK} binary not null"
    return (
        rows.select(*names)
        .mapInArrow(partial(assign, table=table, arrays=arrays), schema)
        .repartition(table.partitions, ROUTE)
        .sortWithinPartitions(BUCKET)
    )


def make_synthetic(rows: DataFrame, table: BucketTable, source: Source) -> DataFrame:
    """Make the synthetic rows of all target classes; lazy."""
    row_id = source.row_id.name if source.row_id else None
    worker = partial(interpolate_buckets, table=table, row_id=row_id)
    return gathered(rows, table, source).mapInPandas(worker, source.made_schema())
