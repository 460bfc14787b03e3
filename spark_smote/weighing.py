"""Rows that make new ones by what surrounds them: levels found, and shares that follow."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from spark_smote.blocks import Block
from spark_smote.levels import Weighing, level
from spark_smote.neighbors import Neighbourhood
from spark_smote.pool import Pool, judged
from spark_smote.randomness import key_quantile
from spark_smote.shares import ByKey, apportion
from spark_smote.source import KEY, LABEL, Source
from spark_smote.synthesis import ClassTask

__all__ = ["asked_classes", "weigh"]

logger = logging.getLogger(__name__)

WEIGHT, OTHERS = "_smote_weight", "_smote_others"

MOST_BASES = 2**20
"""Rows of a class that are weighed, those with the highest keys; the driver keeps their shares."""


def asked_classes(
    counts: Mapping[Any, int], made: Collection[Any], weighing: Weighing
) -> dict[int, int]:
    """Give the classes to weigh, by number, and the least key of the rows that are weighed.

    Raises
    ------
    ValueError
        Where a class is too large for all of its rows to be weighed, but they must be.
    """
    asked = {}
    for number, (label, rows) in enumerate(counts.items()):
        if label in made:
            asked[number] = key_quantile(max(0.0, 1 - MOST_BASES / rows))
            if rows > MOST_BASES and weighing.by == "safe":
                raise ValueError(
                    f"Class {label!r} has {rows} rows; safe levels are kept for {MOST_BASES} at "
                    "most: use SMOTE or BorderlineSMOTE, or fewer rows."
                )
            if rows > MOST_BASES:
                logger.warning(
                    "class %r has %d rows: about %d of them, chosen by key, may make new ones",
                    label, rows, MOST_BASES,
                )  # fmt: skip
    return asked


def _weigh(rows: Block, around: Neighbourhood, weighing: Weighing) -> dict[str, npt.NDArray[Any]]:
    """Judge rows by their level."""
    assert rows.labels is not None
    levels = level(around, rows.labels)
    weights = weighing.weights(levels) * rows.counts[around.base]
    some = weights > 0
    base = around.base[some]
    return {
        LABEL: rows.labels[base],
        KEY: rows.keys[base],
        WEIGHT: weights[some],
        OTHERS: levels[some],
    }


def weigh(
    pool: Pool, source: Source, tasks: Mapping[Any, ClassTask], weighing: Weighing
) -> dict[Any, ClassTask]:
    """Tell the tasks of the classes to raise which rows make how many, in one Spark job.

    Raises
    ------
    ValueError
        Where no row of a class weighs anything.
    """
    kinds = {LABEL: "int", KEY: "bigint", WEIGHT: "bigint", OTHERS: "bigint"}
    schema = ", ".join(f"{name} {kind} not null" for name, kind in kinds.items())
    found = judged(pool, source, partial(_weigh, weighing=weighing), schema).toPandas()
    ready = {}
    for label, task in tasks.items():
        mine = found[found[LABEL] == pool.labels.index(label)]
        rows = task.quota.rows
        if not len(mine):
            raise ValueError(
                f"Class {label!r} has no row of which {weighing.described()} are of other classes, "
                f"so that none can make the {rows} rows asked for: ask another number of "
                "neighbours, or use SMOTE."
            )
        keys, weights, others = (mine[name].to_numpy(np.int64) for name in (KEY, WEIGHT, OTHERS))
        shares = apportion(rows, keys, weights)
        safe = ByKey.sorted(keys, weighing.m - others) if weighing.by == "safe" else None
        ready[label] = replace(task, shares=shares, safe=safe)
        logger.info("class %r: %d rows make new ones", label, len(shares.keys))
    return ready
