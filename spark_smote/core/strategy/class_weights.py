"""Weights of classes: by the power of their rows, by their effective number, or as given."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from spark_smote.core.strategy.groups import by_group, label_of, match_classes
from spark_smote.core.strategy.labels import Label, by_label
from spark_smote.exceptions import shown

__all__ = ["class_weights"]

logger = logging.getLogger(__name__)

MAX_RATIO = 1e6
"""How many times the weight of another class a class's may be before it is warned of."""


def class_weights(
    rows: Mapping[Any, float],
    *,
    power: float = 1.0,
    beta: float | None = None,
    weights: Mapping[str, float] | None = None,
    normalize: bool = True,
) -> dict[Any, float]:
    """Compute the weight of each class.

    Parameters
    ----------
    rows : mapping of label to float
        Rows of each class; of classes of groups, each group is weighted by itself.
    power : float, default 1.0
        A class of n rows weighs n^(-power): 1 weighs all classes alike, 0 all rows.
    beta : float, optional
        In (0, 1), instead of `power`: a class weighs the inverse of the effective number of its
        rows, (1 - beta) / (1 - beta^n).
    weights : mapping of str to float, optional
        Instead of either: weights by label, as text; of labels not named, 1.0.
    normalize : bool, default True
        Scale the weights to a mean of 1 over the rows. Otherwise, the largest class weighs 1, or
        as `weights` has it.

    Returns
    -------
    dict of label to float

    Raises
    ------
    ResamplingError
        If there are fewer than two labels, or `weights` names an unknown one.

    References
    ----------
    King, Zeng: "Logistic regression in rare events data", Political Analysis 9, 2001. Cui et al.:
    "Class-balanced loss based on effective number of samples", CVPR 2019.

    Examples
    --------
    >>> class_weights({0: 90, 1: 10}, normalize=False)
    {0: 1.0, 1: 9.0}
    >>> class_weights({0: 90, 1: 10}, power=0.5, normalize=False)
    {0: 1.0, 1: 3.0}
    >>> class_weights({0: 90, 1: 10}, weights={"1": 2.0}, normalize=False)
    {0: 1.0, 1: 2.0}
    """
    by_label({label_of(name): 0 for name in rows})
    named = match_classes(weights, list(rows), "weights") if weights else {}
    weighted: dict[Any, float] = {}
    for names in by_group(rows).values():
        group = {name: rows[name] for name in names.values()}
        if weights:
            relative = {name: named.get(name, 1.0) for name in group}
        else:
            relative = _relative(group, power, beta)
        scale = 1.0
        if normalize:
            total = math.fsum(n * relative[name] for name, n in group.items())
            scale = math.fsum(group.values()) / total
        weighted |= {name: weight * scale for name, weight in relative.items()}
    _warn_of_ratio(weighted)
    return {name: weighted[name] for name in rows}


def _relative(rows: Mapping[Label, float], power: float, beta: float | None) -> dict[Label, float]:
    """Compute weights relative to that of the largest class."""
    largest = max(rows.values())
    if beta is None:
        return {name: (largest / n) ** power for name, n in rows.items()}
    rate = math.log(beta)
    return {name: math.expm1(largest * rate) / math.expm1(n * rate) for name, n in rows.items()}


def _warn_of_ratio(weights: Mapping[Any, float]) -> None:
    lightest = min(weights, key=weights.__getitem__)
    heaviest = max(weights, key=weights.__getitem__)
    ratio = weights[heaviest] / weights[lightest]
    if ratio > MAX_RATIO:
        logger.warning(
            "a row of class %s weighs %.3g times one of class %s, so that few rows decide: lower "
            "power, or raise the class's rows before",
            shown(heaviest), ratio, shown(lightest),
        )  # fmt: skip
