"""Categories alone: imbalanced-learn's metric and modes, and the contract."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import class_counts, multiset, split_synthetic, write_and_read
from imblearn.metrics.pairwise import ValueDifferenceMetric
from pyspark.sql import DataFrame, SparkSession
from scipy.stats import mode

from spark_smote import SMOTEN
from spark_smote.core.distance.space import FeatureSpace, fit_space
from spark_smote.core.distance.value_difference import VDMCategory, fit_coordinates
from spark_smote.core.neighbors.approximate import approximate_neighbors
from spark_smote.core.neighbors.exact import nearest_neighbors
from spark_smote.core.neighbors.grouped import GroupedSearch
from spark_smote.core.synthesis.voting import first_in_order

NAMES = ["color", "grade", "member", "shape", "day"]


def rows_of(classes: int, rows: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Values from 0 to 5 that lean to some classes, and the classes."""
    random = np.random.default_rng(seed)
    label = random.integers(0, classes, rows)
    chances = random.dirichlet(np.ones(6), (classes, width))
    drawn = random.random((rows, width, 1))
    return (chances.cumsum(axis=2)[label] < drawn).sum(axis=2).clip(0, 5), label


def space_of(values: np.ndarray, label: np.ndarray) -> FeatureSpace:
    """The space of rows whose values are their own codes."""
    categories = []
    for column in values.T:
        counts = np.zeros((6, label.max() + 1), np.int64)
        np.add.at(counts, (column, label), 1)
        held = np.flatnonzero(counts.sum(axis=1))
        places = fit_coordinates(counts[held])
        categories.append(VDMCategory(held, held.astype(object), places, held))
    return fit_space([values], np.ones(len(values), np.int64), "standard", tuple(categories))


class TestDistance:
    @pytest.mark.parametrize("classes", [2, 3, 7])
    def test_it_is_imbalanced_learns(self, classes):
        values, label = rows_of(classes, 200, 4, seed=classes)
        space = space_of(values, label)
        points = space.transform([values])
        apart = space.norm.lengths(points[:, None] - points[None]) ** 2
        expected = ValueDifferenceMetric().fit(values, label).pairwise(values)
        np.testing.assert_allclose(apart, expected, rtol=1e-12, atol=1e-14)

    @pytest.mark.parametrize("classes", [2, 5])
    def test_the_nearest_are_as_near_as_imbalanced_learns(self, classes):
        values, label = rows_of(classes, 400, 5, seed=classes)
        values = np.unique(values, axis=0)
        label = label[: len(values)]
        space = space_of(values, label)
        apart = ValueDifferenceMetric().fit(values, label).pairwise(values)
        np.fill_diagonal(apart, np.inf)
        base = np.arange(0, len(values), 3)
        found = nearest_neighbors(space.transform([values]), base, 5, space.norm)
        assert (found != base[:, None]).all()
        assert all(len(set(row)) == 5 for row in found.tolist())
        expected = np.sort(apart[base], axis=1)[:, :5]
        np.testing.assert_allclose(apart[base[:, None], found], expected, atol=1e-12)


class TestLookups:
    def test_some_candidates_alone_are_searched(self):
        values, label = rows_of(3, 90, 4, seed=0)
        space = space_of(values, label)
        points = space.transform([values])
        base, among = np.arange(5, 20), np.arange(10, 90, 2)
        found = GroupedSearch(points, 4, space.norm.group).nearest(base, among)
        apart = space.norm.lengths(points[base][:, None] - points[among])
        apart[base[:, None] == among] = np.inf
        expected = np.sort(apart, axis=1)[:, :4]
        actual = space.norm.lengths(points[base][:, None] - points[found])
        np.testing.assert_allclose(actual, expected, atol=1e-12)
        assert np.isin(found, among).all()
        assert (found != base[:, None]).all()

    def test_cells_find_most_of_them(self):
        values, label = rows_of(3, 16_000, 9, seed=1)
        values, first = np.unique(values, axis=0, return_index=True)
        order = np.random.default_rng(0).permutation(len(values))
        space = space_of(values[order], label[first][order])
        points = space.transform([values[order]])
        base, asked = np.arange(0, len(points), 10), np.arange(0, len(points) // 10, 9)
        found = approximate_neighbors(points, base, 5, asked, space.norm)
        true = nearest_neighbors(points, base[asked], 5, space.norm)
        near, nearest = (
            space.norm.lengths(points[each] - points[base[asked]][:, None])
            for each in (found, true)
        )
        assert np.mean(near <= nearest[:, -1:] + 1e-9) > 0.95


def test_ties_are_settled_as_imbalanced_learn_settles_them():
    """By the least code, which is the first value in order; here the codes run against it."""
    codes = np.random.default_rng(0).integers(0, 4, (500, 6, 3))
    ranks = np.array([3, 2, 1, 0])
    category = VDMCategory(np.arange(4), np.arange(4).astype(object), np.eye(4), ranks)
    votes = (codes[:, :, None, :] == codes[:, None]).sum(axis=2)
    chosen = first_in_order(votes == votes.max(axis=1, keepdims=True), codes, (category,) * 3)
    taken = np.take_along_axis(codes, chosen[:, None], axis=1)[:, 0]
    assert (ranks[taken] == mode(ranks[codes], axis=1).mode).all()


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """700 against 1,000 rows and a class of 40, of five kinds of categories, one with nulls."""
    values, label = rows_of(3, 6000, 5, seed=5)
    kept = np.concatenate([np.flatnonzero(label == i)[:n] for i, n in enumerate((700, 1000, 40))])
    start = datetime.date(2024, 2, 29)
    rows = [
        (["red", "green", "blue", "it's", "no", None][v[0]], int(9 + v[1]), bool(v[2] > 2),
         "abcdef"[v[3]], start + datetime.timedelta(int(v[4])), "abc"[label[i]], int(i))
        for i, v in zip(kept, values[kept], strict=True)
    ]  # fmt: skip
    schema = (
        "color string, grade smallint, member boolean, shape string, day date, label string, id int"
    )
    return write_and_read(spark.createDataFrame(rows, schema), tmp_path_factory)


class TestOnSpark:
    @pytest.mark.portable
    @pytest.mark.parametrize(
        "bucket_size",
        [pytest.param(None, id="exact", marks=pytest.mark.variant), pytest.param(100, id="hashed")],
    )
    def test_the_contract_holds(self, table, bucket_size):
        sampler = SMOTEN(
            categoricalCols=NAMES, syntheticCol="made", bucketSize=bucket_size,
            samplingStrategy={"a": 1555, "c": 77},
        )  # fmt: skip
        out = sampler.transform(table)
        given, (originals, made) = table.collect(), split_synthetic(out)
        assert class_counts(originals + made) == {"a": 1555, "b": 1000, "c": 77}
        assert_schema_equality(out.drop("made").schema, table.schema)
        assert multiset(originals) == multiset(given)
        for name in NAMES:
            held = {row[name] for row in given if row["label"] == "a"}
            assert {row[name] for row in made if row["label"] == "a"} <= held
        other = sampler.transform(table.repartition(4).orderBy("grade"))
        assert multiset(split_synthetic(other)[1]) == multiset(made)

    def test_rows_are_imbalanced_learns(self, table):
        """One for each base, but where several rows are the last of its neighbors."""
        from sklearn.preprocessing import OrdinalEncoder

        every = table.toPandas()
        encoder = OrdinalEncoder(dtype=np.int32)
        values = encoder.fit_transform(
            every[NAMES].astype(object).where(every[NAMES].notna(), None)
        )
        few = np.flatnonzero(every["label"] == "a")
        metric = ValueDifferenceMetric().fit(values, every["label"])
        apart = metric.pairwise(values[few])
        order = np.argsort(apart, axis=1, kind="stable")
        reached = np.take_along_axis(apart, order, axis=1)
        certain = reached[:, 5] < reached[:, 6] - 1e-9
        assert certain.sum() > 100
        expected = mode(values[few][order[:, :6]], axis=1).mode
        sampler = SMOTEN(
            categoricalCols=NAMES, copyCols=["id"], outputMode="synthetic",
            samplingStrategy={"a": 1400},
        )  # fmt: skip
        made = sampler.transform(table).toPandas().set_index("id")
        assert sorted(made.index) == sorted(every["id"][few])
        made = made.loc[every["id"].to_numpy()[few], NAMES].astype(object)
        assert (encoder.transform(made.where(made.notna(), None)) == expected)[certain].all()

    def test_a_value_that_goes_with_the_class_is_taken(self, spark):
        """The case of imbalanced-learn's own tests: half of the votes are blue, which is first."""
        apples = {"green": 5, "red": 7, "blue": 2}
        others = {"red": 3, "blue": 5}
        rows = [(c, "apple") for c, n in apples.items() for _ in range(n)]
        rows += [(c, "not apple") for c, n in others.items() for _ in range(n)]
        df = spark.createDataFrame(rows, "color string, kind string")
        sampler = SMOTEN(categoricalCols=["color"], labelCol="kind", outputMode="synthetic")
        assert multiset(sampler.transform(df)) == {"Row(color='blue', kind='not apple')": 6}

    def test_never_null_columns_stay_so_and_numbers_are_ordered_as_such(self, spark):
        schema = (
            "kind string not null, member boolean not null, grade long not null, "
            "day date not null, code double not null, label int not null"
        )
        day, codes = datetime.date(2024, 2, 29), [9.0, float("nan"), 10.0]
        rows = [("ab"[i % 2], i < 5, 9 + i % 2, day, codes[i % 3], int(i < 9)) for i in range(30)]
        df = spark.createDataFrame(rows, schema)
        names = ["kind", "member", "grade", "day", "code"]
        out = SMOTEN(
            categoricalCols=names, inputCols=["grade"], k=8, handleSmallClass="lowerK",
            outputMode="synthetic",
        )  # fmt: skip
        made = out.transform(df)
        assert_schema_equality(made.schema, df.schema)
        assert multiset(made) == multiset(
            spark.createDataFrame([("a", True, 9, day, 9.0, 1)], schema)
            .crossJoin(spark.range(12))
            .drop("id")
        )

    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ({"categoricalCols": None}, "SMOTEN found no categories: .* or use SMOTE"),
            ({"categoricalCols": ["label"]}, "'label' is the label and a feature"),
            ({"inputCols": ["id"]}, r"inputCols=\['id'\] is for numbers.*use SMOTENC"),
            ({"metric": "manhattan"}, "metric='manhattan' is for numbers"),
            ({"interpolation": "simplex"}, "interpolation='simplex' is for numbers.*clear it"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, table, params, message):
        with pytest.raises(ValueError, match=message):
            SMOTEN(**{"categoricalCols": NAMES, **params}).transform(table)
