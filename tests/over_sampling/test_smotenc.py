"""Numbers and categories together: imbalanced-learn's distances and votes, and the contract."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import blobs, class_counts, multiset, split_synthetic, write_and_read
from pyspark.sql import DataFrame, SparkSession

from spark_smote import SMOTENC
from spark_smote.core.distance.categories import Category, indicators
from spark_smote.core.distance.space import fit_space
from spark_smote.core.synthesis.voting import tied_modes, vote
from spark_smote.engine.table import categorical

NUMBERS, CATEGORIES = ["x0", "x1"], ["color", "grade", "member"]
BUCKETS = [
    pytest.param(None, id="exact", marks=pytest.mark.variant),
    pytest.param(100, id="hashed"),
]


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """700 against 1,000 rows of two numbers and three categories, one with nulls."""
    random = np.random.default_rng(5)
    colors = random.choice(["red", "green", "blue", "it's", None], 1700).tolist()
    rows = [
        (float(p[0]), float(p[1]) * 100, colors[i], int(p[0] > 0) + 7, bool(p[1] > 1), "few"
         if i < 700 else "many", i)
        for i, p in enumerate(blobs(1700, 2, seed=3))
    ]  # fmt: skip
    schema = (
        "x0 double, x1 double, color string, grade smallint, member boolean, label string, id int"
    )
    return write_and_read(
        spark.createDataFrame(rows, schema).repartition(3, "id"), tmp_path_factory
    )


def sampler(**params: object) -> SMOTENC:
    return SMOTENC(inputCols=NUMBERS, categoricalCols=CATEGORIES, **params)


class TestDistance:
    def test_it_is_imbalanced_learns(self, monkeypatch):
        """Taken from the rows that imbalanced-learn itself hands to its neighbor search."""
        import pandas as pd
        from imblearn.over_sampling import SMOTENC as Oracle
        from sklearn.neighbors import NearestNeighbors

        random = np.random.default_rng(1)
        numbers = random.standard_normal((120, 3)) * [1, 10, 0.1]
        kinds = random.integers(0, 4, (120, 2))
        label = np.arange(120) < 40
        seen: list[np.ndarray] = []

        class Watched(NearestNeighbors):
            def fit(self, rows, y=None):
                seen.append(rows.toarray() if hasattr(rows, "toarray") else np.asarray(rows))
                return super().fit(rows)

        oracle = Oracle([3, 4], k_neighbors=Watched(n_neighbors=6))
        oracle.fit_resample(pd.DataFrame(np.hstack([numbers, kinds.astype(float)])), label)
        few = seen[-1]
        expected = np.linalg.norm(few[:, None] - few[None], axis=2)

        codes = kinds.astype(np.int64)
        each = tuple(Category(np.arange(4), np.arange(4).astype(object)) for _ in range(2))
        values = [numbers[label], codes[label]]
        space = fit_space(values, np.ones(40, np.int64), "none", each)
        assert space.mismatch == pytest.approx(oracle.median_std_[True])
        points = space.transform(values)
        apart = np.linalg.norm(points[:, None] - points[None], axis=2)
        np.testing.assert_allclose(apart, expected, rtol=1e-9, atol=1e-9)

    def test_every_mismatch_counts_once(self):
        each = (Category(np.array([3, 9]), None), Category(np.array([-1, 2, 5]), None))
        held = indicators(np.array([[3, 2], [9, 2], [9, -1]]), each)
        apart = ((held[:, None] - held[None]) ** 2).sum(axis=2)
        assert apart.tolist() == [[0, 2, 4], [2, 0, 2], [4, 2, 0]]


class TestVote:
    def test_the_most_frequent_wins_by_votes(self):
        codes = np.array([[[1, 8], [2, 8], [2, 7], [3, 7]]])
        assert tied_modes(codes, np.array([[0, 1, 1, 1]])).tolist() == [
            [[False, False], [True, False], [False, True], [False, False]]
        ]
        # the base's own twins vote as well
        assert tied_modes(codes, np.array([[3, 1, 1, 0]])).tolist() == [
            [[True, True], [False, False], [False, False], [False, False]]
        ]

    def test_ties_are_drawn_evenly_and_alone(self):
        from scipy import stats

        tied = np.repeat(np.array([[[True], [False], [True], [True]]]), 3000, axis=0)
        places = vote(tied, np.arange(3000), np.zeros(3000, np.int64))[:, 0]
        seen = np.bincount(places, minlength=4)
        assert seen[1] == 0
        assert stats.chisquare(seen[[0, 2, 3]]).pvalue > 1e-3


class TestOnSpark:
    @pytest.mark.portable
    @pytest.mark.parametrize("bucket_size", BUCKETS)
    def test_the_contract_holds(self, table, bucket_size):
        smote = sampler(syntheticCol="made", bucketSize=bucket_size, samplingStrategy={"few": 1555})
        out = smote.transform(table)
        assert_schema_equality(out.drop("made").schema, table.schema)
        given, (originals, made) = table.collect(), split_synthetic(out)
        assert class_counts(originals + made) == {"few": 1555, "many": 1000}
        assert multiset(originals) == multiset(given)
        for name in CATEGORIES:
            held = {row[name] for row in given if row["label"] == "few"}
            assert {row[name] for row in made} <= held
        other = smote.transform(table.repartition(4).orderBy("x1"))
        assert multiset(split_synthetic(other)[1]) == multiset(made)

    def test_categories_are_those_of_most_of_scikit_learns_neighbors(self, table):
        from sklearn.neighbors import NearestNeighbors
        from sklearn.preprocessing import OneHotEncoder

        few = table.filter("label = 'few'").toPandas()
        numbers = few[NUMBERS].to_numpy()
        scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
        kinds = few[CATEGORIES].astype(str).to_numpy()
        hot = OneHotEncoder(sparse_output=False).fit_transform(kinds) / np.sqrt(2)
        points = np.hstack([scaled, hot])
        nearest = NearestNeighbors(n_neighbors=6).fit(points).kneighbors(points)[1][:, 1:]
        place = {row_id: i for i, row_id in enumerate(few["id"])}
        made = sampler(copyCols=["id"], outputMode="synthetic").transform(table).toPandas()
        for row_id, row in zip(made["id"], made[CATEGORIES].astype(str).to_numpy(), strict=True):
            votes = kinds[nearest[place[row_id]]]
            for column, value in enumerate(row):
                names, numbers_of = np.unique(votes[:, column], return_counts=True)
                assert numbers_of[names == value] == numbers_of.max()

    def test_numbers_lie_between_neighbors_and_never_null_columns_stay_so(self, spark):
        schema = (
            "x int not null, kind string not null, member boolean not null, grade long not null, "
            "day date not null, label int not null"
        )
        day = datetime.date(2024, 2, 29)
        rows = [(i * i, "ab"[i % 2], i < 5, 2**62 + i % 3, day, int(i < 9)) for i in range(30)]
        df = spark.createDataFrame(rows, schema)
        names = ["kind", "member", "grade", "day"]
        out = SMOTENC(inputCols=["x", "kind"], categoricalCols=names).transform(df)
        assert_schema_equality(out.schema, df.schema)
        assert class_counts(out) == {0: 21, 1: 21}
        made = out.filter("label = 1").collect()
        assert all(0 <= row["x"] <= 64 for row in made)
        assert {row["day"] for row in made} == {day}
        assert {row["grade"] for row in made} <= {2**62, 2**62 + 1, 2**62 + 2}

    @pytest.mark.portable
    def test_floats_are_categories_by_value_and_text_is_of_any_bytes(self, spark):
        """As StringIndexer writes them; NaN and null are two values, 0.0 and -0.0 are one."""
        df = spark.range(60).selectExpr(
            "double(id) as x",
            "double(case id % 4 when 0 then 'NaN' when 1 then null when 2 then '0' else '-0' end) "
            "as double",
            "coalesce(float(0.1) * float(id % 3), float(0)) as float",
            "string(if(id % 2 = 0, x'ff41', x'c328')) as text",
            "int(id < 16) as label",
        )
        names = ["double", "float", "text"]
        smote = SMOTENC(inputCols=["x"], categoricalCols=names, outputMode="synthetic")
        out = smote.transform(df)
        assert_schema_equality(out.schema, df.schema)
        made = out.selectExpr(
            "string(double) as double", "string(float) as float", "hex(text) as t"
        )
        held = made.collect()
        assert {row["double"] for row in held} == {"NaN", None, "0.0"}
        assert {row["float"] for row in held} == {"0.0", "0.1", "0.2"}
        assert {row["t"] for row in held} == {"FF41", "C328"}
        # 0.0 and -0.0 are half of every five neighbors or nearly: together they win most votes
        assert [row["double"] for row in held].count("0.0") > len(held) / 2

    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ({"categoricalCols": None}, "SMOTENC found no categories: .* or use SMOTE"),
            (
                {"categoricalCols": ["grade"], "interpolation": "star"},
                "'star' searches no neighbors, so none vote",
            ),
            ({"categoricalCols": ["id_"]}, r"'id_' \(categoricalCols\) is decimal.*; allowed are"),
            ({"categoricalCols": ["colr"]}, r"'colr' \(categoricalCols\) .*mean 'color'"),
            ({"categoricalCols": ["label"]}, "'label' is the label and a feature"),
            ({"inputCols": ["grade"], "categoricalCols": ["grade"]}, "names categories only"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, table, params, message):
        df = table.withColumn("id_", table["id"].cast("decimal(9,0)"))
        with pytest.raises(ValueError, match=message):
            SMOTENC(**{"inputCols": NUMBERS, **params}).transform(df)

    def test_too_many_categories_are_refused(self, table, monkeypatch):
        monkeypatch.setattr(categorical, "MAX_VALUES", 20)
        smote = SMOTENC(inputCols=["x0"], categoricalCols=["id", "grade"])
        with pytest.raises(ValueError, match="more than 20 distinct values, most of them in 'id'"):
            smote.transform(table)
