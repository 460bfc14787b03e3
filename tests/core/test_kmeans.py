"""K-means against scikit-learn's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.cluster import KMeans

from spark_smote.core.kmeans import fit_kmeans, move_centers


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    random = np.random.default_rng(3)
    return random.normal(size=(600, 4)) + 2 * random.integers(3, size=(600, 4))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("iterations", [3, 300])
def test_centers_move_as_scikit_learns_do(points, weighted, iterations):
    counts = np.random.default_rng(4).integers(1, 9, size=len(points)) if weighted else None
    model = KMeans(9, init=points[:9], n_init=1, max_iter=iterations, tol=0)
    model.fit(points, sample_weight=counts)
    moved = move_centers(points, points[:9], iterations, counts)
    np.testing.assert_allclose(moved, model.cluster_centers_, atol=1e-12)


def test_the_fit_is_as_close_as_scikit_learns(points):
    """By the sum of squares, of which greedy k-means++ finds nearly the least."""
    centers, labels = fit_kmeans(points, 30)
    distances = ((points[:, None] - centers) ** 2).sum(axis=2)
    assert labels.tolist() == distances.argmin(axis=1).tolist()
    others = [KMeans(30, n_init=1, random_state=seed).fit(points).inertia_ for seed in range(9)]
    assert distances.min(axis=1).sum() < 1.02 * max(others)


def test_counts_are_as_good_as_rows(points):
    """With one center for each blob, far apart, the centers are the means of the rows."""
    blobs = points[:40] / 100 + np.repeat(np.eye(4) * 50, 10, axis=0)
    counts = np.arange(1, 41)
    centers, labels = fit_kmeans(blobs, 4, counts)
    for blob in range(4):
        rows = slice(10 * blob, 10 * blob + 10)
        expected = np.average(blobs[rows], axis=0, weights=counts[rows])
        np.testing.assert_allclose(centers[labels[10 * blob]], expected, atol=1e-12)


def test_few_distinct_rows_share_centers():
    centers, labels = fit_kmeans(np.repeat([[1.0], [5.0]], 10, axis=0), 4)
    assert sorted(set(centers.ravel().tolist())) == [1.0, 5.0]
    assert centers[labels].ravel().tolist() == [1.0] * 10 + [5.0] * 10


def test_a_far_row_does_not_take_the_digits_of_the_others():
    points = np.array([[0.0], [1e-3], [7.0], [7.001], [1e300]])
    _, labels = fit_kmeans(points, 3)
    assert labels[0] == labels[1] != labels[2] == labels[3]


def test_a_hash_is_fitted_without_scikit_learn():
    """Its import takes longer than a plan."""
    program = (
        "import sys, numpy as np\n"
        "from spark_smote.core.hashing.fitting import fit_hash\n"
        "rows = np.random.default_rng(0).normal(size=(256, 3))\n"
        "assert len(fit_hash(rows, 1.0, 4, 5, None, 16).centers) > 1\n"
        "assert 'sklearn' not in sys.modules\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=True
    )
