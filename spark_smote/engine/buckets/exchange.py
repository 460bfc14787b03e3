"""The shuffle: rows to their buckets, and synthetic rows from them."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_type

from spark_smote.engine.buckets.layout import BucketLayout
from spark_smote.engine.buckets.worker import assign, interpolate_buckets
from spark_smote.engine.table.feature_table import FeatureTable
from spark_smote.engine.table.names import (
    BUCKET,
    CLASS,
    EXTRA,
    KEY,
    OWN_CLASS,
    PACKED_BLOCK,
    ROUTE,
)

__all__ = ["exchange", "make_synthetic"]


def exchange(rows: DataFrame, layout: BucketLayout, table: FeatureTable) -> DataFrame:
    """Shuffle the rows of the target classes so that those of a bucket follow each other."""
    arrays = table.arrays
    names = [CLASS, KEY, *arrays, *(name for name in (EXTRA, OWN_CLASS) if name in rows.columns)]
    schema = f"{ROUTE} int not null, {BUCKET} int not null, {PACKED_BLOCK} binary not null"
    return (
        rows.select(*names)
        .mapInArrow(partial(assign, layout=layout, arrays=arrays), schema)
        .repartition(layout.partitions, ROUTE)
        .sortWithinPartitions(BUCKET)
    )


def make_synthetic(rows: DataFrame, layout: BucketLayout, table: FeatureTable) -> DataFrame:
    """Make the synthetic rows of all target classes; lazy."""
    types = [to_arrow_type(element) for element in table.features.types]
    row_id = table.row_id.name if table.row_id else None
    worker = partial(interpolate_buckets, layout=layout, types=types, row_id=row_id)
    return exchange(rows, layout, table).mapInPandas(worker, table.exchange_schema())
