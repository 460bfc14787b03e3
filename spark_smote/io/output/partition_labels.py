"""Labels that the folders of `partitionBy` do not give back as they were."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from typing import Any

__all__ = ["warn_of_folders"]

logger = logging.getLogger(__name__)

NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"
"""What Spark names the folder of null, and of empty text."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def warn_of_folders(partition_by: Collection[str], label_col: str, labels: Collection[Any]) -> None:
    """Warn of classes that are read back as others, if the label is written as folders.

    Spark reads the name of a folder as a number if those of all folders are numbers.
    """
    texts = [label for label in labels if isinstance(label, str)]
    if label_col not in partition_by or not texts:
        return
    nulls = [text for text in texts if text in ("", NULL_FOLDER)]
    numbers = [text for text in texts if text not in nulls]
    if nulls:
        logger.warning(
            "partitionBy names the label %r, and folders give back class %s as null: leave it out "
            "of partitionBy, or rename the class",
            label_col, " and ".join(map(repr, nulls)),
        )  # fmt: skip
    if numbers and all(map(_NUMBER.fullmatch, numbers)):
        logger.warning(
            "partitionBy names the label %r, and Spark reads its folders as numbers, so that '01' "
            "is 1: leave it out of partitionBy, or read with "
            "spark.sql.sources.partitionColumnTypeInference.enabled=false",
            label_col,
        )
