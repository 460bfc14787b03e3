"""Rows equally far: none is favored by its class, and the votes are in proportion."""

from __future__ import annotations

import numpy as np
import pytest

from spark_smote.core.block import Block
from spark_smote.core.cleaning import disagreeing, misclassified, nearest
from spark_smote.core.distance.categories import Category
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.strategy.quotas import Quota
from spark_smote.core.synthesis.task import ClassTask
from spark_smote.core.synthesis.voting import vote_on_categories
from spark_smote.core.weights import count_other_class


def block_of(points, counts, labels, seed=0):
    keys = np.random.default_rng(seed).integers(-(2**63), 2**63 - 1, len(points))
    order = np.argsort(keys)
    return Block(
        keys[order], np.array(counts)[order], np.ones(len(points), np.bool_),
        [np.array(points, np.float64)[order]], None, np.array(labels, np.int32)[order],
    )  # fmt: skip


def neighborhood_of(block, k, scaling="none") -> Neighborhood:
    task = ClassTask(Quota(0, int(block.counts.sum())), k, scaling)
    return task.search(block, task.space_for(block), np.arange(len(block)))


def at_one_place(counts, k, seed=0):
    """A class each at one place, and a hundred rows of class 9 far away."""
    points = [[0.0, 0.0]] * len(counts) + [[100.0 + i, 50.0] for i in range(100)]
    labels = [*range(len(counts)), *[9] * 100]
    block = block_of(points, [*counts, *[1] * 100], labels, seed)
    return block, neighborhood_of(block, k)


@pytest.mark.parametrize("seed", range(5))
def test_a_few_rows_at_the_place_of_many_are_removed(seed):
    block, around = at_one_place([4, 400], 3, seed)
    few = np.flatnonzero(block.own_class == 0)
    assert disagreeing(around, block.own_class, "all")[few]
    assert disagreeing(around, block.own_class, "mode")[few]
    assert misclassified(around, block.own_class)[few]


def test_votes_at_one_place_are_in_proportion_over_many_draws():
    """Of 4 and 8 rows, k=5: a row of the first sees 3 and 8 others, one of the second 4 and 7."""
    votes = np.array(
        [
            [
                count_other_class(around, block.own_class)[block.own_class == own][0]
                for own in (0, 1)
            ]
            for block, around in (at_one_place([4, 8], 5, seed) for seed in range(400))
        ]
    )
    expected = np.array([5 * 8 / 11, 5 * 4 / 11])
    assert (np.abs(votes - expected) < 1).all()
    # A vote is rounded up or down: its variance is at most a quarter.
    assert (np.abs(votes.mean(axis=0) - expected) < 4 * 0.5 / np.sqrt(400)).all()


def test_the_nearest_of_one_is_its_twin_of_another_class():
    block, around = at_one_place([1, 1], 1)
    pair = np.flatnonzero(block.own_class < 2)
    assert nearest(around)[pair].tolist() == pair[::-1].tolist()


def lattice(rng, size=9):
    """Integer points in the plane, of three classes of very different sizes, many repeated."""
    points = np.indices((size, size)).reshape(2, -1).T
    labels = rng.integers(0, 3, len(points))
    counts = np.where(labels == 0, 1, rng.integers(1, 30, len(points)))
    shared = rng.choice(len(points), len(points) // 3, replace=False)
    return (
        np.vstack([points, points[shared]]),
        np.concatenate([counts, rng.integers(1, 9, len(shared))]),
        np.concatenate([labels, (labels[shared] + 1) % 3]),
    )


def expected_votes(block, base, k):
    """Brute force: the rows of each class among the k nearest, ties in proportion."""
    apart = ((block.values[0] - block.values[0][base]) ** 2).sum(axis=1)
    rows = block.counts - (np.arange(len(block)) == base)
    votes, left = np.zeros(3), float(k)
    for distance in np.unique(apart):
        tied = apart == distance
        part = min(1.0, left / max(rows[tied].sum(), 1))
        votes += part * np.bincount(block.own_class[tied], rows[tied], minlength=3)
        left -= part * rows[tied].sum()
    return votes


@pytest.mark.parametrize("k", [1, 3, 10, 60])
def test_votes_on_a_lattice_are_in_proportion(k):
    differences = []
    for seed in range(12):
        block = block_of(*lattice(np.random.default_rng(seed)), seed=seed)
        around = neighborhood_of(block, k)
        choices, votes = around.votes(np.arange(len(block)))
        assert (votes.sum(axis=1) == k).all()
        assert (votes >= 0).all()
        assert (votes <= block.counts[choices]).all()
        for base in range(len(block)):
            found = np.bincount(block.own_class[choices[base]], votes[base], minlength=3)
            differences.append(found - expected_votes(block, base, k))
    differences = np.array(differences)
    error = differences.std(axis=0) / np.sqrt(len(differences))
    assert (np.abs(differences.mean(axis=0)) < 5 * error + 1e-9).all()


def test_no_label_but_its_rows_count():
    """Other numbers for the classes: the same rows vote."""
    points, counts, labels = lattice(np.random.default_rng(1))
    one, other = block_of(points, counts, labels), block_of(points, counts, 2 - labels)
    found = [neighborhood_of(block, 5).votes(np.arange(len(block))) for block in (one, other)]
    assert all((a == b).all() for a, b in zip(*found, strict=True))


def test_without_ties_the_nearest_vote():
    rng = np.random.default_rng(0)
    block = block_of(rng.normal(size=(300, 3)), rng.integers(1, 4, 300), rng.integers(0, 2, 300))
    around = neighborhood_of(block, 5, "standard")
    plain = Neighborhood(around.base, around.index, around.counts, around.k)
    (choices, votes), expected = around.votes(around.base), plain.votes(around.base)
    assert (choices[:, :6] == expected[0]).all()
    assert (votes[:, :6] == expected[1]).all()
    assert not votes[:, 6:].any()


def test_a_category_is_voted_for_by_all_rows_equally_far():
    """A constant number: the mismatch of categories is no distance, and all rows are equal."""
    codes = np.array([[1], [2]])
    block = Block(
        np.array([-5, 5]), np.array([4, 400]), np.ones(2, np.bool_),
        [np.zeros((2, 1)), codes], None,
    )  # fmt: skip
    category = Category(np.array([1, 2]), np.array(["few", "many"], object))
    task = ClassTask(Quota(10, 404), 5, "standard", categories=(category,))
    space = task.space_for(block)
    around = task.search(block, space, np.arange(2))
    voted = vote_on_categories(block, around, space, np.array([0, 1]), np.array([0, 0]))
    assert voted.ravel().tolist() == [2, 2]
