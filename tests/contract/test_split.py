"""Splits: only the rows for training are resampled, and all others pass through."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from helpers import NAMES, multiset, overlapping, union_all, write_and_read
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, RandomUnderSampler, ResamplingError
from spark_smote.base import Sampler
from spark_smote.cli.config import METHODS

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

FEATURES = {"SMOTENC": {"categoricalCols": ["kind"]}, "SMOTEN": {"categoricalCols": ["kind"]}}
RESAMPLED = [
    *("SMOTENC", "BorderlineSMOTE", "RandomUnderSampler", "SMOTETomek"),
    *(
        pytest.param(name, marks=variant)
        for name in ("SMOTEN", "KMeansSMOTE", "RandomOverSampler", "NeighbourhoodCleaningRule")
    ),
]
"""The others go the way of one of these."""


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """150 rows to train with; 150 with the same values, of which 10 are of no split, to test."""
    points, label = overlapping()
    rows = [
        (*map(float, points[i]), int(label[i]), "abc"[i % 3], split)
        for i in range(0, 3000, 20)
        for split in ("train", "Train" if i % 300 else None)
    ]
    schema = f"{', '.join(f'{n} double' for n in NAMES)}, label int, kind string, split string"
    return write_and_read(spark.createDataFrame(rows, schema), tmp_path_factory)


def sampler(name: str, split: str = "split", **params: Any) -> Sampler:
    features = FEATURES.get(name, {"inputCols": NAMES})
    if name == "SMOTENC":
        features = features | {"inputCols": NAMES}
    if name == "KMeansSMOTE":
        params |= {"clusterBalanceThreshold": 0.0}
    return METHODS[name](splitCol=split, **features, **params)


@variant
@pytest.mark.parametrize("name", METHODS)
def test_every_method_looks_for_the_split(table, name):
    sampler(name).check(table)
    with pytest.raises(ResamplingError, match=r"'spilt' \(splitCol\) not found"):
        sampler(name, "spilt").check(table)


@pytest.mark.parametrize("name", RESAMPLED)
def test_only_rows_to_train_with_are_resampled(table, name):
    """The oracle resamples these alone; even rows with the same values pass through."""
    train, rest = table.filter("split = 'train'"), table.filter("not split <=> 'train'")
    it = sampler(name)
    marked = [
        it.transform(table).withColumn("how", F.lit("split")),
        it.transform(train).unionByName(rest).withColumn("how", F.lit("alone")),
    ]
    rows: dict[str, Counter[str]] = {"split": Counter(), "alone": Counter()}
    for row in union_all(marked).collect():
        rows[row["how"]][str(row[:-1])] += 1
    assert rows["split"] == rows["alone"]
    assert rows["split"].total() != 300
    passed = [row for row in rows["split"].elements() if not row.endswith("'train')")]
    assert Counter(passed) == Counter(str(tuple(row)) for row in rest.collect())


@variant
@pytest.mark.parametrize(
    ("kind", "value"),
    [("string", "1"), ("int", 1), ("int", "1"), ("tinyint", "+1"), ("boolean", True),
     ("boolean", "TRUE"), ("bigint", True)],
)  # fmt: skip
def test_values_of_every_type(table, kind, value):
    typed = table.withColumn("split", F.expr(f"cast(cast(split <=> 'train' as int) as {kind})"))
    smote = SMOTE(inputCols=NAMES, splitCol="split", trainValue=value)
    if value is True and kind == "bigint":
        with pytest.raises(ResamplingError, match="bigint, but trainValue is 'true': set it to a"):
            smote.check(typed)
        return
    plan = smote.plan(typed)
    assert (plan.counts, plan.passed_through) == ({0: 50, 1: 30, 2: 70}, 150)


def test_synthetic_rows_are_to_train_with(table):
    """Also where the column is a boolean that is never null, is copied, and a group's, too."""
    typed = table.withColumn("split", F.expr("split <=> 'train'"))
    smote = SMOTE(
        inputCols=NAMES, splitCol="split", trainValue=True, copyCols=["split", "kind"],
        syntheticCol="made", groupCols=["kind", "split"],
    )  # fmt: skip
    out = smote.transform(typed)
    assert not out.schema["split"].nullable
    assert multiset(out.filter("made").select("split").distinct()) == {"Row(split=True)": 1}
    counts = out.filter("split").groupBy("kind").pivot("label").count().collect()
    assert all(row[1] == row[2] == row[3] for row in counts)
    assert len(counts) == 3


def test_the_result_is_verified_with_what_passed_through(table):
    under = RandomUnderSampler(splitCol="split")
    plan = under.plan(table)
    assert under.verify(under.apply(table, plan), plan) == dict.fromkeys(range(3), 30)
    with pytest.raises(ResamplingError, match=r"and 140 of none, planned were .* and 150"):
        under.verify(under.apply(table, plan).filter("split is not null"), plan)


def test_a_value_of_no_row_is_refused_with_those_there_are(table):
    with pytest.raises(ResamplingError, match=r"is 'TRAIN' .* no row .*None, 'Train', 'train'"):
        SMOTE(inputCols=NAMES, splitCol="split", trainValue="TRAIN").plan(table)
    unlabeled = table.withColumn("label", F.expr("if(split = 'Train', label, null)"))
    with pytest.raises(ResamplingError, match=r"is 'train' .* no row with a label"):
        RandomUnderSampler(splitCol="split").plan(unlabeled)


@variant
@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"splitCol": "label", "trainValue": 1}, "'label' is the label, and a group or the split"),
        ({"splitCol": "x0", "trainValue": 1}, "'x0' is a feature, and a group or the split"),
        ({"splitCol": "spilt"}, "'spilt' .splitCol. not found.*'split'"),
        ({"splitCol": "x1"}, "'x1' .splitCol. is double; allowed are string, boolean and int"),
        ({"splitCol": "x0", "inputCols": ["x1"]}, "is int, but trainValue is 'train': set it to"),
        ({"splitCol": "flag"}, "is boolean, but trainValue is 'train': set it to true or false"),
        ({"trainValue": "yes"}, "trainValue='yes' is a value of splitCol, which is not set"),
    ],
)
def test_columns_and_values_that_do_not_fit(table, params, said):
    table = table.withColumns({"x0": F.col("x0").cast("int"), "flag": F.lit(True)})
    with pytest.raises(ResamplingError, match=said):
        SMOTE(**{"inputCols": NAMES, **params}).check(table)
