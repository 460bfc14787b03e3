"""Rows weighed by the classes around them: imbalanced-learn's danger sets and ratios."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from helpers import FEW, NAMES, ROWS, counted, found, multiset, overlapping
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import stats

from spark_smote import (
    ADASYN,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    ProWSyn,
    SafeLevelSMOTE,
)
from spark_smote.core.hashing.broadcast_queries import (
    EXPECTED_CANDIDATES,
    BroadcastQueries,
    CandidateFilter,
)
from spark_smote.core.hashing.cell_hash import CellHash
from spark_smote.core.hashing.fitting import fit_hash
from spark_smote.core.hashing.query_region import fit_query_region
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.strategy.apportionment import CountsByKey, apportion
from spark_smote.core.weights import Weighing, level
from spark_smote.engine.buckets.all_classes import map_neighborhoods
from spark_smote.evaluation.recall import measure_all_class_recall


class TestLevel:
    def test_it_is_what_imbalanced_learn_counts(self):
        from imblearn.over_sampling import BorderlineSMOTE as Oracle

        points, label = overlapping()
        oracle = Oracle(k_neighbors=5, m_neighbors=10)
        oracle.fit_resample(points, label)
        levels = level(found(points, 10), label.astype(np.int32))
        danger = np.flatnonzero(Weighing(10, "danger").weights(levels))
        for name, rows in oracle.in_danger_indices.items():
            assert set(danger[label[danger] == name]) == set(rows)

    def test_twins_count_as_often_as_they_stand(self):
        """Rows 0 (three times), 1 and 2 of other classes: two twins of 0 are nearest to it."""
        around = Neighborhood(
            np.arange(3), np.array([[1, 2], [0, 2], [1, 0]]), np.array([3, 1, 1]), 3
        )
        assert level(around, np.array([7, 8, 9], np.int32)).tolist() == [1, 3, 3]


class TestShares:
    def test_they_add_up_and_are_within_one_of_the_proportion(self):
        random = np.random.default_rng(3)
        keys = random.integers(-(2**63), 2**63 - 1, 500)
        weights = random.integers(1, 8, 500)
        for rows in (0, 1, 499, 12_345, 2**40):
            shares = apportion(rows, keys, weights).of(keys)
            assert shares.sum() == rows
            assert (np.abs(shares - rows * (weights / weights.sum())) < 1).all()

    def test_of_equal_remainders_the_highest_keys_get_more(self):
        shares = apportion(5, np.array([9, -4, 3]), np.array([2, 2, 2]))
        assert shares.of(np.array([-4, 3, 9, 5])).tolist() == [1, 2, 2, 0]

    def test_keys_that_collide_get_nothing(self):
        shares = apportion(5, np.array([9, 4, 9]), np.array([2, 2, 2]))
        assert (shares.keys.tolist(), shares.values.tolist()) == ([4], [5])
        with pytest.raises(ValueError, match="5 rows cannot be shared among no row"):
            apportion(5, np.array([9, 9]), np.array([2, 2]))

    def test_nobody_has_a_share_of_nothing(self):
        none = np.empty(0, np.int64)
        assert CountsByKey(none, none).of(np.array([1, 2])).tolist() == [0, 0]


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
        assert held[found(points, 10).index[label == 1]].all()
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
        near = found(points, 7).index
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


def test_few_that_search_are_judged_exactly_whatever_the_partitions(overlap):
    from imblearn.over_sampling import BorderlineSMOTE as Oracle

    oracle = Oracle()
    oracle.fit_resample(*overlapping())
    sampler = BorderlineSMOTE(
        inputCols=NAMES, distanceScaling="none", bucketSize=500, idCol="id", lineageCol="from",
        outputMode="synthetic", samplingStrategy={1: 1400},
    )  # fmt: skip
    plan = sampler.plan(overlap)
    assert len(plan.surroundings.layout.buckets) > 1
    assert plan.surroundings.is_exact
    made = sampler.transform(overlap).select("from.*", *NAMES)
    rows = made.toPandas()
    assert set(rows["base"]) == set(oracle.in_danger_indices[1])
    again = sampler.transform(overlap.repartition(7, "x1")).select("from.*", *NAMES)
    assert multiset(made) == multiset(again)


@pytest.mark.parametrize("bucket_size", [None, 700], ids=["exact", "hashed"])
class TestBorderline:
    def made(self, overlap: DataFrame, bucket_size: int | None, **params: object) -> pd.DataFrame:
        sampler = BorderlineSMOTE(
            inputCols=NAMES, distanceScaling="none", bucketSize=bucket_size, idCol="id",
            lineageCol="from", outputMode="synthetic", **params,
        )  # fmt: skip
        return sampler.transform(overlap).select("label", "from.*", *NAMES).toPandas()

    def test_bases_are_imbalanced_learns_rows_in_danger(self, overlap, bucket_size):
        from imblearn.over_sampling import BorderlineSMOTE as Oracle

        oracle = Oracle()
        oracle.fit_resample(*overlapping())
        made = self.made(overlap, bucket_size)
        assert made["label"].value_counts().to_dict() == {1: 800, 0: 400}
        for name, rows in oracle.in_danger_indices.items():
            mine = made[made["label"] == name]
            assert mine["neighbor"].isin(np.flatnonzero(overlapping()[1] == name)).all()
            unlike = set(mine["base"]) ^ set(rows)
            if len(mine) >= len(rows):  # every row in danger makes one at least
                assert len(unlike) <= (0 if bucket_size is None else 0.03 * len(rows))
                assert np.ptp(mine["base"].value_counts()) <= 1
            else:
                assert len(set(mine["base"]) - set(rows)) <= (0 if bucket_size is None else 12)

    def test_kind_2_goes_half_of_the_way_to_other_classes(self, overlap, bucket_size):
        points, label = overlapping()
        made = self.made(overlap, bucket_size, kind="borderline-2", samplingStrategy={1: 2400})
        base, neighbor = made["base"].to_numpy(), made["neighbor"].to_numpy()
        way = points[neighbor] - points[base]
        np.testing.assert_allclose(made[NAMES], points[base] + made[["gap"]].to_numpy() * way)
        foreign = label[neighbor] != 1
        assert made["gap"][foreign].max() < 0.5 < made["gap"][~foreign].max()
        assert 0.5 < foreign.mean() < 1
        among = found(points, 5).index[base] == neighbor[:, None]
        assert among.any(axis=1).mean() >= (1 if bucket_size is None else 0.95)


class TestADASYN:
    @pytest.mark.parametrize("bucket_size", [None, 700], ids=["exact", "hashed"])
    def test_rows_are_imbalanced_learns_before_rounding(self, overlap, bucket_size):
        sampler = ADASYN(
            inputCols=NAMES, distanceScaling="none", bucketSize=bucket_size, copyCols=["id"],
            outputMode="synthetic", samplingStrategy={1: FEW + 40_000},
        )  # fmt: skip
        bases = [row["id"] for row in sampler.transform(overlap).select("id").collect()]
        points, label = overlapping()
        near = found(points, 5).index[label == 1]
        ratio = (label[near] != 1).mean(axis=1)
        made = np.bincount(bases, minlength=FEW)
        assert made.sum() == 40_000
        if bucket_size is None:
            assert (np.abs(made - 40_000 * ratio / ratio.sum()) < 1).all()
        else:
            assert np.abs(made / 40_000 * ratio.sum() - ratio).mean() <= 0.02

    def test_a_cap_and_the_seed_are_kept(self, overlap):
        sampler = ADASYN(inputCols=NAMES, maxPerRow=0.5, bucketSize=700)
        out = sampler.transform(overlap)
        assert counted(out) == {1: 900, 0: 1400, 2: 1400}


class TestSafeLevel:
    def test_gaps_are_as_wide_as_the_levels_say(self, overlap):
        sampler = SafeLevelSMOTE(
            inputCols=NAMES, distanceScaling="none", idCol="id", lineageCol="from",
            outputMode="synthetic", samplingStrategy={1: 6000},
        )  # fmt: skip
        made = sampler.transform(overlap).select("from.*").toPandas()
        points, label = overlapping()
        near = found(points, 5).index
        safe = (label[near] == label[:, None]).sum(axis=1)
        base, neighbor = safe[made["base"]], safe[made["neighbor"]]
        gap = made["gap"].to_numpy()
        assert len(made) == 5400
        assert set(made["base"]) == set(np.flatnonzero((label == 1) & (safe > 0)))
        assert (gap[neighbor == 0] == 0).all()
        nearer, farther = base > neighbor, base < neighbor
        assert (gap[nearer] <= (neighbor / base)[nearer]).all()
        assert (gap[farther] >= (1 - base / np.maximum(neighbor, 1))[farther]).all()
        assert stats.kstest(gap[base == neighbor], "uniform").pvalue > 1e-3
        part = (gap * base / np.maximum(neighbor, 1))[nearer & (neighbor > 0)]
        assert stats.kstest(part, "uniform").pvalue > 1e-3

    def test_all_levels_must_be_known(self, overlap, monkeypatch):
        monkeypatch.setattr("spark_smote.engine.planning.base_weights.MAX_BASES", 500)
        with pytest.raises(ValueError, match="Class 1 has 600 rows; levels are kept for 500"):
            SafeLevelSMOTE(inputCols=NAMES, samplingStrategy="minority").transform(overlap)


class TestProWSyn:
    def test_rows_are_shared_by_levels_found_one_after_the_other(self, overlap):
        """Against the definition, over all distances."""
        sampler = ProWSyn(
            inputCols=NAMES, distanceScaling="none", copyCols=["id"], outputMode="synthetic",
            samplingStrategy={1: FEW + 20_000}, levelK=3, levels=4, theta=0.5,
        )  # fmt: skip
        made = sampler.transform(overlap).groupBy("id").count().toPandas().set_index("id")["count"]
        points, label = overlapping()
        few = points[label == 1]
        apart = np.linalg.norm(points[label != 1][:, None] - few, axis=2)
        levels = np.full(FEW, 4)
        for each in (1, 2, 3):
            left = np.flatnonzero(levels == 4)
            levels[left[np.argsort(apart[:, left], axis=1)[:, :3]]] = each
        assert set(levels) == {1, 2, 3, 4}
        weights = np.exp(-0.5 * (levels - 1))
        expected = 20_000 * weights / weights.sum()
        assert made.sum() == 20_000
        assert (np.abs(made.reindex(range(FEW)).to_numpy() - expected) < 1.01).all()


@pytest.mark.parametrize(
    ("sampler", "asked"),
    [
        pytest.param(EditedNearestNeighbours(samplingStrategy="all", k=5), ROWS, id="all search"),
        pytest.param(BorderlineSMOTE(m=5), FEW + 1000, id="some search"),
    ],
)
def test_recall_is_what_the_search_among_all_finds(overlap, sampler, asked):
    """Against scikit-learn's distances and those of the rows that others are judged by."""
    from sklearn.neighbors import NearestNeighbors

    sampler.setParams(inputCols=NAMES, bucketSize=100, replication=1.0, distanceScaling="none")
    source, plan = sampler.source(overlap), sampler.plan(overlap)

    def apart(rows, around):
        (points,) = rows.values
        ways = points[around.index] - points[around.base][:, None]
        return {"x0": points[around.base, 0], "apart": list(np.linalg.norm(ways, axis=2))}

    used = map_neighborhoods(
        plan.surroundings, source, apart, "x0 double, apart array<double>"
    ).toPandas()
    points, _ = overlapping()
    place = {point[0]: row for row, point in enumerate(points)}
    true, _ = NearestNeighbors().fit(points).kneighbors(points[used["x0"].map(place)], 6)
    hits = np.vstack(used["apart"]) <= true[:, 5:] + 1e-9
    assert len(used) == asked
    measured = measure_all_class_recall(plan.surroundings, source, plan.counts, queries=ROWS)
    assert 0.5 < measured < 1
    assert measured == pytest.approx(hits.mean())


def test_more_neighbors_are_approached_than_rows_are_judged_by(overlap):
    sampler = BorderlineSMOTE(
        inputCols=NAMES, distanceScaling="none", bucketSize=2500, kind="borderline-2", m=2, k=30,
        idCol="id", lineageCol="from", outputMode="synthetic", samplingStrategy={1: 40_000},
    )  # fmt: skip
    made = sampler.transform(overlap).select("from.*").toPandas()
    near = found(overlapping()[0], 30).index[made["base"]]
    assert (near == made[["neighbor"]].to_numpy()).any(axis=1).all()


def test_of_a_large_class_some_rows_make_all(overlap, monkeypatch):
    """Those with the highest keys, so that the driver keeps a bounded number of shares."""
    monkeypatch.setattr("spark_smote.engine.planning.base_weights.MAX_BASES", 300)
    sampler = ADASYN(
        inputCols=NAMES, copyCols=["id"], outputMode="synthetic", samplingStrategy={1: 2000}
    )
    made = sampler.transform(overlap).toPandas()
    assert len(made) == 1400
    assert 200 < made["id"].nunique() < 360


class TestErrors:
    @pytest.mark.parametrize("sampler", [BorderlineSMOTE, ADASYN])
    def test_a_class_far_from_all_others_is_no_silent_no_op(self, overlap, sampler):
        apart = overlap.withColumn("x0", F.col("x0") + F.when(F.col("label") == 1, 99).otherwise(0))
        with pytest.raises(ValueError, match=r"Class 1 has no row .* of other classes.*use SMOTE"):
            sampler(inputCols=NAMES, samplingStrategy="minority").transform(apart)

    def test_more_neighbors_than_rows_are_refused(self, spark):
        df = spark.createDataFrame(
            [(float(i), int(i < 8)) for i in range(20)], "x double, label int"
        )
        with pytest.raises(ValueError, match=r"20 labeled rows; to find 20 .* at least 21"):
            BorderlineSMOTE(inputCols=["x"], m=20).transform(df)

    def test_flaws_of_other_classes_are_refused_too(self, overlap):
        flawed = overlap.withColumn("x1", F.when(F.col("label") == 2, None).otherwise(F.col("x1")))
        with pytest.raises(ValueError, match="'x1': 1400 null"):
            ADASYN(inputCols=NAMES).transform(flawed)

    def test_no_drawing_among_one_class_with_neighbors_of_any(self, overlap):
        sampler = BorderlineSMOTE(inputCols=NAMES, kind="borderline-2", interpolation="simplex")
        with pytest.raises(
            ValueError, match="interpolation='simplex' is not allowed where the two ends"
        ):
            sampler.transform(overlap)
