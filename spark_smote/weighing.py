"""Rows that make new ones by what surrounds them: levels found, and shares that follow."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from spark_smote.blocks import Block
from spark_smote.levels import Weighing, level
from spark_smote.neighbors import Neighbourhood
from spark_smote.pool import Pool, judged
from spark_smote.randomness import key_quantile
from spark_smote.shares import Shares, apportion
from spark_smote.source import KEY, LABEL, Source

__all__ = ["asked_classes", "find_shares"]

logger = logging.getLogger(__name__)

WEIGHT = "_smote_weight"

MOST_BASES = 2**20
"""Rows of a class that are weighed, those with the highest keys; the driver keeps their shares."""


def asked_classes(counts: Mapping[Any, int], made: Mapping[Any, int]) -> dict[int, int]:
    """Give the classes to weigh, by number, and the least key of the rows that are weighed."""
    asked = {}
    for number, (label, rows) in enumerate(counts.items()):
        if label in made:
            asked[number] = key_quantile(max(0.0, 1 - MOST_BASES / rows))
            if rows > MOST_BASES:
                logger.warning(
                    "class %r has %d rows: about %d of them, chosen by key, may make new ones",
                    label, rows, MOST_BASES,
                )  # fmt: skip
    return asked


def _weigh(rows: Block, around: Neighbourhood, weighing: Weighing) -> dict[str, npt.NDArray[Any]]:
    """Judge rows by their level."""
    assert rows.labels is not None
    weights = weighing.weights(level(around, rows.labels)) * rows.counts[around.base]
    some = weights > 0
    base = around.base[some]
    return {LABEL: rows.labels[base], KEY: rows.keys[base], WEIGHT: weights[some]}


def find_shares(
    pool: Pool, source: Source, made: Mapping[Any, int], weighing: Weighing
) -> dict[Any, Shares]:
    """Weigh the rows of the classes to raise, and share out the rows to make, in one Spark job.

    Raises
    ------
    ValueError
        Where no row of a class weighs anything.
    """
    schema = f"{LABEL} int not null, {KEY} bigint not null, {WEIGHT} bigint not null"
    found = judged(pool, source, partial(_weigh, weighing=weighing), schema).toPandas()
    shares = {}
    for label, rows in made.items():
        mine = found[found[LABEL] == pool.labels.index(label)]
        if not len(mine):
            raise ValueError(
                f"Class {label!r} has no row of which {weighing.described()} are of other classes, "
                f"so that none can make the {rows} rows asked for: change m, or use SMOTE."
            )
        keys, weights = mine[KEY].to_numpy(np.int64), mine[WEIGHT].to_numpy(np.int64)
        shares[label] = apportion(rows, keys, weights)
        logger.info("class %r: %d rows make new ones", label, len(shares[label].keys))
    return shares
