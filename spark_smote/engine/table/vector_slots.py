"""Slots of an ML vector or array: which are nominal, and how to remove and insert them."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

__all__ = ["insert_slots", "nominal_slots", "remove_slots"]


def nominal_slots(field: StructField) -> list[int]:
    """Return the slots of a vector that its ML metadata call nominal, as StringIndexer's are."""
    attributes = field.metadata.get("ml_attr", {}).get("attrs", {})
    return sorted(attribute["idx"] for attribute in attributes.get("nominal", []))


def remove_slots(array: Column, slots: Sequence[int]) -> Column:
    """Remove slots, listed in ascending order, from an array."""
    if not slots:
        return array
    starts = [0, *(slot + 1 for slot in slots)]
    return _join_stretches(array, starts, slots, [])


def insert_slots(array: Column, slots: Sequence[int], values: Sequence[Column]) -> Column:
    """Insert values as the slots that were removed from an array."""
    if not slots:
        return array
    # The array lacks the i slots before the i-th one, so each lies i places further left.
    cuts = [slot - i for i, slot in enumerate(slots)]
    return _join_stretches(array, [0, *cuts], cuts, values)


def _join_stretches(
    array: Column, starts: Sequence[int], ends: Sequence[int], between: Sequence[Column]
) -> Column:
    """Join stretches of an array, the last to its end, with one value between any two."""
    parts = []
    for i, (start, end) in enumerate(zip(starts, ends, strict=False)):
        if end > start:
            parts.append(F.slice(array, start + 1, end - start))
        parts += [F.array(value) for value in between[i : i + 1]]
    return F.concat(*parts, F.slice(array, starts[-1] + 1, F.size(array)))
