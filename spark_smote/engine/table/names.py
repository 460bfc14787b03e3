"""Names of internal columns."""

from __future__ import annotations

RESERVED = "_smote_"
"""Prefix of internal columns."""

# A row of the table.
CLASS = f"{RESERVED}class"
KEY = f"{RESERVED}key"
EXTRA = f"{RESERVED}extra"
OWN_CLASS = f"{RESERVED}own_class"

# A row on its way to a bucket.
ROUTE = f"{RESERVED}route"
BUCKET = f"{RESERVED}bucket"
PACKED_BLOCK = f"{RESERVED}packed_block"

# What the driver reads.
ROW_COUNT = f"{RESERVED}rows"
UNUSABLE = f"{RESERVED}unusable"
SIZE = f"{RESERVED}size"
BIN = f"{RESERVED}bin"
SAMPLED = f"{RESERVED}sampled"
WEIGHT = f"{RESERVED}weight"
OTHER_CLASS = f"{RESERVED}other_class"

# What a row makes, or becomes.
NEIGHBOR = f"{RESERVED}neighbor"
GAP = f"{RESERVED}gap"
DRAW = f"{RESERVED}draw"
COPY = f"{RESERVED}copy"

# A pair of rows.
OTHER = f"{RESERVED}other"
QUERY = f"{RESERVED}query"
FOUND = f"{RESERVED}found"
DISTANCE = f"{RESERVED}distance"


def values_name(place: int | str) -> str:
    """Name the array column of the features of one storage type."""
    return f"{RESERVED}values_{place}"


def category_name(place: int) -> str:
    """Name the column of a categorical column's new values, as text."""
    return f"{RESERVED}category_{place}"
