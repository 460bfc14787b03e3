"""The benchmark's two pictures: seconds against rows, and recall against seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from spark_smote.benchmark.contenders.registry import CONTENDERS, K
from spark_smote.benchmark.results import Standing

__all__ = ["draw_recall", "draw_seconds"]

COLORS = dict(
    zip(
        CONTENDERS,
        ("#d1495b", "#e8a5ad", "#e07b39", "#8f2d56", "#5c1a1b", "#9aa0a6", "#1f4e9c", "#7fa6e0",
         "#2e9c8f", "#7b5ea7", "#b497d6", "#c98a1b", "#4d4d4d"),
        strict=True,
    )
)  # fmt: skip


def draw_seconds(standings: Sequence[Standing], path: Path) -> None:
    """Draw seconds against minority rows; what is extrapolated is hollow and dashed."""
    figure, panels = _panels(standings)
    for name, axes in panels.items():
        for contender, found in _by_contender(standings, name):
            style = {"color": COLORS[contender], "linewidth": 1.6}
            measured = [one for one in found if not one["extrapolated"]]
            axes.plot(*_seconds(measured), "o-", label=found[0]["title"], **style)
            if measured and (beyond := [one for one in found if one["extrapolated"]]):
                axes.plot(*_seconds([measured[-1], *beyond]), "--", **style)
                axes.plot(*_seconds(beyond), "o", markerfacecolor="none", **style)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("minority rows")
        axes.set_ylabel("seconds")
    _save(figure, panels, path)


def draw_recall(standings: Sequence[Standing], path: Path) -> None:
    """Draw recall against seconds; a larger dot has more rows."""
    figure, panels = _panels(standings)
    for name, axes in panels.items():
        for contender, found in _by_contender(standings, name):
            judged = [one for one in found if one.get("recall") is not None]
            if not judged:
                continue
            times, shares = (
                [one["seconds"] for one in judged],
                [one["recall"] for one in judged],
            )
            color, sizes = (
                COLORS[contender],
                [30 + 30 * place for place in range(len(judged))],
            )
            axes.plot(times, shares, "-", color=color, linewidth=0.8)
            axes.scatter(times, shares, s=sizes, color=color, label=found[0]["title"], zorder=3)
        axes.set_xscale("log")
        axes.set_xlabel("seconds")
        axes.set_ylabel(f"recall@{K}")
        axes.set_ylim(min(0.9, axes.get_ylim()[0]), 1.01)
    _save(figure, panels, path)


def _panels(standings: Iterable[Standing]) -> tuple[Any, dict[str, Any]]:
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(found["data"] for found in standings))
    figure = Figure(figsize=(6.4 * len(names) + 2.6, 5.2), layout="constrained")
    (axes,) = figure.subplots(1, len(names), squeeze=False)
    return figure, dict(zip(names, axes, strict=True))


def _by_contender(standings: Sequence[Standing], name: str) -> Iterable[tuple[str, list[Standing]]]:
    """Give what is known of each contender on the data of a name, by number of rows."""
    for contender in CONTENDERS:
        found = [
            one
            for one in sorted(standings, key=lambda one: int(one["rows"]))
            if (one["data"], one["contender"]) == (name, contender) and one["seconds"] is not None
        ]
        if found:
            yield contender, found


def _seconds(found: Sequence[Standing]) -> tuple[list[int], list[float]]:
    return [one["rows"] for one in found], [one["seconds"] for one in found]


def _save(figure: Any, panels: dict[str, Any], path: Path) -> None:
    labels: dict[str, Any] = {}
    for name, axes in panels.items():
        axes.set_title(name)
        axes.grid(alpha=0.25, which="both")
        axes.spines[["top", "right"]].set_visible(False)
        handles, titles = axes.get_legend_handles_labels()
        labels |= dict(zip(titles, handles, strict=True))
    figure.legend(labels.values(), labels.keys(), loc="outside right center", frameon=False)
    figure.savefig(path, dpi=130)
