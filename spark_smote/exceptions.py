"""Errors that a caller can mend: wrong data, a wrong configuration or a wrong Param."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

__all__ = ["ParamError", "ResamplingError", "shorten", "shown", "unknown"]

MAX_SHOWN = 200
"""Characters of a value in a message."""


class ResamplingError(ValueError):
    """Data, Params or a configuration that do not fit each other.

    The message names the value, what is allowed and what to change. Any other `ValueError` out
    of this package is a defect of it.

    Examples
    --------
    >>> from spark_smote import SMOTE, ResamplingError
    >>> df = spark.createDataFrame([(1.0, 0)], "amount double, label int")
    >>> try:
    ...     SMOTE(inputCols=["amuont"]).transform(df)
    ... except ResamplingError as error:
    ...     print(error)
    Column 'amuont' (inputCols) not found; columns: ['amount', 'label']. Did you mean 'amount'?
    """


class ParamError(TypeError):
    """A Param or a key of the configuration with a value of the wrong type or out of its range.

    A `TypeError`, as pyspark demands of a Param's converter. Any other `TypeError` out of this
    package is a defect of it.

    Examples
    --------
    >>> from spark_smote import SMOTE, ParamError
    >>> try:
    ...     SMOTE(k_neighbors=3)
    ... except ParamError as error:
    ...     print(error)
    SMOTE has no parameter 'k_neighbors'; did you mean 'k'?
    """


def shown(value: object) -> str:
    """Return a value of the user's as a message quotes it; the middle of a long one is left out.

    Examples
    --------
    >>> shown("fraud"), len(shown("x" * 10**6)) < 250
    ("'fraud'", True)
    """
    try:
        return shorten(repr(value), MAX_SHOWN)
    except (ValueError, RecursionError):  # thousands of digits, or of lists in each other
        return f"a value of type {type(value).__name__} that is too large to show"


def shorten(text: str, length: int) -> str:
    """Leave out the middle of a text that has more characters than `length`."""
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]}… ({len(text) - 2 * half:,} characters) …{text[-half:]}"


def unknown(name: str, known: Sequence[str]) -> str:
    """Describe an unknown name, with the known names and the nearest of them."""
    by_lower_case = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), by_lower_case, n=1)
    hint = f" Did you mean {by_lower_case[near[0]]!r}?" if near else ""
    return f"{shown(name)} is unknown; allowed: {', '.join(known)}.{hint}"
