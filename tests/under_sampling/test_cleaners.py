"""Rows taken away by what their neighbors are: imbalanced-learn's, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from chispa.schema_comparer import assert_schema_equality
from helpers import NAMES, ROWS, class_counts, exact_neighborhood, multiset, overlapping
from imblearn import under_sampling as oracle
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote import (
    SMOTE,
    SMOTEENN,
    EditedNearestNeighbours,
    NeighbourhoodCleaningRule,
    SMOTETomek,
    TomekLinks,
)
from spark_smote.core.cleaning import disagreeing, misclassified, nearest
from spark_smote.core.neighbors.neighborhood import Neighborhood
from spark_smote.core.strategy.under_sampling import classes_to_clean

variant = pytest.mark.variant

PAIRS: dict[str, tuple[Any, dict[str, Any], Any]] = {
    "tomek": (TomekLinks, {}, oracle.TomekLinks),
    "enn-all": (EditedNearestNeighbours, {}, oracle.EditedNearestNeighbours),
    "enn-mode": (
        EditedNearestNeighbours, {"kindSel": "mode", "k": 4},
        lambda **kw: oracle.EditedNearestNeighbours(kind_sel="mode", n_neighbors=4, **kw),
    ),
    "ncr": (NeighbourhoodCleaningRule, {}, oracle.NeighbourhoodCleaningRule),
}  # fmt: skip


def kept_by(cleaner: Any) -> set[int]:
    cleaner.fit_resample(*overlapping())
    return set(cleaner.sample_indices_.tolist())


@pytest.mark.parametrize("pair", PAIRS)
class TestOracle:
    def kept(self, overlap: DataFrame, pair: str, **params: object) -> set[int]:
        method, given, _ = PAIRS[pair]
        out = method(inputCols=NAMES, distanceScaling="none", **given, **params).transform(overlap)
        return {row["id"] for row in out.select("id").collect()}

    def test_the_same_rows_stay(self, overlap, pair):
        theirs = PAIRS[pair][2](sampling_strategy="all")
        assert self.kept(overlap, pair, samplingStrategy="all") == kept_by(theirs)

    def test_hashed_nearly_the_same_rows_go(self, overlap, pair):
        every = set(range(ROWS))
        ours = every - self.kept(overlap, pair, bucketSize=700)
        theirs = every - kept_by(PAIRS[pair][2]())
        assert len(ours & theirs) >= 0.95 * len(ours | theirs)


@pytest.mark.parametrize(
    "strategy", ["auto", "majority", "not minority", "not majority", "all", [1], [2, 0]], ids=str
)
@pytest.mark.parametrize("counts", [{0: 100, 1: 25}, {0: 50, 1: 100, 2: 25}], ids=str)
def test_classes_are_imbalanced_learns(counts, strategy):
    from imblearn.utils import check_sampling_strategy

    if isinstance(strategy, list):
        strategy = [label for label in strategy if label in counts]
    theirs = check_sampling_strategy(
        strategy, np.repeat(list(counts), list(counts.values())), "clean-sampling"
    )
    ours = classes_to_clean(strategy if isinstance(strategy, str) else map(str, strategy), counts)
    assert ours == list(theirs)


def test_of_equally_small_classes_the_rule_protects_the_first_label():
    counts = {1: 90, 2: 5, 10: 5}
    assert classes_to_clean("auto", counts) == [1, 10]
    assert NeighbourhoodCleaningRule()._searching(counts) == [1, 10, 2]


class TestContract:
    @pytest.fixture(
        params=[pytest.param(name, marks=[variant] * (name == "enn-mode")) for name in PAIRS]
    )
    def cleaner(self, request: pytest.FixtureRequest) -> Any:
        method, given, _ = PAIRS[request.param]
        return method(inputCols=NAMES, **given)

    @pytest.mark.portable
    def test_what_stays_is_untouched_and_counted(self, overlap, cleaner):
        lost = overlap.limit(5).withColumn("label", F.lit(None).cast("long"))
        mixed = overlap.unionByName(lost)
        plan = cleaner.plan(mixed)
        out = cleaner.apply(mixed, plan)
        kept = out.collect()
        rows = multiset(kept)
        assert not rows - multiset(mixed)
        assert class_counts(kept) == {**plan.after, None: 5}
        assert min(plan.added.values()) < 0
        assert 1 not in plan.added
        assert_schema_equality(out.schema, mixed.schema)
        assert multiset(cleaner.transform(mixed.repartition(5).orderBy("x1"))) == rows

    def test_nothing_to_clean_gives_the_table_back(self, spark, cleaner):
        rows = [(float(i + 1000 * (i % 2)), i % 2) for i in range(40)]
        df = spark.createDataFrame(rows, "x double, label int")
        cleaner.clear(cleaner.inputCols)
        assert multiset(cleaner.setInputCols(["x"]).transform(df)) == multiset(df)

    def test_it_is_saved_and_loaded(self, spark, tmp_path, cleaner):
        cleaner.setSamplingStrategy([1, 2]).save(str(tmp_path / "it"))
        loaded = type(cleaner).load(str(tmp_path / "it"))
        assert loaded.extractParamMap() == cleaner.extractParamMap()
        assert loaded.getSamplingStrategy() == ["1", "2"]

    @pytest.mark.parametrize("value", [0.5, {1: 5}, "some", [], [1, "1"]], ids=str)
    def test_strategies_of_other_kinds_are_refused(self, cleaner, value):
        with pytest.raises(TypeError, match="samplingStrategy"):
            cleaner.setSamplingStrategy(value)

    def test_unknown_classes_are_refused(self, overlap, cleaner):
        with pytest.raises(ValueError, match="names class '5'"):
            cleaner.setSamplingStrategy([5]).transform(overlap)


class TestVerdicts:
    """By hand: a row 0 that stands twice, and rows 1, 2 and 3 farther and farther away."""

    AROUND = Neighborhood(np.array([0]), np.array([[1, 2, 3]]), np.array([2, 1, 1, 1]), 3)

    @pytest.mark.parametrize(
        ("labels", "all_", "mode", "wrong"),
        [
            ([5, 5, 5, 9], False, False, False),  # row 3 is the fourth
            ([5, 9, 5, 5], True, False, False),  # twin and 2 of 3; self, twin of 3
            ([5, 9, 9, 5], True, True, False),
            ([5, 4, 9, 5], True, True, False),  # one each: the lowest label
            ([5, 6, 9, 5], True, False, False),
        ],
    )
    def test_twins_vote(self, labels, all_, mode, wrong):
        labels = np.array(labels, np.int32)
        assert disagreeing(self.AROUND, labels, "all").tolist() == [all_]
        assert disagreeing(self.AROUND, labels, "mode").tolist() == [mode]
        assert misclassified(self.AROUND, labels).tolist() == [wrong]
        assert nearest(self.AROUND).tolist() == [0]

    def test_misclassified_is_scikit_learns_classifier(self):
        from sklearn.neighbors import KNeighborsClassifier

        points, label = overlapping()
        predicted = KNeighborsClassifier(3).fit(points, label).predict(points)
        ours = misclassified(exact_neighborhood(points, 3), label.astype(np.int32))
        assert (ours == (predicted != label)).all()


@pytest.mark.parametrize(
    ("method", "cleaner", "strategy"),
    [
        (SMOTEENN, oracle.EditedNearestNeighbours, "all"),
        (SMOTETomek, oracle.TomekLinks, "majority"),
    ],
)
class TestAfterSMOTE:
    PARAMS: dict[str, Any] = {  # noqa: RUF012
        "inputCols": NAMES, "distanceScaling": "none", "copyCols": ["id"], "syntheticCol": "made",
    }  # fmt: skip

    def test_it_is_their_cleaning_of_our_smote(self, overlap, method, cleaner, strategy):
        sampler = method(**self.PARAMS, cleaningStrategy=strategy)
        smote = SMOTE(**self.PARAMS).transform(overlap)
        rows = smote.toPandas()
        # After SMOTE the classes are of one size, and the first is the majority.
        theirs = cleaner(sampling_strategy="all" if strategy == "all" else [0])
        theirs.fit_resample(rows[NAMES].to_numpy(), rows["label"].to_numpy())
        kept = rows.iloc[theirs.sample_indices_]
        plan = sampler.plan(overlap)
        out = sampler.apply(overlap, plan)
        assert_schema_equality(out.schema, smote.schema)
        made = out.toPandas()
        assert set(map(tuple, made.to_numpy().tolist())) == set(
            map(tuple, kept.to_numpy().tolist())
        )
        assert made["label"].value_counts().to_dict() == plan.after
        assert len(made) == len(kept)


@pytest.mark.parametrize("method", [SMOTEENN, SMOTETomek])
def test_originals_are_needed(overlap, method):
    with pytest.raises(ValueError, match="outputMode='synthetic' leaves out the rows"):
        method(inputCols=NAMES, outputMode="synthetic").transform(overlap)


def test_fewer_than_two_classes_are_refused(spark):
    df = spark.createDataFrame([(1.0, 1), (2.0, 1)], "x double, label int")
    with pytest.raises(ValueError, match="one class only"):
        TomekLinks(inputCols=["x"]).transform(df)
