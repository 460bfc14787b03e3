"""Slots of an ML vector or array: told apart by metadata, cut out, and put back."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

__all__ = ["inserted", "nominal_slots", "without"]


def nominal_slots(field: StructField) -> list[int]:
    """Give the slots of a vector that its ML metadata call nominal, as StringIndexer's are."""
    attributes = field.metadata.get("ml_attr", {}).get("attrs", {})
    return sorted(attribute["idx"] for attribute in attributes.get("nominal", []))


def without(values: Column, slots: Sequence[int]) -> Column:
    """Cut slots, named in ascending order, out of an array."""
    if not slots:
        return values
    starts = [0, *(slot + 1 for slot in slots)]
    return _joined(values, starts, slots, [])


def inserted(values: Column, slots: Sequence[int], held: Sequence[Column]) -> Column:
    """Put values into the slots that were cut out of an array."""
    if not slots:
        return values
    # Before the i-th slot cut out stand i others that the array lacks.
    places = [slot - i for i, slot in enumerate(slots)]
    return _joined(values, [0, *places], places, held)


def _joined(
    values: Column, starts: Sequence[int], ends: Sequence[int], between: Sequence[Column]
) -> Column:
    """Join stretches of an array, the last to its end, with one value between any two."""
    parts = []
    for i, (start, end) in enumerate(zip(starts, ends, strict=False)):
        if end > start:
            parts.append(F.slice(values, start + 1, end - start))
        parts += [F.array(value) for value in between[i : i + 1]]
    return F.concat(*parts, F.slice(values, starts[-1] + 1, F.size(values)))
