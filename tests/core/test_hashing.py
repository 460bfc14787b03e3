"""Hashes that send rows where their neighbors need them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from helpers import blobs, exact_neighborhood, overlapping

from spark_smote.core.hashing import fitting
from spark_smote.core.hashing.broadcast_queries import (
    EXPECTED_CANDIDATES,
    BroadcastQueries,
    CandidateFilter,
)
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.fitting import fit_hash, recall_in_bucket
from spark_smote.core.hashing.query_region import fit_query_region
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.engine.buckets.capacity import Capacity
from spark_smote.engine.buckets.fitting import fit_cells


def share_met(cells: CellHash, points: np.ndarray, base: np.ndarray, k: int = 5) -> float:
    """Compute the share of the k nearest rows of each base that are sent to its home cell."""
    home, rows, others = cells.assign(points)
    is_sent = np.zeros((len(points), len(cells.centers)), bool)
    is_sent[np.arange(len(points)), home] = True
    is_sent[rows, others] = True
    return is_sent[nearest_neighbors(points, base, k), home[base, None]].mean()


class TestHashing:
    SAMPLE = blobs(4000, 6, 0, centers=12)

    def test_cells_do_not_depend_on_batches_or_order(self):
        cells = fit_hash(self.SAMPLE, 1.0, 16, 5, 1.5, 16)
        home, rows, others = cells.assign(self.SAMPLE)
        order = np.random.default_rng(0).permutation(4000)
        for size in (1, 7, 4000):
            some = order[: min(size * 40, 4000)]
            pieces = [
                cells.assign(self.SAMPLE[some[i : i + size]]) for i in range(0, len(some), size)
            ]
            assert (np.concatenate([piece[0] for piece in pieces]) == home[some]).all()
            sent = {
                (int(some[start * size + row]), int(cell))
                for start, piece in enumerate(pieces)
                for row, cell in zip(piece[1], piece[2], strict=True)
            }
            assert sent == {pair for pair in zip(rows, others, strict=True) if pair[0] in set(some)}

    def test_home_is_the_nearest_center(self):
        cells = fit_hash(self.SAMPLE, 1.0, 16, 5, 1.5, 16)
        apart = np.linalg.norm(self.SAMPLE[:, None] - cells.centers * cells.unit, axis=2)
        nearest = np.sort(apart, axis=1)
        clear = nearest[:, 1] - nearest[:, 0] > 0.01
        assert clear.mean() > 0.95
        assert (cells.home(self.SAMPLE)[clear] == apart.argmin(axis=1)[clear]).all()

    def test_the_largest_cell_comes_first_as_spark_begins_with_it(self):
        uneven = np.concatenate([blobs(60 * 2**i, 6, i, centers=1) for i in range(6)])
        sample = uneven[np.random.default_rng(0).permutation(len(uneven))]
        sizes = np.bincount(fit_hash(sample, 1.0, 8, 5, 1.0, 16).home(sample))
        assert len(set(sizes)) > 1
        assert (np.diff(sizes) <= 0).all()

    def test_no_cell_holds_two_blobs_as_its_task_would_be_the_last(self):
        """One cell fewer than blobs is asked for; each blob is a sixteenth, but for chance."""
        random = np.random.default_rng(5)
        sample = 40 * random.normal(size=(16, 6))[random.integers(16, size=2048)]
        cells = fit_hash(sample + random.normal(size=sample.shape), 1.0, 15, 5, 1.0, 16)
        assert (
            np.bincount(cells.home(sample)).max()
            == np.unique(sample[:, 0], return_counts=True)[1].max()
        )

    @pytest.mark.parametrize("latent", [3, 8])
    def test_rows_are_sent_to_more_buckets_for_a_higher_recall(self, latent):
        random = np.random.default_rng(latent)
        sample = np.tanh(random.standard_normal((4000, latent)) @ blobs(latent, 16, 1))
        sent = [
            len(fit_hash(sample, 0.1, 16, 5, None, 16, recall=recall).assign(sample)[1])
            for recall in (0.5, 0.97, 0.995)
        ]
        assert sent[0] < sent[1] < sent[2]

    def test_a_bucket_makes_up_for_neighbors_that_do_not_meet(self):
        cells = CellHash(1.0, np.eye(2), 0.1, met=0.95)
        assert cells.met * recall_in_bucket(cells, 0.9) == pytest.approx(0.9)
        assert recall_in_bucket(replace(cells, met=1.0), 0.9) == 0.9

    @pytest.mark.parametrize("recall", [0.5, 0.9, 0.97, 0.99])
    def test_a_bucket_is_not_asked_for_more_than_all(self, recall):
        """Where rows would have to be sent to more buckets than they may be."""
        assert recall < recall_in_bucket(CellHash(1.0, np.eye(2), 0.1, met=0.2), recall) < 1

    @pytest.mark.parametrize("replication", [1.0, 1.25, 1.5, 2.0])
    def test_rows_are_sent_as_often_as_asked(self, replication):
        home, rows, _ = fit_hash(self.SAMPLE, 1.0, 16, 5, replication, 16).assign(self.SAMPLE)
        assert (len(home) + len(rows)) / len(home) == pytest.approx(replication, abs=0.01)

    @pytest.mark.parametrize("latent", [1, 3, 8])
    def test_rows_are_sent_where_neighbors_of_the_whole_class_need_them(self, latent):
        random = np.random.default_rng(latent)
        whole = np.tanh(random.standard_normal((40_000, latent)) @ blobs(latent, 16, 1))
        cells = fit_hash(whole[:4000], 0.1, 16, 5, None, 16)
        assert len(cells.assign(whole)[1]) < 2 * len(whole)
        assert share_met(cells, whole, np.arange(4000, 5000)) > 0.98

    def test_rows_are_sent_where_sparse_rows_need_them_beside_dense_ones(self):
        """As in payments: most rows are dense and of few dimensions, and others fill all."""
        random = np.random.default_rng(0)
        whole = random.normal(size=(40_000, 16))
        dense = random.random(40_000) < 0.7
        whole[dense] = np.tanh(whole[dense, :3] @ blobs(3, 16, 1)) + 0.01 * whole[dense]
        cells = fit_hash(whole[:1600], 0.04, 8, 5, None, 16)
        assert share_met(cells, whole, np.arange(2000, 4000)) > 0.98

    def test_more_neighbors_than_rows_that_set_the_width(self, monkeypatch):
        monkeypatch.setattr(fitting, "THRESHOLD_ROWS", 4)
        home, rows, _ = fit_hash(self.SAMPLE, 0.5, 8, 5, None, 16).assign(self.SAMPLE)
        assert len(rows) <= 2 * len(home)

    def test_a_large_class_is_cut_between_its_blobs(self):
        rng = np.random.default_rng(0)
        sample = 100 * np.eye(32)[rng.integers(0, 32, 4000)] + rng.normal(size=(4000, 32))
        small, _ = fit_cells(sample, 1e-3, 4_000_000, Capacity(30_000, 30_000), 5, None)
        large, expected = fit_cells(sample, 1e-3, 4_000_000, Capacity(30_000, 130_000), 5, None)
        assert len(large.centers) == 32 < len(small.centers)
        assert not len(large.assign(sample)[1])
        assert sum(expected) == pytest.approx(4_000_000, abs=32)

    def test_buckets_grow_only_as_far_as_their_guests_allow(self):
        blob = np.random.default_rng(0).normal(size=(4000, 32))
        fitted = fit_cells(blob, 1e-3, 4_000_000, Capacity(30_000, 130_000), 5, None)[1]
        as_wanted = fit_cells(blob, 1e-3, 4_000_000, Capacity(30_000, 30_000), 5, None)[1]
        assert max(fitted) <= max(260_000, *as_wanted)

    def test_cells_far_apart_get_no_guests(self):
        apart = np.repeat(np.arange(16), 250)[:, None] * 1000.0 + blobs(4000, 2, 0)
        assert not len(fit_hash(apart, 0.1, 16, 5, None, 16).assign(apart)[1])

    def test_guests_find_more_of_the_true_neighbors(self):
        few, more = (
            share_met(
                fit_hash(self.SAMPLE, 1.0, 16, 5, replication, 16), self.SAMPLE, np.arange(4000)
            )
            for replication in (1.0, 1.5)
        )
        assert more > few
        assert more > 0.95

    def test_no_cell_is_too_small_or_far_too_large(self):
        skewed = np.concatenate([self.SAMPLE[:500], self.SAMPLE[0] + blobs(3500, 6, 1) * 1e-3])
        cells = fit_hash(skewed, 1.0, 16, 5, 1.5, 20)
        sizes = np.bincount(cells.home(skewed), minlength=len(cells.centers))
        assert sizes.min() >= 20
        assert sizes.max() <= 4 * 4000 / 16

    @pytest.mark.filterwarnings("error")  # scikit-learn's, of fewer points than clusters
    def test_identical_rows_make_one_cell(self):
        assert len(fit_hash(np.ones((100, 3)), 1.0, 4, 5, 1.5, 6).centers) == 1


class TestReach:
    @pytest.mark.parametrize("few", [40, 600])
    def test_no_neighbor_is_left_outside(self, few):
        """Balls around all rows that search hold whatever is among the nearest of any."""
        points, label = overlapping()
        points[label != 1] *= 8
        keep = (label != 1) | (np.cumsum(label == 1) <= few)
        points, label = points[keep], label[keep].astype(np.int32)
        region = fit_query_region(points[label == 1], np.array([1]), 10)
        held = region.contains(points, label)
        assert held[label == 1].all()
        assert held[exact_neighborhood(points, 10).index[label == 1]].all()
        assert held.mean() < 0.6

    def test_a_row_is_in_reach_or_not_whatever_comes_with_it(self):
        points, label = overlapping()
        region = fit_query_region(points[label == 1], np.array([1]), 5)
        far, labels = points[label != 1] * 2.5, label[label != 1].astype(np.int32)
        together = region.contains(far, labels)
        alone = [region.contains(far[i : i + 7], labels[i : i + 7]) for i in range(0, len(far), 7)]
        assert (np.concatenate(alone) == together).all()
        assert 0 < together.mean() < 1

    def test_too_few_rows_bound_nothing(self):
        assert fit_query_region(np.zeros((5, 2)), np.array([1]), 5) is None


QUERY_K = 7


@dataclass
class Searching:
    """Distinct points of which those of class 1 search, and the cells in which each does."""

    points: np.ndarray
    label: np.ndarray
    queries: BroadcastQueries
    cells: np.ndarray

    @classmethod
    def of(cls, digits: int) -> Searching:
        points, label = overlapping()
        points, first = np.unique(points.round(digits), axis=0, return_index=True)
        few = points[label[first] == 1]
        cells = fit_hash(few, 1.0, 6, QUERY_K, 1.0, 1)
        queries = BroadcastQueries(np.array([1]), cells, few, QUERY_K)
        return cls(points, label[first].astype(np.int32), queries, cells.home(points))

    def sent(self, batch_rows: int) -> list[set[int]]:
        """Rows that each cell is sent by one task, which reads 1,000 of them twice."""
        twice = np.r_[: len(self.points), :1000]
        order = np.random.default_rng(batch_rows).permutation(twice)
        cells: list[set[int]] = [set() for _ in self.queries.hash.centers]
        candidate_filter = CandidateFilter(self.queries)
        for batch in np.split(order, range(batch_rows, len(order), batch_rows)):
            rows = np.unique(batch)
            at, guests, abroad = candidate_filter.assign(self.points[rows], rows, self.label[rows])
            home = np.flatnonzero(at >= 0)
            for row, cell in zip([*home, *guests], [*at[home], *abroad], strict=True):
                cells[cell].add(int(rows[row]))
        return cells

    def kept(self, batch_rows: int) -> list[list[int]]:
        """Rows that each cell keeps of those it is sent."""
        kept = []
        for cell, rows in enumerate(map(sorted, self.sent(batch_rows))):
            home = (self.label[rows] == 1) & (self.cells[rows] == cell)
            chosen = self.queries.keep_candidates(self.points[rows], home)
            kept.append(np.array(rows)[chosen].tolist())
        return kept


@pytest.fixture(scope="module", params=[9, 1])
def searching(request: pytest.FixtureRequest) -> Searching:
    """Numbers of one digit make ties, and twins in batches of their own."""
    return Searching.of(request.param)


class TestBroadcastQueries:
    def test_cells_keep_the_same_rows_whoever_reads_them(self, searching):
        whole = searching.kept(len(searching.points))
        assert searching.kept(5) == whole
        assert searching.kept(400) == whole

    def test_cells_hold_the_nearest_of_every_row_that_searches(self, searching):
        points, kept = searching.points, searching.kept(400)
        near = exact_neighborhood(points, QUERY_K).index
        for row in np.flatnonzero(searching.label == 1):
            candidates = np.setdiff1d(kept[searching.cells[row]], row)
            best = np.sort(np.linalg.norm(points[candidates] - points[row], axis=1))[:QUERY_K]
            np.testing.assert_allclose(
                best, np.linalg.norm(points[near[row]] - points[row], axis=1)
            )

    def test_cells_are_sent_less_than_all_rows(self, searching):
        rows = sum(map(len, searching.kept(400)))
        assert rows < 0.7 * len(searching.points) * len(searching.queries.hash.centers)

    def test_a_task_lets_few_more_through_than_are_needed(self):
        random = np.random.default_rng(0)
        points, k = random.standard_normal((40, 8)), 5
        alone = CellHash(1e-3, np.rint(points / 1e-3), 0.0)
        candidate_filter = CandidateFilter(BroadcastQueries(np.array([1]), alone, points, k))
        passed = sum(
            len(
                candidate_filter.match(
                    random.standard_normal((300, 8)), np.arange(300) + 300 * batch
                )[0]
            )
            for batch in range(100)
        )
        assert k * 40 < passed < EXPECTED_CANDIDATES * (k + 1) * 40
