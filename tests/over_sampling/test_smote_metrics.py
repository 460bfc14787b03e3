"""SMOTE under every metric: scikit-learn's neighbors."""

from __future__ import annotations

import pytest
from helpers import two_classes, write_and_read
from sklearn.neighbors import NearestNeighbors

from spark_smote import SMOTE, SMOTENC
from spark_smote.core.distance.metric import Metric

METRICS = [Metric(), Metric("cosine"), Metric("manhattan"), Metric("minkowski", 3.5)]


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory):
    return write_and_read(two_classes(spark, few=700, many=1000), tmp_path_factory)


def oracle(metric: Metric, k: int) -> NearestNeighbors:
    power = {"p": metric.p} if metric.name == "minkowski" else {}
    return NearestNeighbors(n_neighbors=k, metric=metric.name, **power)


class TestOnSpark:
    @pytest.mark.parametrize(
        ("metric", "bucket_size"),
        [*((metric, None) for metric in METRICS[1:]), (METRICS[1], 100), (METRICS[2], 100)],
        ids=["cosine", "manhattan", "minkowski", "cosine hashed", "manhattan hashed"],
    )
    def test_neighbors_are_scikit_learns(self, table, metric, bucket_size):
        names = ["x0", "x1", "x2"]
        p = metric.p if metric.name == "minkowski" else None
        smote = SMOTE(
            inputCols=names, metric=metric.name, p=p, idCol="id", lineageCol="from",
            outputMode="synthetic", bucketSize=bucket_size, replication=bucket_size and 2.0,
        )  # fmt: skip
        made = smote.transform(table).select("from.*").toPandas()
        assert len(made) == 300
        few = table.filter("label = 1").orderBy("id").toPandas()
        scaled = few[names].to_numpy() / few[names].std(ddof=0).to_numpy()
        near = oracle(metric, 6).fit(scaled).kneighbors(scaled, return_distance=False)[:, 1:]
        place = {row_id: i for i, row_id in enumerate(few["id"])}
        base, neighbor = (made[name].map(place).to_numpy() for name in ("base", "neighbor"))
        share = (near[base] == neighbor[:, None]).any(axis=1).mean()
        assert share == 1 if bucket_size is None else share > 0.9

    @pytest.mark.parametrize(
        ("method", "params", "message"),
        [
            (SMOTE, {"p": 3.0}, "p=3.0 .*metric='minkowski'.*'euclidean': clear p"),
            (
                SMOTE,
                {"metric": "cosine", "interpolation": "ball"},
                "metric='cosine' .*'ball' needs a length",
            ),
            (
                SMOTENC,
                {"metric": "cosine", "categoricalCols": ["note"]},
                "metric='cosine' .*categories",
            ),
        ],
    )
    def test_what_does_not_fit_together_is_refused(self, table, method, params, message):
        with pytest.raises(ValueError, match=message):
            method(inputCols=["x0", "x1"], **params).transform(table)
