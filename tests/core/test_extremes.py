"""The ends of double precision: neighbors as at 1, and no row that is not finite."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from spark_smote.core.block import Block
from spark_smote.core.distance.metric import Metric
from spark_smote.core.distance.space import fit_space
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.ball import Ball
from spark_smote.core.synthesis.bucket import make_rows
from spark_smote.core.synthesis.interpolation import Center, Segment, Simplex
from spark_smote.core.synthesis.star import Star
from spark_smote.core.synthesis.task import ClassTask

K = 5

UNITS = [2.0**-1074, 2.0**-1060, 2.0**-565, 1e-170, 1.0, 1e200, 1e305, 2.0**1014]
"""Times whole numbers up to 1023: from 5e-324 and 1e-320 to the largest double, 1.797e308."""

LARGEST = np.finfo(np.float64).max

OUTLIERS = [None, -LARGEST, LARGEST, 1e300, 1e17]

METRICS = [Metric(), Metric("manhattan"), Metric("minkowski", 3.0)]


def whole_numbers(rows=400, features=3):
    rng = np.random.default_rng(0)
    points = np.rint(rng.normal(size=(rows, features)) * 250).clip(-1023, 1023)
    points = np.unique(points, axis=0)
    points[0], points[1] = 1023, -1023  # both signs, to the ends
    return rng.permutation(points)


def block_of(points):
    keys = np.arange(len(points)) * 2**40
    one = np.ones(len(points), np.int64)
    return Block(keys, one, np.ones(len(points), np.bool_), [points], None)


def share_of_neighbors(found, points, metric):
    """Share of the found that are as near as the k-th by scikit-learn: ties count."""
    model = NearestNeighbors(n_neighbors=K + 1, metric=metric.name, **(
        {"p": metric.p} if metric.name == "minkowski" else {}
    ))  # fmt: skip
    distances, _ = model.fit(points).kneighbors(points)
    apart = points[found] - points[:, None]
    lengths = np.linalg.norm(apart, ord=metric.power, axis=2)
    return (lengths <= distances[:, -1:] * (1 + 1e-9)).mean()


def scaled(points, kind):
    oracle = {"standard": StandardScaler(), "minmax": MinMaxScaler()}.get(kind)
    return oracle.fit_transform(points) if oracle else points


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@pytest.mark.parametrize("kind", ["standard", "minmax", "none"])
@pytest.mark.parametrize("unit", UNITS)
def test_neighbors_at_every_scale(unit, kind, metric):
    points = whole_numbers()
    block = block_of(points * unit)
    task = ClassTask(Quota(0, len(points)), K, kind, metric=metric)
    found = task.search(block, task.space_for(block), np.arange(len(points))).index
    assert share_of_neighbors(found, scaled(points, kind), metric) == 1.0


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["standard", "minmax", "none"])
def test_angles_at_every_scale(unit, kind):
    points = whole_numbers() + 0.0
    block = block_of(points * unit)
    task = ClassTask(Quota(0, len(points)), K, kind, metric=Metric("cosine"))
    found = task.search(block, task.space_for(block), np.arange(len(points))).index
    divided = points / {"standard": points.std(axis=0), "minmax": np.ptp(points, axis=0)}.get(
        kind, 1.0
    )
    directions = divided / np.linalg.norm(divided, axis=1, keepdims=True)
    assert share_of_neighbors(found, directions, Metric()) >= 0.999  # scale's last digits


@pytest.mark.parametrize("outlier", OUTLIERS[1:])
@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@pytest.mark.parametrize("kind", ["standard", "minmax", "none"])
def test_neighbors_beside_one_far_row(kind, metric, outlier):
    """A sentinel in every feature: it scales them alike, and the others keep their order."""
    points = whole_numbers()
    block = block_of(np.vstack([points, np.full((1, points.shape[1]), outlier)]))
    task = ClassTask(Quota(0, len(block)), K, kind, metric=metric)
    found = task.search(block, task.space_for(block), np.arange(len(points))).index
    assert (found < len(points)).all()
    assert share_of_neighbors(found, points, metric) >= 0.999


@pytest.mark.parametrize("outlier", OUTLIERS[1:])
@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_sentinel_in_one_feature_leaves_the_others_their_neighbors(metric, outlier):
    points = whole_numbers()
    beside = points.copy()
    beside[7, 1] = outlier
    block = block_of(beside)
    task = ClassTask(Quota(0, len(block)), K, "none", metric=metric)
    others = np.flatnonzero(np.arange(len(points)) != 7)
    found = task.search(block, task.space_for(block), others).index
    assert (found != 7).all()
    positions = np.searchsorted(others, found)
    assert share_of_neighbors(positions, points[others], metric) >= 0.999


@pytest.mark.parametrize("outlier", OUTLIERS)
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["standard", "minmax", "none"])
@pytest.mark.parametrize("drawing", [Segment(), Simplex(), Center(), Ball(), Star()])
def test_new_rows_are_finite_and_within_the_class(drawing, kind, unit, outlier):
    points = whole_numbers(80) * unit
    if outlier is not None:
        points[40] = outlier
    block = block_of(points)
    task = ClassTask(Quota(200, len(points)), K, kind, interpolation=drawing)
    made = np.vstack([new.values[0] for new in make_rows(block, task)])
    assert len(made) == 200
    assert np.isfinite(made).all()
    if not isinstance(drawing, Ball):
        assert (made >= points.min(axis=0)).all()
        assert (made <= points.max(axis=0)).all()


@pytest.mark.parametrize("outlier", OUTLIERS)
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["standard", "minmax", "none"])
def test_rows_are_spread_over_cells_at_every_scale(kind, unit, outlier):
    points = whole_numbers(4000) * unit
    if outlier is not None:
        points[7] = outlier
    space = fit_space([points], np.ones(len(points), np.int64), kind)
    sample = space.transform([points])
    cells = fit_hash(sample, 1.0, 16, K, 2.0, 16)
    home, _, guest_cells = cells.assign(sample)
    sizes = np.bincount(home, minlength=len(cells.centers))
    assert len(sizes) >= 8
    assert sizes.max() <= len(points) / 4
    assert len(guest_cells) > 0
