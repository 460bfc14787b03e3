"""The keys of [evaluate], each with a flag: what `spark_smote.evaluate` takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.ml.param import Param, Params

from spark_smote.exceptions import ParamError, shown
from spark_smote.model_selection.fitting.learners import LEARNERS
from spark_smote.model_selection.options import TUNED
from spark_smote.param import converters as to

__all__ = ["KEYS", "convert"]


def _number(value: Any) -> float:
    """Check a number; its range is checked by `Options`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ParamError(f"must be a number, got {shown(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ParamError(f"must be a text, got {shown(value)}")
    return value


def _names(value: Any) -> list[str]:
    """Check names, or a single one; none has a comma, which divides those of a flag."""
    names = [value] if isinstance(value, str) else value
    if (
        not isinstance(names, list)
        or not names
        or not all(isinstance(name, str) and name and "," not in name for name in names)
    ):
        raise ParamError(f"must be a name or a list of names, got {shown(value)}")
    return names


def _costs(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise ParamError(f"must be a table as in {{ fp = 1, fn = 40 }}, got {shown(value)}")
    return dict(value)


def _key(name: str, converter: Any, text: str) -> Param[Any]:
    # A Param, so that the texts of flags are read as those of a sampler's Params are.
    return Param(Params._dummy(), name, text, converter)


KEYS: dict[str, Param[Any]] = {
    key.name: key
    for key in (
        _key("labelCol", to.column, "the class: text, boolean or number; by default label"),
        _key("featuresCol", to.column, "a vector or an array; by default features"),
        _key("inputCols", to.some_columns, "or plain columns, as in amount,hour"),
        _key("categoricalCols", to.columns, "those of inputCols that are categories"),
        _key("positive", to.text, "the class of interest; by default the rarest"),
        _key(
            "methods",
            _names,
            "names as in none,weights,over,smote-0.5,smote-0.1+weights, or for several quick or "
            "all; by default what suits the table",
        ),
        _key("learners", _names, f"of {', '.join(LEARNERS)}; by default logistic,forest"),
        _key("folds", _number, "2 to 20; by default 5"),
        _key("repeats", _number, "times that folds are drawn anew, 1 to 10; by default 1"),
        _key("groupCol", to.column, "rows of equal value share a fold"),
        _key("timeCol", to.column, "train on earlier rows, score later ones, instead of folds"),
        _key("rankBy", _text, "figure to compare by; by default pr_auc"),
        _key("minPrecision", _number, "adds recall_at_precision, the recall at this precision"),
        _key("minRecall", _number, "adds precision_at_recall, the precision at this recall"),
        _key("costs", _costs, "of errors, as in '{fp = 1, fn = 40}': adds cost, of 1,000 rows"),
        _key(
            "tune",
            _text,
            f"what the moved threshold is best at: {', '.join(TUNED)}; by default f1",
        ),
        _key("maxRows", _number, "rows to use at most, a share of each class; at least 1000"),
        _key("parallelism", _number, "methods that are fitted at once, 1 to 64; by default 2"),
        _key("rope", _number, "a difference that does not matter, 0 to 0.2; by default 0.01"),
        _key("syntheticCol", to.column, "a boolean column that must be false in all rows"),
        _key("seed", to.seed, "the same seed gives the same figures; by default 2002"),
    )
}
"""Keys by name."""


def convert(name: str, value: Any) -> Any:
    """Return the value of a key as `evaluate` takes it.

    Raises
    ------
    ParamError
        If it is of the wrong type.

    Examples
    --------
    >>> convert("methods", "quick"), convert("positive", True)
    (['quick'], 'true')
    """
    try:
        return KEYS[name].typeConverter(value)
    except TypeError as error:
        raise ParamError(f"[evaluate] {name} {error}.") from error
