"""Ratios of this package's present figures to those of its earlier revisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spark_smote.benchmark.contenders.registry import split_name

__all__ = ["ratios_to_revisions"]


def ratios_to_revisions(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Divide present medians of the rounds by those of each revision.

    Parameters
    ----------
    results : iterable of Result
        Of one benchmark.

    Returns
    -------
    list of dict
        For each table and each contender at a revision: the ratio of `seconds`, `again_seconds`
        and `cpu_seconds_above_floor`; None if a figure is missing, or CPU seconds are not above
        the floor's.
    """
    by_name = {(one["data"], one["rows"], one["contender"]): one for one in results}
    found = []
    for (data, rows, name), old in by_name.items():
        contender, revision = split_name(name)
        if not revision or not old["rounds"]:
            continue
        new, floor = by_name[data, rows, contender], by_name.get((data, rows, "floor"), {})
        found.append(
            {
                "contender": contender,
                "revision": revision,
                "data": data,
                "rows": rows,
                "seconds": _ratio(new["seconds"], old["seconds"]),
                "again_seconds": _ratio(new.get("again_seconds"), old.get("again_seconds")),
                "cpu_seconds_above_floor": _ratio(_above(new, floor), _above(old, floor)),
            }
        )
    return found


def _above(result: Mapping[str, Any], floor: Mapping[str, Any]) -> float | None:
    """Compute CPU seconds above the floor's, if they are."""
    own, least = result.get("cpu_seconds"), floor.get("cpu_seconds")
    return own - least if own is not None and least is not None and own > least else None


def _ratio(new: float | None, old: float | None) -> float | None:
    return round(new / old, 3) if new is not None and old else None
