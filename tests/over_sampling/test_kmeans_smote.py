"""New rows by clusters: imbalanced-learn's clusters and weights, and the contract."""

from __future__ import annotations

import numpy as np
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import blobs, class_counts, feature_names, multiset, split_synthetic, write_and_read
from imblearn.over_sampling import KMeansSMOTE as Oracle
from pyspark.sql import DataFrame, SparkSession
from sklearn.base import BaseEstimator

from spark_smote import SMOTE, KMeansSMOTE
from spark_smote.core.clustering import cluster_weights, fit_clusters, mean_distance


class Given(BaseEstimator):
    """Clusters that were found before, as imbalanced-learn takes them."""

    def __init__(self, labels=None, n_clusters=8):
        self.labels, self.n_clusters = labels, n_clusters

    def fit(self, rows, y=None):
        return self

    def predict(self, rows):
        return self.labels

    def fit_predict(self, rows, y=None):
        return self.labels


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """Three classes in six blobs, of which each class holds other parts."""
    random = np.random.default_rng(0)
    blob = random.integers(0, 6, 2600)
    points = random.uniform(-6, 6, (6, 3))[blob] + random.standard_normal((2600, 3)) * [1, 2, 0.5]
    chances = np.array([[0.8, 0.1, 0.1], [0.7, 0.3, 0], [0.2, 0.7, 0.1], [0.3, 0.2, 0.5]] * 2)
    label = (chances.cumsum(axis=1)[blob] < random.random((2600, 1))).sum(axis=1).clip(0, 2)
    rows = [
        (*map(float, p), "abc"[c], i) for i, (p, c) in enumerate(zip(points, label, strict=True))
    ]
    schema = "x0 double, x1 double, x2 double, label string, id bigint"
    return write_and_read(spark.createDataFrame(rows, schema), tmp_path_factory)


class TestWeights:
    @pytest.mark.parametrize("exponent", [None, 0.0, 3.0])
    def test_they_are_imbalanced_learns(self, exponent):
        parts = [blobs(n, 4, seed=n) * n for n in (3, 20, 150)]
        oracle = Oracle(density_exponent="auto" if exponent is None else exponent)
        expected = np.array([oracle._find_cluster_sparsity(part) for part in parts])
        means = np.array([mean_distance(part, np.ones(len(part), int)) for part in parts])
        weights = cluster_weights(means, np.array([3, 20, 150]), exponent)
        np.testing.assert_allclose(weights / weights.max(), expected / expected.max(), atol=1e-12)

    def test_twins_count_each(self):
        points, counts = blobs(30, 2, seed=0), np.arange(30) % 4 + 1
        every = np.repeat(points, counts, axis=0)
        apart = np.linalg.norm(every[:, None] - every, axis=2)
        expected = apart.sum() / (len(every) ** 2 - len(every))
        assert mean_distance(points, counts) == pytest.approx(expected)

    @pytest.mark.parametrize("exponent", [None, 500.0])
    def test_nothing_is_too_near_or_far(self, exponent):
        sizes = np.array([40, 80])
        for means in ([0.0, 0.0], [1e-200, 1e-200], [1e200, 1e200]):
            weights = cluster_weights(np.array(means), sizes, exponent)
            assert weights.max() == 2**50
        assert cluster_weights(np.array([0.0, 0.0]), sizes, exponent).tolist() == [2**50, 2**49]


class TestClusters:
    def test_blobs_are_found_whatever_the_batch(self):
        home = np.random.default_rng(0).integers(0, 5, 400)
        points = np.eye(5)[home] * 50 + blobs(400, 5, seed=1, centers=1)
        clusters = fit_clusters([points], np.ones(400, int), "standard", 5)
        found = clusters.of([points])
        assert len({*zip(home.tolist(), found.tolist(), strict=True)}) == len(clusters) == 5
        alone = [clusters.of([points[i : i + 1]])[0] for i in range(400)]
        assert found.tolist() == alone

    def test_there_are_no_more_than_distinct_rows(self):
        points = np.array([[0.0, 1.0], [5.0, 5.0]])
        assert len(fit_clusters([points], np.array([7, 9]), "none", 8)) == 2

    def test_unscaled_features_are_compared_in_their_own_units(self):
        points = np.random.default_rng(0).random((200, 2)) * [1, 50]
        ones, units = np.ones(200, int), np.array([1e9, 1.0])
        home = fit_clusters([points], ones, "none", 2).of([points])
        stored = [points * units]
        assert fit_clusters(stored, ones, "none", 2, units).of(stored).tolist() == home.tolist()
        assert fit_clusters(stored, ones, "none", 2).of(stored).tolist() != home.tolist()


class TestOnSpark:
    @pytest.mark.portable
    @pytest.mark.parametrize(
        "bucket_size",
        [pytest.param(None, id="exact", marks=pytest.mark.variant), pytest.param(100, id="hashed")],
    )
    def test_one_cluster_is_smote(self, table, bucket_size):
        params = {
            "inputCols": feature_names(table), "k": 5, "bucketSize": bucket_size, "idCol": "id",
            "lineageCol": "from", "outputMode": "synthetic",
        }  # fmt: skip
        made = KMeansSMOTE(clusters=1, clusterBalanceThreshold=0.9, **params).transform(table)
        assert multiset(made) == multiset(SMOTE(**params).transform(table))

    def test_the_contract_holds_where_parts_are_hashed(self, table):
        sampler = KMeansSMOTE(
            inputCols=feature_names(table), clusters=6, bucketSize=100, copyCols=["id"],
            syntheticCol="made", clusterBalanceThreshold=0.1,
        )  # fmt: skip
        plan = sampler.plan(table)
        assert sum(members.hash is not None for members in plan.layout.classes) > 1
        out = sampler.apply(table, plan)
        given, (originals, made) = table.collect(), split_synthetic(out)
        most = max(class_counts(given).values())
        assert class_counts(originals + made) == {"a": most, "b": most, "c": most}
        assert_schema_equality(out.drop("made").schema, table.schema)
        assert multiset(originals) == multiset(given)
        other = sampler.transform(table.repartition(4).orderBy("x1"))
        assert multiset(split_synthetic(other)[1]) == multiset(made)

    @pytest.mark.parametrize(
        ("threshold", "exponent"), [("auto", "auto"), (0.3, 2.0)], ids=["auto", "given"]
    )
    def test_clusters_and_their_rows_are_imbalanced_learns(self, table, threshold, exponent):
        names, asked = feature_names(table), {"a": 6000, "b": 5000, "c": 4000}
        sampler = KMeansSMOTE(
            inputCols=names, clusters=7, clusterBalanceThreshold=threshold, idCol="id",
            densityExponent=exponent, distanceScaling="none", lineageCol="from",
            outputMode="synthetic", samplingStrategy=asked,
        )  # fmt: skip
        every = table.orderBy("id").toPandas()
        plan = sampler.plan(table)
        points = every[names].to_numpy()
        home = plan.selection.clusters.of([points])
        oracle = Oracle(
            sampling_strategy=asked, kmeans_estimator=Given(home, 7), random_state=0,
            cluster_balance_threshold=threshold, density_exponent=exponent,
        )  # fmt: skip
        rows = np.column_stack([points, home])  # a column more, which tells the cluster
        oracle._find_cluster_sparsity = lambda part: Oracle._find_cluster_sparsity(
            oracle, part[:, :-1]
        )
        theirs, label = oracle.fit_resample(rows, every["label"])
        theirs, label = theirs[len(every) :, -1], label[len(every) :]
        made = sampler.apply(table, plan).toPandas()
        base, near = (np.array([e[name] for e in made["from"]]) for name in ("base", "neighbor"))
        assert (home[base] == home[near]).all()
        assert (every["label"].to_numpy()[base] == made["label"]).all()
        assert (every["label"].to_numpy()[near] == made["label"]).all()
        usable = []
        for name in "abc":
            expected = np.bincount(theirs[label == name].astype(int), minlength=7)
            found = np.bincount(home[base[made["label"] == name]], minlength=7)
            assert found.sum() == asked[name] - (every["label"] == name).sum()
            assert set((expected - found).tolist()) <= {0, 1}  # imbalanced-learn rounds all up
            usable.append(np.count_nonzero(expected))
        assert min(usable) < 7

    def test_a_class_without_a_cluster_is_refused(self, table):
        sampler = KMeansSMOTE(
            inputCols=feature_names(table), clusters=3, clusterBalanceThreshold=0.99
        )
        with pytest.raises(ValueError, match=r"has no cluster of which 0\.99 .*lower clusterBal"):
            sampler.transform(table)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("clusters", 0, "at least 1"),
        ("clusterBalanceThreshold", 1.5, "from 0.0 to 1.0.*'auto' is allowed"),
        ("densityExponent", "no", "from 0.0, got 'no'; 'auto' is allowed"),
    ],
)
def test_values_out_of_range_are_refused(spark, name, value, allowed):
    with pytest.raises(TypeError, match=f'param "{name}".*{allowed}'):
        KMeansSMOTE(**{name: value})
