"""Hashes that send rows where their neighbors need them."""

from __future__ import annotations

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
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.hashing.query_region import fit_query_region
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.engine.buckets.fitting import fit_cells


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

    @pytest.mark.parametrize("replication", [1.0, 1.25, 1.5, 2.0])
    def test_rows_are_sent_as_often_as_asked(self, replication):
        home, rows, _ = fit_hash(self.SAMPLE, 1.0, 16, 5, replication, 16).assign(self.SAMPLE)
        assert (len(home) + len(rows)) / len(home) == pytest.approx(replication, abs=0.01)

    @pytest.mark.parametrize("latent", [1, 3, 8])
    def test_rows_are_sent_where_neighbors_of_the_whole_class_need_them(self, latent):
        random = np.random.default_rng(latent)
        whole = np.tanh(random.standard_normal((40_000, latent)) @ blobs(latent, 16, 1))
        cells = fit_hash(whole[:4000], 0.1, 16, 5, None, 16)
        home, rows, others = cells.assign(whole)
        assert len(rows) < 2 * len(home)
        base = np.arange(4000, 5000)
        present = np.zeros((len(whole), len(cells.centers)), bool)
        present[np.arange(len(whole)), home] = True
        present[rows, others] = True
        assert present[nearest_neighbors(whole, base, 5), home[base, None]].mean() > 0.98

    def test_more_neighbors_than_rows_that_set_the_width(self, monkeypatch):
        monkeypatch.setattr(fitting, "THRESHOLD_ROWS", 4)
        home, rows, _ = fit_hash(self.SAMPLE, 0.5, 8, 5, None, 16).assign(self.SAMPLE)
        assert len(rows) <= 2 * len(home)

    def test_a_large_class_is_cut_between_its_blobs(self):
        rng = np.random.default_rng(0)
        sample = 100 * np.eye(32)[rng.integers(0, 32, 4000)] + rng.normal(size=(4000, 32))
        small, _ = fit_cells(sample, 1e-3, 4_000_000, (30_000, 30_000), 5, None)
        large, expected = fit_cells(sample, 1e-3, 4_000_000, (30_000, 130_000), 5, None)
        assert len(large.centers) == 32 < len(small.centers)
        assert not len(large.assign(sample)[1])
        assert sum(expected) == pytest.approx(4_000_000, abs=32)

    def test_buckets_grow_only_as_far_as_their_guests_allow(self):
        blob = np.random.default_rng(0).normal(size=(4000, 32))
        fitted = fit_cells(blob, 1e-3, 4_000_000, (30_000, 130_000), 5, None)[1]
        as_wanted = fit_cells(blob, 1e-3, 4_000_000, (30_000, 30_000), 5, None)[1]
        assert max(fitted) <= max(260_000, *as_wanted)

    def test_cells_far_apart_get_no_guests(self):
        apart = np.repeat(np.arange(16), 250)[:, None] * 1000.0 + blobs(4000, 2, 0)
        assert not len(fit_hash(apart, 0.1, 16, 5, None, 16).assign(apart)[1])

    def test_guests_find_more_of_the_true_neighbors(self):
        true = nearest_neighbors(self.SAMPLE, np.arange(4000), 5)
        met = []
        for replication in (1.0, 1.5):
            home, rows, others = fit_hash(self.SAMPLE, 1.0, 16, 5, replication, 16).assign(
                self.SAMPLE
            )
            present = np.zeros((4000, home.max() + 1), bool)
            present[np.arange(4000), home] = True
            present[rows, others] = True
            met.append(present[true, home[:, None]].mean())
        assert met[1] > met[0]
        assert met[1] > 0.95

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


class TestSeekers:
    @pytest.mark.parametrize("digits", [9, 1])
    def test_cells_get_what_their_seekers_need_whoever_reads_it(self, digits):
        """Numbers of one digit make ties, and twins in batches of their own."""
        points, label = overlapping()
        points, first = np.unique(points.round(digits), axis=0, return_index=True)
        asks = label[first] == 1
        seekers = BroadcastQueries(
            np.array([1]), fit_hash(points[asks], 1.0, 6, 7, 1.0, 1), points[asks], 7
        )
        cells = seekers.hash.home(points)
        near = exact_neighborhood(points, 7).index
        sent = []
        for size in (5, 400, len(points)):
            order = np.random.default_rng(size).permutation(np.r_[: len(points), :1000])
            met: list[set[int]] = [set() for _ in seekers.hash.centers]
            candidate_filter = CandidateFilter(seekers)
            for batch in np.split(order, range(size, len(order), size)):
                rows = np.unique(batch)
                labels = label[first][rows].astype(np.int32)
                at, guests, abroad = candidate_filter.assign(points[rows], rows, labels)
                home = np.flatnonzero(at >= 0)
                sends = [*zip(home, at[home], strict=True), *zip(guests, abroad, strict=True)]
                for row, cell in sends:
                    met[cell].add(int(rows[row]))
            kept = []
            for cell, rows in enumerate(map(sorted, met)):
                home = asks[rows] & (cells[rows] == cell)
                kept.append(np.array(rows)[seekers.keep_candidates(points[rows], home)].tolist())
            sent.append(kept)
        assert sent[0] == sent[1] == sent[2]
        for row in np.flatnonzero(asks):
            apart = np.linalg.norm(points[near[row]] - points[row], axis=1)
            mine = np.setdiff1d(sent[0][cells[row]], row)
            best = np.sort(np.linalg.norm(points[mine] - points[row], axis=1))[:7]
            np.testing.assert_allclose(best, apart)
        assert sum(map(len, sent[0])) < 0.7 * len(points) * len(seekers.hash.centers)

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
