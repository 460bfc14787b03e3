"""Plots of the benchmark: seconds against rows, and recall against seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from spark_smote.benchmark.contenders.registry import CONTENDERS, K, split_name
from spark_smote.benchmark.results import Result

__all__ = ["draw_recall", "draw_seconds"]

COLORS = dict(
    zip(
        CONTENDERS,
        ("#d1495b", "#e8a5ad", "#e07b39", "#8f2d56", "#5c1a1b", "#9aa0a6", "#1f4e9c", "#7fa6e0",
         "#2e9c8f", "#7b5ea7", "#b497d6", "#c98a1b", "#4d4d4d"),
        strict=True,
    )
)  # fmt: skip
"""Color of each contender; those at a git revision are paler."""


def draw_seconds(results: Sequence[Result], path: Path) -> None:
    """Draw seconds against minority rows; extrapolated ones are hollow and dashed."""
    figure, panels = _panels(results)
    for data, axes in panels.items():
        for contender, of_contender in _by_contender(results, data):
            style = {"linewidth": 1.6, **_style(contender)}
            measured = [result for result in of_contender if not result["extrapolated"]]
            extrapolated = [result for result in of_contender if result["extrapolated"]]
            axes.plot(*_seconds(measured), "o-", label=of_contender[0]["title"], **style)
            if measured and extrapolated:
                axes.plot(*_seconds([measured[-1], *extrapolated]), "--", **style)
                axes.plot(*_seconds(extrapolated), "o", markerfacecolor="none", **style)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("minority rows")
        axes.set_ylabel("seconds")
    _save(figure, panels, path)


def draw_recall(results: Sequence[Result], path: Path) -> None:
    """Draw recall against seconds; a larger dot stands for more rows."""
    figure, panels = _panels(results)
    for data, axes in panels.items():
        for contender, of_contender in _by_contender(results, data):
            with_recall = [result for result in of_contender if result.get("recall") is not None]
            if not with_recall:
                continue
            seconds = [result["seconds"] for result in with_recall]
            recalls = [result["recall"] for result in with_recall]
            style, title = _style(contender), of_contender[0]["title"]
            sizes = [30 + 30 * i for i in range(len(with_recall))]
            axes.plot(seconds, recalls, "-", linewidth=0.8, **style)
            axes.scatter(seconds, recalls, s=sizes, label=title, zorder=3, **style)
        axes.set_xscale("log")
        axes.set_xlabel("seconds")
        axes.set_ylabel(f"recall@{K}")
        axes.set_ylim(min(0.9, axes.get_ylim()[0]), 1.01)
    _save(figure, panels, path)


def _style(contender: str) -> dict[str, Any]:
    """Return the color of a contender, paler at a git revision."""
    key, revision = split_name(contender)
    return {"color": COLORS[key], "alpha": 0.5 if revision else 1.0}


def _panels(results: Iterable[Result]) -> tuple[Any, dict[str, Any]]:
    """Make a figure with axes for each data set, by its name."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(result["data"] for result in results))
    figure = Figure(figsize=(6.4 * len(names) + 2.6, 5.2), layout="constrained")
    (axes,) = figure.subplots(1, len(names), squeeze=False)
    return figure, dict(zip(names, axes, strict=True))


def _by_contender(results: Sequence[Result], data: str) -> Iterable[tuple[str, list[Result]]]:
    """Yield the results with seconds of each contender on a data set, by number of rows."""
    for contender in dict.fromkeys(result["contender"] for result in results):
        of_contender = [
            result
            for result in sorted(results, key=lambda result: int(result["rows"]))
            if (result["data"], result["contender"]) == (data, contender)
            and result["seconds"] is not None
        ]
        if of_contender:
            yield contender, of_contender


def _seconds(results: Sequence[Result]) -> tuple[list[int], list[float]]:
    """Return rows and seconds, as plotted against each other."""
    return [result["rows"] for result in results], [result["seconds"] for result in results]


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
