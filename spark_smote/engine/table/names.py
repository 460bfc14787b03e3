"""Names of internal columns.

What a name stands for is defined here: a row's key, its draw, its bucket.
"""

from __future__ import annotations

RESERVED = "_smote_"
"""Prefix of all internal columns; a user's column must not start with it."""

# A row of the table.

CLASS = f"{RESERVED}class"
"""Number of the row's class among the classes that are resampled; of its group, if any, in a joint
search of all classes."""

OWN_CLASS = f"{RESERVED}own_class"
"""Number of the row's class in a joint search of all classes, where `CLASS` is another."""

KEY = f"{RESERVED}key"
"""64-bit hash of the seed and the row's content; identical rows have the same key."""

EXTRA = f"{RESERVED}extra"
"""Struct of the columns that travel with the features: those to copy, and the row's id."""

# A row on its way to a bucket.

ROUTE = f"{RESERVED}route"
"""Number that Spark's partitioner sends to the wanted partition."""

BUCKET = f"{RESERVED}bucket"
"""Number of the bucket; -1 - number for what is known of all rows, see `worker.assign`."""

PACKED_BLOCK = f"{RESERVED}packed_block"
"""Rows of one bucket from one batch, as bytes."""

# What the driver reads.

ROW_COUNT = f"{RESERVED}rows"
"""Number of rows in a group."""

UNUSABLE = f"{RESERVED}unusable"
"""Whether a feature of the row is null, NaN or infinite."""

SIZE = f"{RESERVED}size"
"""Number of features of the row, slots of categories included."""

BIN = f"{RESERVED}bin"
"""Bin of the row's key: its top bits."""

SAMPLED = f"{RESERVED}sampled"
"""Whether the driver reads the row's key."""

WEIGHT = f"{RESERVED}weight"
"""Weight of a row as a base of new rows."""

OTHER_CLASS = f"{RESERVED}other_class"
"""Number of the row's neighbors that are of other classes."""

# A row that is new or repeated.

NEIGHBOR = f"{RESERVED}neighbor"
"""Struct with the id of the neighbor that a new row lies towards."""

GAP = f"{RESERVED}gap"
"""Where a new row lies between its base, 0, and the neighbor, 1."""

DRAW = f"{RESERVED}draw"
"""64-bit number of a row, random by its key; the highest draws get the remainder."""

COPY = f"{RESERVED}copy"
"""Number of a copy among the copies of its row."""

# A pair of rows.

OTHER = f"{RESERVED}other"
"""Key of the other row."""

QUERY = f"{RESERVED}query"
"""Key of the row whose neighbors are searched for."""

FOUND = f"{RESERVED}found"
"""Key of a neighbor that was found."""

DISTANCE = f"{RESERVED}distance"
"""Distance of the two rows."""


def values_name(group: int | str) -> str:
    """Return the name of the array column for the features of one storage type."""
    return f"{RESERVED}values_{group}"


def category_name(position: int) -> str:
    """Return the name of the column for the new values of a category, as bytes of text."""
    return f"{RESERVED}category_{position}"
