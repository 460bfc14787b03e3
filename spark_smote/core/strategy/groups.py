"""Classes of groups: each group of a table is balanced as if it were the table."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, Self, TypeVar

from spark_smote.core.strategy.labels import match_labels
from spark_smote.exceptions import ResamplingError, shown

__all__ = [
    "GroupedLabel",
    "by_group",
    "group_of",
    "in_each_group",
    "in_groups_of",
    "label_of",
    "match_classes",
    "pool_numbers",
    "warn_of_classes",
]

Value = TypeVar("Value")

MAX_WARNINGS = 20
"""Classes that a log warns of one by one."""


class GroupedLabel(tuple[Any, ...]):
    """A class of one group, as a tuple: the values of the group, and the label last.

    Attributes
    ----------
    code : int
        What the rows of this class have in common, and no others: a hash of these values.
    """

    code: int

    @classmethod
    def of(cls, values: Iterable[Any], code: int) -> Self:
        """Build a class from its values and their hash."""
        grouped = cls(values)
        grouped.code = code
        return grouped


def label_of(name: Any) -> Any:
    """Return the label of a class, of a group or not."""
    return name[-1] if isinstance(name, GroupedLabel) else name


def group_of(name: Any) -> tuple[Any, ...]:
    """Return the values of a class's group; none without groups."""
    return tuple(name[:-1]) if isinstance(name, GroupedLabel) else ()


def by_group(counts: Iterable[Any]) -> dict[tuple[Any, ...], dict[Any, Any]]:
    """Sort classes by group: for each group, its classes by label.

    Examples
    --------
    >>> by_group([GroupedLabel.of(("acme", 0), 7), GroupedLabel.of(("acme", 1), 8)])
    {('acme',): {0: ('acme', 0), 1: ('acme', 1)}}
    >>> by_group([0, 1])
    {(): {0: 0, 1: 1}}
    """
    groups: dict[tuple[Any, ...], dict[Any, Any]] = {}
    for name in counts:
        groups.setdefault(group_of(name), {})[label_of(name)] = name
    return groups


def in_groups_of(some: Iterable[Any], names: Iterable[Any]) -> list[Any]:
    """Return the classes that are in the same groups as some of them; all without groups."""
    groups = set(map(group_of, some))
    return [name for name in names if group_of(name) in groups]


def pool_numbers(names: Iterable[Any]) -> list[int]:
    """Return the number of each class's group, in the order in which the groups occur.

    Examples
    --------
    >>> pool_numbers([GroupedLabel.of(("acme", n), n) for n in (0, 1)]), pool_numbers([0, 1])
    ([0, 0], [0, 0])
    """
    numbers: dict[tuple[Any, ...], int] = {}
    return [numbers.setdefault(group_of(name), len(numbers)) for name in names]


def warn_of_classes(logger: logging.Logger, warnings: Sequence[str]) -> None:
    """Log a warning of each class; of the classes of many groups, only the first ones."""
    for text in warnings[:MAX_WARNINGS]:
        logger.warning(text)
    if len(warnings) > MAX_WARNINGS:
        logger.warning("and %d classes more, likewise", len(warnings) - MAX_WARNINGS)


def match_classes(
    wanted: Mapping[str, Value], classes: Sequence[Hashable], param: str
) -> dict[Any, Value]:
    """Find the classes of all groups that a Param's mapping names by the text of their label.

    Raises
    ------
    ResamplingError
        If a text names no label of any group or several, or two texts name the same label.
    """
    labels = list(dict.fromkeys(map(label_of, classes)))
    matched = match_labels(wanted, labels, param)
    return {name: matched[label_of(name)] for name in classes if label_of(name) in matched}


Resolve = Callable[[Any, Mapping[Any, int]], dict[Any, Value]]


def in_each_group(resolve: Resolve[Value]) -> Resolve[Value]:
    """Resolve a strategy in each group by itself; groups of a single class are left out.

    A label of a strategy must occur in one of the groups, not in all.

    Parameters
    ----------
    resolve : callable
        Turns a strategy and the rows of each class of a table into a value for some classes.
    """

    @wraps(resolve)
    def resolve_groups(strategy: Any, counts: Mapping[Any, int]) -> dict[Any, Value]:
        groups = by_group(counts)
        if groups.keys() <= {()}:
            return resolve(strategy, counts)
        mixed = {group: names for group, names in groups.items() if len(names) > 1}
        if not mixed:
            raise ResamplingError(
                f"Each of the {len(groups)} groups (groupCols) holds one class only; resampling "
                "needs at least two in a group: name fewer groupCols."
            )
        matched = None
        if not isinstance(strategy, (str, float)):
            matched = match_classes(dict(_items(strategy)), list(counts), "samplingStrategy")
        resolved: dict[Any, Value] = {}
        for group, names in mixed.items():
            own = strategy
            if matched is not None:
                own = {
                    str(label): matched[name] for label, name in names.items() if name in matched
                }
            try:
                values = resolve(own, {label: counts[name] for label, name in names.items()})
            except ResamplingError as error:
                raise ResamplingError(f"Group {shown(group)}: {error}") from error
            resolved |= {names[label]: value for label, value in values.items()}
        return resolved

    return resolve_groups


def _items(strategy: Mapping[str, Any] | Sequence[str]) -> Iterable[tuple[str, Any]]:
    return strategy.items() if isinstance(strategy, Mapping) else dict.fromkeys(strategy).items()
