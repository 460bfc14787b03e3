"""Folds: exact strata, identical rows and groups together, the same in any order of rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from helpers import write_and_read
from pyspark.sql import functions as F

from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.folds import PART, Splitter, add_parts, check_class_sizes

FOLDS = 5


def parts_of(df, features, folds=FOLDS, group=None, time=None, seed=1, label="label"):
    """Rows with their parts, and how many rows stand too often."""
    table = LabeledTable(df, df.schema[label])
    counts, _ = table.class_counts()
    splitter = Splitter.find(df.schema, folds, group, time)
    fields = [df.schema[name] for name in features]
    rows, spread = add_parts(table, counts, fields, splitter, seed)
    return rows, spread


def sizes(rows, label="label"):
    """Rows of each class by part."""
    found = defaultdict(lambda: [0] * FOLDS)
    for row in rows.groupBy(label, PART).count().collect():
        found[row[label]][row[PART]] = row["count"]
    return dict(found)


def assert_even(rows, within=1, label="label"):
    for name, each in sizes(rows, label).items():
        assert max(each) - min(each) <= within, (name, each)


@pytest.fixture(scope="module")
def distinct(spark, tmp_path_factory):
    """Distinct rows of 12 classes, of 5 to 115 rows, some labels of which differ by case alone."""
    names = [f"c{i}" for i in range(8)] + ["a", "A", "é", ""]
    rows = [
        (float(i), name) for name in names for i in range(5 + 5 * len(name) * names.index(name))
    ]
    df = spark.createDataFrame(rows, "x double, label string")
    return write_and_read(df, tmp_path_factory)


def test_every_class_is_spread_evenly(distinct):
    rows, spread = parts_of(distinct, ["x"])
    assert len(sizes(rows)) == 12
    assert_even(rows)
    assert (rows.count(), spread) == (distinct.count(), 0)


def test_parts_do_not_depend_on_the_order_or_partitions_of_rows(distinct):
    one, _ = parts_of(distinct, ["x"])
    other, _ = parts_of(distinct.orderBy(F.rand(3)).repartition(4), ["x"])
    columns = ["x", "label", PART]
    assert one.select(columns).exceptAll(other.select(columns)).isEmpty()
    again, _ = parts_of(distinct, ["x"], seed=2)
    moved = again.select(columns).exceptAll(one.select(columns)).count()
    assert moved > distinct.count() / 2


def test_identical_rows_share_a_part(spark):
    """Up to seven twins of each row; of the other class, and with another note, too."""
    random = np.random.default_rng(0)
    drawn = [(float(x), int(x % 2), i) for x in range(400) for i in range(random.integers(1, 8))]
    df = spark.createDataFrame([*drawn, (7.0, 0, 0)], "x double, label int, note int")
    rows, spread = parts_of(df, ["x"])
    assert spread == 0
    places = rows.groupBy("label", "x").agg(F.countDistinct(PART).alias("n")).collect()
    assert {row["n"] for row in places} == {1}
    assert_even(rows, within=7)


def test_rows_that_stand_too_often_are_spread(spark):
    """As in mammography: a third of a class are one row; in the other class, two are all."""
    often = [(-1.0, 0)] * 333 + [(-2.0, 0)] * 150 + [(-3.0, 1)] * 48 + [(-4.0, 1)] * 23
    single = [(float(x), 0) for x in range(504)] + [(0.5, 2)] + [(1.5, 2)] * 38
    df = spark.createDataFrame(often + single, "x double, label int")
    rows, spread = parts_of(df, ["x"])
    assert spread == 5
    assert_even(rows)
    twins = rows.where("x < 0 or label = 2 and x > 1").groupBy("x", PART).count().collect()
    by_row = defaultdict(list)
    for row in twins:
        by_row[row["x"]].append(row["count"])
    assert all(len(each) == FOLDS and max(each) - min(each) <= 1 for each in by_row.values())


def test_fewer_rows_that_are_alone_than_folds(spark):
    """Each class has rows that stand often, and up to six others."""
    rows = [(-1.0, n) for n in range(7) for _ in range(60 + n)]
    rows += [(float(i), n) for n in range(7) for i in range(n)]
    for seed in range(3):
        parts, _ = parts_of(spark.createDataFrame(rows, "x double, label int"), ["x"], seed=seed)
        assert_even(parts)


def test_groups_share_a_part_and_the_rarest_class_is_spread(spark):
    random = np.random.default_rng(1)
    groups = random.integers(0, 300, 3000)
    label = (random.random(3000) < 0.1).astype(int)
    rows = [(float(i), int(y), f"g{g}") for i, (y, g) in enumerate(zip(label, groups, strict=True))]
    df = spark.createDataFrame([*rows, (1.0, 0, None)], "x double, label int, `my group` string")
    parts, spread = parts_of(df, ["x"], group="my group")
    assert spread == 0
    places = parts.groupBy("my group").agg(F.countDistinct(PART).alias("n")).collect()
    assert {row["n"] for row in places} == {1}
    largest = max(Counter(groups[label == 1]).values())
    assert np.ptp(sizes(parts)[1]) <= 2 * largest


TIMES = {
    "int": range(1000),
    "date": [date(2020, 1, 1) + timedelta(days=i // 3) for i in range(1000)],
    "timestamp": [datetime(2021, 3, 1) + timedelta(hours=i) for i in range(1000)],
    "timestamp_ntz": [datetime(2021, 3, 1) + timedelta(hours=i) for i in range(1000)],
}


@pytest.mark.parametrize("kind", TIMES)
def test_folds_score_later_rows_than_they_are_trained_on(spark, kind):
    order = np.random.default_rng(2).permutation(1000)
    rows = [(TIMES[kind][i], float(i), int(i % 9 == 0)) for i in order]
    df = spark.createDataFrame(rows, f"t {kind}, x double, label int")
    parts, _ = parts_of(df, ["x"], folds=4, time="t")
    found = {row[PART]: row for row in parts.groupBy(PART).agg(
        F.min("t").alias("first"), F.max("t").alias("last"), F.count("*").alias("n")
    ).collect()}  # fmt: skip
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert all(found[i]["last"] < found[i + 1]["first"] for i in range(4))  # ties together
    assert all(abs(row["n"] - 200) <= 3 for row in found.values())
    splits = Splitter.find(df.schema, 4, None, "t").splits
    assert [(split.training_parts, split.scored_part) for split in splits] == [
        ((0,), 1), ((0, 1), 2), ((0, 1, 2), 3), ((0, 1, 2, 3), 4),
    ]  # fmt: skip


def test_random_folds_train_on_all_others():
    for split in Splitter(4).splits:
        assert {*split.training_parts, split.scored_part} == {0, 1, 2, 3}
        assert len(split.training_parts) == 3


def test_a_time_that_is_missing(spark):
    df = spark.createDataFrame([(1, 1.0, 0), (None, 2.0, 1)], "t int, x double, label int")
    with pytest.raises(ResamplingError, match="'t' \\(timeCol\\) is null in 1 rows: fill it"):
        parts_of(df, ["x"], time="t")


@pytest.mark.parametrize(
    ("group", "time", "sentence"),
    [
        ("g", "t", "groupCol='g' and timeCol='t' are both set"),
        ("gg", None, r"'gg' \(groupCol\) not found"),
        (None, "tt", r"'tt' \(timeCol\) not found"),
        (None, "g", r"'g' \(timeCol\) is string; allowed are dates, timestamps and numbers"),
    ],
)
def test_columns_to_divide_by(spark, group, time, sentence):
    schema = spark.createDataFrame([("a", 1)], "g string, t int").schema
    with pytest.raises(ResamplingError, match=sentence):
        Splitter.find(schema, 5, group, time)


def test_a_class_with_fewer_rows_than_folds_is_named():
    check_class_sizes({"no": 100, "yes": 5}, 5)
    with pytest.raises(ResamplingError, match="Class 'yes' has 4 rows, fewer than the 5 folds"):
        check_class_sizes({"no": 100, "yes": 4}, 5)


@pytest.mark.parametrize("kind", ["boolean", "decimal(4,1)", "float", "tinyint"])
def test_labels_of_other_types(spark, kind):
    rows = (
        spark.range(90).selectExpr("id as x", f"cast(id % 9 = 0 as {kind}) as label")
        if (kind == "boolean")
        else spark.range(90).selectExpr("id as x", f"cast(if(id % 9 = 0, 1, 0) as {kind}) as label")
    )
    parts, _ = parts_of(rows, ["x"])
    assert_even(parts)
