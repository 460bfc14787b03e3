"""Params that samplers share, and the converters that check their values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

from pyspark.ml.param import Param, Params, TypeConverters

from spark_smote.scaling import SCALINGS
from spark_smote.strategy import STRATEGIES

__all__ = ["SamplerParams"]

# Converters raise TypeError, the only error to which Spark adds the Param's name.


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _whole(value: Any, least: int) -> int:
    if not _is_number(value) or value % 1 != 0:
        raise TypeError(f"must be a whole number, got {value!r}")
    if value < least:
        raise TypeError(f"must be at least {least}, got {value!r}")
    return int(value)


def _k(value: Any) -> int:
    return _whole(value, 1)


def _bucket_size(value: Any) -> int:
    return _whole(value, 16)


def _seed(value: Any) -> int:
    number = _whole(value, -(2**63))
    if number >= 2**63:
        raise TypeError(f"must fit 64 bits, got {value!r}")
    return number


def _replication(value: Any) -> float:
    if not _is_number(value) or not 1 <= value < math.inf:
        raise TypeError(f"must be a number from 1.0, got {value!r}")
    return float(value)


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in allowed:
            raise TypeError(f"must be one of {', '.join(map(repr, allowed))}, got {value!r}")
        return str(value)

    return convert


def _strategy(value: Any) -> str | float | dict[str, int]:
    """Check a strategy and write labels as text, so that JSON gives back what it got."""
    if isinstance(value, str):
        return _one_of(*STRATEGIES)(value)
    if isinstance(value, Mapping):
        counts = {_label_text(label): _rows(label, rows) for label, rows in value.items()}
        if len(counts) < max(1, len(value)):
            raise TypeError(f"must name at least one class, and each class once, got {value!r}")
        return counts
    if _is_number(value):
        if not 0 < value <= 1:
            raise TypeError(
                f"must be a ratio of minority to majority in (0, 1], got {value!r}; for final "
                "rows give {label: rows}"
            )
        return float(value)
    raise TypeError(
        f"must be one of {', '.join(map(repr, STRATEGIES))}, a ratio in (0, 1] or "
        f"{{label: final rows}}, got {value!r}"
    )


def _label_text(label: Any) -> str:
    if hasattr(label, "item"):  # a NumPy scalar
        label = label.item()
    return str(label).lower() if isinstance(label, bool) else str(label)


def _rows(label: Any, rows: Any) -> int:
    if not _is_number(rows) or not isinstance(rows, Integral) or rows < 0:
        raise TypeError(
            f"must give a whole number of final rows, 0 or more, for class {label!r}, got {rows!r}"
        )
    return int(rows)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"must name a column, got {value!r}")
    return str(value)


def _names(value: Any) -> list[str]:
    names = [_name(name) for name in TypeConverters.toList(value)]
    if len(set(names)) < len(names):
        raise TypeError(f"must name each column once, got {value!r}")
    return names


def _features(value: Any) -> list[str]:
    names = _names(value)
    if not names:
        raise TypeError(f"must name at least one column, got {value!r}")
    return names


class SamplerParams(Params):
    """Params of every sampler; their texts are what `explainParams` prints."""

    featuresCol: Param[str] = Param(
        Params._dummy(),
        "featuresCol",
        "features in one column: an ML vector, or an array of float or double.",
        typeConverter=_name,
    )
    inputCols: Param[list[str]] = Param(
        Params._dummy(),
        "inputCols",
        "instead of featuresCol: plain numeric columns (integers, float, double, decimal).",
        typeConverter=_features,
    )
    labelCol: Param[str] = Param(
        Params._dummy(),
        "labelCol",
        "class of a row: string, boolean, integer, float or double.",
        typeConverter=_name,
    )
    k: Param[int] = Param(
        Params._dummy(), "k", "nearest neighbours of the same class (>= 1).", typeConverter=_k
    )
    samplingStrategy: Param[str | float | dict[str, int]] = Param(
        Params._dummy(),
        "samplingStrategy",
        "which classes to raise, and to how many rows: 'auto' = 'not majority', 'minority', "
        "'not minority', 'all'; a ratio minority/majority in (0, 1], two classes only; or "
        "{label: final rows}.",
        typeConverter=_strategy,
    )
    distanceScaling: Param[str] = Param(
        Params._dummy(),
        "distanceScaling",
        "scaling of features for the distance: 'standard', 'minmax' or 'none'.",
        typeConverter=_one_of(*SCALINGS),
    )
    copyCols: Param[list[str]] = Param(
        Params._dummy(),
        "copyCols",
        "other columns that a synthetic row copies from its base row; the rest are null.",
        typeConverter=_names,
    )
    syntheticCol: Param[str] = Param(
        Params._dummy(),
        "syntheticCol",
        "name of a boolean column to add, true for synthetic rows.",
        typeConverter=_name,
    )
    lineageCol: Param[str] = Param(
        Params._dummy(),
        "lineageCol",
        "name of a column to add, struct<base, neighbour, gap> of ids from idCol, null for "
        "originals.",
        typeConverter=_name,
    )
    idCol: Param[str] = Param(
        Params._dummy(),
        "idCol",
        "column that names a row in lineageCol.",
        typeConverter=_name,
    )
    outputMode: Param[str] = Param(
        Params._dummy(),
        "outputMode",
        "'all' (originals and synthetic rows) or 'synthetic' (only these).",
        typeConverter=_one_of("all", "synthetic"),
    )
    smallClass: Param[str] = Param(
        Params._dummy(),
        "smallClass",
        "what to do with a class of fewer than k + 1 rows: 'error', 'lowerK', 'duplicate' or "
        "'skip'.",
        typeConverter=_one_of("error", "lowerK", "duplicate", "skip"),
    )
    replication: Param[float] = Param(
        Params._dummy(),
        "replication",
        "buckets that a row of a hashed class is sent to on average (>= 1.0): more find more of "
        "the true neighbours. Unset: as many as a sample says that they need, up to 3.",
        typeConverter=_replication,
    )
    bucketSize: Param[int] = Param(
        Params._dummy(),
        "bucketSize",
        "rows wanted in a bucket (>= 16); a class of no more is searched exactly. Unset: from "
        "the number of features.",
        typeConverter=_bucket_size,
    )
    seed: Param[int] = Param(
        Params._dummy(), "seed", "random seed, a 64-bit integer.", typeConverter=_seed
    )
