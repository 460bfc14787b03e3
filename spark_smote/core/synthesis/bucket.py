"""SMOTE in one bucket: which rows make new ones, with which neighbor, and where between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from spark_smote.core.block import Block
from spark_smote.core.distance.space import FeatureSpace
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.randomness import uniform
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.drawings import draw_weights, safe_gap
from spark_smote.core.synthesis.interpolation import combine, interpolate, move
from spark_smote.core.synthesis.star import fit_star, star_gaps
from spark_smote.core.synthesis.task import ClassTask, neighborhood, space_of
from spark_smote.core.synthesis.voting import first_in_order, tied_modes, vote

__all__ = ["Synthetic", "make_rows"]

BATCH_BYTES = 8 * 2**20
"""Memory of the new rows held at once, features in double precision."""


@dataclass(frozen=True)
class Synthetic:
    """New rows: features, codes, and the positions they come from, where that is one neighbor."""

    values: list[npt.NDArray[Any]]
    codes: npt.NDArray[np.int64]
    base: npt.NDArray[np.int64]
    neighbor: npt.NDArray[np.int64]
    gap: npt.NDArray[np.float64]


def make_rows(
    rows: Block, task: ClassTask, slice_number: int = 0, slices: int = 1
) -> Iterator[Synthetic]:
    """Make the synthetic rows of one bucket, a batch at a time.

    Parameters
    ----------
    rows : Block
        All rows that meet in the bucket, merged.
    task : ClassTask
        What its class asks for.
    slice_number, slices : int
        The share of the bucket's new rows to make: every slice sees all the rows, and the
        slices together make each new row once.
    """
    shares = task.made_by(rows)
    ends = np.cumsum(shares)
    total = int(ends[-1])
    first, last = total * slice_number // slices, total * (slice_number + 1) // slices
    if first == last:
        return
    low, high = np.searchsorted(ends, [first, last - 1], side="right")
    space = space_of(rows, task)
    around = neighborhood(rows, task, space, low + np.flatnonzero(shares[low : high + 1]))
    numeric = space.numeric(rows.values)
    width = sum(part.shape[1] for part in rows.values)
    drawn = 8 * width * (1 if task.interpolation == "segment" else task.k + 1)
    copied = 0 if rows.extras is None else rows.extras.nbytes // len(rows)
    step = max(1, BATCH_BYTES // (drawn + copied))
    star = task.star
    for start in range(first, last, step):
        made = np.arange(start, min(start + step, last))
        base = np.searchsorted(ends, made, side="right")
        draw = made - (ends[base] - shares[base])
        place = np.searchsorted(around.base, base)
        neighbor = around.pick(place, uniform("neighbour", rows.keys[base], draw))
        gap = uniform("gap", rows.keys[base], draw)
        if task.safe is not None:
            gap = safe_gap(gap, *(task.safe.of(rows.keys[end]) for end in (base, neighbor)))
        if rows.labels is not None:  # another class is approached, but not joined
            foreign = rows.labels[neighbor] != rows.labels[base]
            gap *= np.where(foreign, 0.5 * uniform("foreign", rows.keys[base], draw), 1.0)
        if task.interpolation == "segment":
            values = [interpolate(part[base], part[neighbor], gap) for part in numeric]
        elif task.interpolation == "star":
            star = star or fit_star(numeric, rows.counts)
            gaps = star_gaps(draw, shares[base])
            values = star.draw([part[base] for part in numeric], gaps)
        elif task.interpolation == "ball":
            values = _in_balls(rows, task.ball, space, base, neighbor, draw)
        else:
            others = around.index[place]
            weights = draw_weights(task.interpolation, rows.keys[base], draw, others.shape[1])
            values = [combine(part[base], part[others], weights) for part in numeric]
        codes = (
            _voted(rows, around, space, place, draw)
            if task.categories
            else np.empty((0, 0), np.int64)
        )
        yield Synthetic(values, codes, base, neighbor, gap)


def _voted(
    rows: Block,
    around: Neighborhood,
    space: FeatureSpace,
    place: npt.NDArray[np.int64],
    draw: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Give each new row the most frequent categories among its base's neighbors."""
    bases, back = np.unique(place, return_inverse=True)
    voters, votes = around.votes(bases)
    codes = rows.values[-1][voters]
    if space.vdm:  # the base votes as well, and a tie is settled by order
        votes[:, 0] += 1
        chosen = first_in_order(tied_modes(codes, votes), codes, space.vdm)[back]
    else:
        chosen = vote(tied_modes(codes, votes)[back], rows.keys[around.base[place]], draw)
    return cast(npt.NDArray[np.int64], codes[back[:, None], chosen, np.arange(codes.shape[2])])


def _in_balls(
    rows: Block,
    ball: Ball,
    space: FeatureSpace,
    base: npt.NDArray[np.int64],
    neighbor: npt.NDArray[np.int64],
    draw: npt.NDArray[np.int64],
) -> list[npt.NDArray[Any]]:
    """Draw around bases in the space of the distance, and go back to the features' own units."""
    start, end = (
        space.scaling.apply(space.numbers([part[ends] for part in rows.values]))
        for ends in (base, neighbor)
    )
    # Half of the way, as all of it can be longer than the largest double.
    half = ball.draw(rows.keys[base], draw, 0.5 * end - 0.5 * start) * space.scaling.scale
    numeric = space.numeric(rows.values)
    widths = np.cumsum([part.shape[1] for part in numeric])[:-1]
    return [
        move(part[base], step, *_limits(part))
        for part, step in zip(numeric, np.split(half, widths, axis=1), strict=True)
    ]


def _limits(part: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Give the least and largest value of new rows: a ball reaches beyond the rows there are."""
    if part.dtype.kind == "i":  # it may stand for a narrower type, or a decimal
        return part.min(axis=0), part.max(axis=0)
    largest = np.finfo(part.dtype).max
    return -largest, largest
