"""Errors that a caller can mend: wrong data, a wrong configuration or a wrong Param."""

from __future__ import annotations

__all__ = ["ParamError", "ResamplingError"]


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
