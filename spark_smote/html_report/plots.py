"""The pictures of the report, each with the words that explain it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spark_smote.html_report.runs import (
    Run,
    label,
    learners,
    models,
    over_folds,
    positives,
)
from spark_smote.html_report.svg import INK, STYLE, inline_svg

__all__ = ["Picture", "draw", "key"]

POINTS = 2000
"""The most points in a scatter."""

# Okabe and Ito's colors, which color-blind readers tell apart, less the yellow that white swallows.
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7",
)  # fmt: skip
LINES = [
    (color, dashes)
    for dashes, color in product(
        ((), (5, 2), (1.5, 1.5)), (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE)
    )
]
TICKS = (0, 0.01, 0.05, 0.1, 0.25, 0.5, 1)
"""Probabilities that are marked."""

PARTS = ("at_half", "tuned")
KINDS = {"other": (INK, "."), "synthetic": (ORANGE, "^"), "original": (BLUE, "o")}


class Picture(NamedTuple):
    """A picture: its heading, which is the learner or empty, and its SVG."""

    heading: str
    svg: str


def draw(evaluation: Mapping[str, Any]) -> dict[str, list[Picture]]:
    """Draw the pictures of a report by the section they belong to."""
    styles = _styles(evaluation)
    sections: dict[str, list[Picture]] = {
        "curves": [], "changes": [], "calibration": [], "projection": []
    }  # fmt: skip
    with rc_context(STYLE), warnings.catch_warnings():
        # A name in a script that matplotlib's font lacks: the page's own font has it.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        for i, learner in enumerate(learners(evaluation)):
            runs = models(evaluation, learner)
            if drawn := [run for run in runs if run["curve"]]:
                sections["curves"].append(_curves(drawn, styles, f"curve{i}"))
            sections["changes"] += [
                _changes(runs, figure, f"{figure}{i}") for figure in ("recall", "precision")
                if any(over_folds(run, "tuned", figure) for run in runs)
            ]  # fmt: skip
            for part, title in (("calibration", "as trained"),
                                ("corrected_calibration", "corrected")):  # fmt: skip
                if drawn := [run for run in runs if run.get(part)]:
                    picture = _calibration(drawn, styles, part, title, f"{part}{i}")
                    sections["calibration"].append(picture)
        if projection := evaluation["projection"]:
            sections["projection"].append(_projection(projection))
    return sections


def key(evaluation: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what the lines of the pictures stand for: name, color and dashes."""
    return [
        (name, "currentColor" if color == INK else color, " ".join(map(str, dashes)))
        for name, (color, dashes) in _styles(evaluation).items()
    ]


def _styles(evaluation: Mapping[str, Any]) -> dict[str, tuple[str, Sequence[float]]]:
    """Choose a color and dashes for every method, the same in all pictures."""
    names = dict.fromkeys(
        label(run) for name in learners(evaluation) for run in models(evaluation, name)
    )
    others = [name for name in names if name != "none, threshold"]
    styles: dict[str, tuple[str, Sequence[float]]] = {}
    if len(others) < len(names):
        styles["none, threshold"] = (INK, ())
    return styles | {name: LINES[i % len(LINES)] for i, name in enumerate(others)}


def _axes(width: float, height: float, left: float = 0.5) -> tuple[Figure, Axes]:
    """Return axes with room for labels, in inches: a layout engine draws everything twice."""
    figure = Figure(figsize=(width, height))
    figure.subplots_adjust(left / width, 0.45 / height, 1 - 0.12 / width, 1 - 0.08 / height)
    return figure, figure.add_subplot()


def _curves(runs: Sequence[Run], styles: Mapping[str, Any], name: str) -> Picture:
    """Draw precision against recall, with a dot where each tuned threshold is."""
    figure, axes = _axes(4.4, 3.3)
    for run in reversed(runs):
        color, dashes = styles[label(run)]
        threshold, recall, precision, _ = np.array(run["curve"]).T
        axes.plot(recall, precision, color=color, dashes=dashes or (None, None))
        if run["threshold"] is not None:
            tuned = np.abs(threshold - run["threshold"]).argmin()
            axes.plot(recall[tuned], precision[tuned], "o", color=color, markersize=4.5)
    base = positives(runs[0]["curve"]) / 1000
    axes.axhline(base, color=INK, linestyle=":", linewidth=0.9)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.02))
    learner = str(runs[0]["learner"])
    described = f"Lines of {', '.join(map(label, runs))}; rows at random reach {base:.3g}."
    return Picture(
        learner, inline_svg(figure, name, f"Precision against recall, {learner}", described)
    )


def _changes(runs: Sequence[Run], name: str, prefix: str) -> Picture:
    """Draw a figure at 0.5 and at the tuned threshold, one row a method."""
    names = [_short(label(run)) for run in runs]
    figure, axes = _axes(4.4, 0.6 + 0.24 * len(runs), left=0.25 + 0.07 * max(map(len, names)))
    color = BLUE if name == "recall" else VERMILION
    half, tuned = (
        np.array([spread.mean if spread else np.nan for spread in spreads])
        for spreads in ([over_folds(run, part, name) for run in runs] for part in PARTS)
    )
    rows = np.arange(len(runs))
    axes.hlines(rows, half, tuned, color=color, linewidth=2, alpha=0.5)
    axes.plot(half, rows, "o", color=color, markerfacecolor="none", markersize=6)
    axes.plot(tuned, rows, "o", color=color, markersize=6)
    plain = [over_folds(run, "tuned", name) for run in runs if run["method"] == "none"]
    if plain and plain[0]:
        axes.axvline(plain[0].mean, color=INK, linestyle=":", linewidth=0.9)
    axes.set_yticks(rows, names, parse_math=False)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(runs) - 0.4, -0.6), xlabel=name)
    axes.grid(visible=False, axis="y")
    learner = str(runs[0]["learner"])
    described = "Hollow at threshold 0.5, filled at the tuned threshold; the numbers are below."
    return Picture(
        f"{learner}: {name}",
        inline_svg(figure, prefix, f"{name} by method, {learner}".capitalize(), described),
    )


def _calibration(
    runs: Sequence[Run], styles: Mapping[str, Any], part: str, title: str, name: str
) -> Picture:
    """Draw the share of positives against the probability, both stretched near 0."""
    figure, axes = _axes(4.4, 3.3)
    axes.plot([0, 1], [0, 1], color=INK, linestyle=":", linewidth=0.9)
    for run in reversed(runs):
        color, dashes = styles[label(run)]
        mean, share, _ = np.array(run[part]).T
        axes.plot(mean, share, ".-", color=color, markersize=4,
                  dashes=dashes or (None, None))  # fmt: skip
    for axis, scale in ((axes.xaxis, axes.set_xscale), (axes.yaxis, axes.set_yscale)):
        scale("function", functions=(_root, np.square))
        axis.set_ticks(TICKS, ["0", *(f"{tick:g}".removeprefix("0") for tick in TICKS[1:])])
        axis.set_tick_params(which="minor", bottom=False, left=False)
    axes.set(xlabel="probability", ylabel="share that is positive", xlim=(0, 1), ylim=(0, 1.01))
    learner = str(runs[0]["learner"])
    return Picture(
        f"{learner}: {title}",
        inline_svg(figure, name, f"Calibration {title}, {learner}",
                   "On the dotted diagonal, probabilities are true."),
    )  # fmt: skip


def _root(values: Any) -> Any:
    """Return square roots; an axis asks for those of its margin, below 0, too."""
    return np.sqrt(np.maximum(values, 0))


def _projection(projection: Mapping[str, Any]) -> Picture:
    """Draw at most `POINTS` rows on the first two principal components."""
    points = projection["points"][:: -(-len(projection["points"]) // POINTS)]
    figure, axes = _axes(6, 4.2, left=0.7)
    for kind, (color, marker) in KINDS.items():
        if of_kind := [point[:2] for point in points if point[2] == kind]:
            x, y = zip(*of_kind, strict=True)
            axes.plot(x, y, marker, color=color, markersize=3.5, markeredgewidth=0,
                      alpha=0.35 if kind == "other" else 0.7)  # fmt: skip
    explained = [f"component {i}: {share:.0%} of the variance"
                 for i, share in enumerate(projection["explained"][:2], start=1)]  # fmt: skip
    axes.set(**dict(zip(("xlabel", "ylabel"), explained, strict=False)))
    described = "Rows of the other classes, of the positive class, and synthetic ones."
    return Picture("", inline_svg(figure, "projection", "The data in two dimensions", described))


def _short(name: str) -> str:
    """Return a name that fits beside a picture, of letters that XML knows."""
    name = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return name if len(name) <= 24 else f"{name[:23]}…"
