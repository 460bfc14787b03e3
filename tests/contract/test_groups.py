"""Groups: each is resampled as if it were the table, whatever the other groups hold."""

from __future__ import annotations

import datetime
import json
import logging
from collections import Counter
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers import NAMES, assert_on_segments, multiset, write_and_read
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTEN,
    SMOTENC,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    KMeansSMOTE,
    NeighbourhoodCleaningRule,
    Pipeline,
    ProWSyn,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingError,
    SafeLevelSMOTE,
    SMOTETomek,
)
from spark_smote.base import Sampler

pytestmark = pytest.mark.portable
variant = pytest.mark.variant

DAY = datetime.date(2026, 11, 1)
GROUPS = ["tenant", "day"]
ROWS: dict[tuple[str | None, datetime.date | None, str], int] = {
    ("acme", DAY, "a"): 70,
    ("acme", DAY, "b"): 21,
    ("Acme", DAY, "a"): 30,  # another one, by its case
    ("Acme", DAY, "b"): 45,
    ("Acme", DAY, "c"): 12,  # in no other group
    ("1", None, "a"): 40,
    ("1", None, "b"): 13,
    ("1", DAY, "b"): 15,  # a single class
    (None, None, "a"): 9,
    (None, None, "b"): 33,
    ("one", None, "a"): 1,  # a single row
}
LARGEST = {("acme", DAY): 70, ("Acme", DAY): 45, ("1", None): 40, (None, None): 33}


def rows_of_groups(spark: SparkSession) -> DataFrame:
    """Groups that lie in the same place, so that a neighbor of another would be the nearest."""
    random = np.random.default_rng(20)
    names = [name for name, rows in ROWS.items() for _ in range(rows)]
    frame = pd.DataFrame(names, columns=[*GROUPS, "label"])
    shift = (frame["label"] == "a").to_numpy() * 0.8
    for name in NAMES:
        frame[name] = random.standard_normal(len(frame)) + shift
    rows = [(*(float(row[n]) for n in NAMES), *names[i], i) for i, row in frame.iterrows()]
    schema = "tenant string, day date, label string, id bigint"
    return spark.createDataFrame(rows, f"{', '.join(f'{n} double' for n in NAMES)}, {schema}")


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    return write_and_read(rows_of_groups(spark).repartition(3, "id"), tmp_path_factory)


def in_group(df: DataFrame, tenant: str | None, day: datetime.date | None) -> DataFrame:
    return df.filter(F.col("tenant").eqNullSafe(tenant) & F.col("day").eqNullSafe(day))


def balanced(counts: dict[tuple[Any, ...], int]) -> dict[tuple[Any, ...], int]:
    return {name: max(rows, LARGEST.get(name[:2], 0)) for name, rows in counts.items()}


@pytest.mark.quick
def test_the_contract_in_each_group(table, caplog):
    """Counts, originals, values of the group, and neighbors, from one evaluation."""
    smote = SMOTE(
        inputCols=NAMES, groupCols=GROUPS, syntheticCol="made", idCol="id", lineageCol="from", k=4
    )
    plan = smote.plan(table)
    assert plan.counts == ROWS
    assert plan.after == balanced(ROWS)
    assert [text for text in caplog.messages if "2 of 6 groups hold one class" in text] == (
        caplog.messages
    )
    out = smote.apply(table, plan)
    rows = out.toPandas().astype({"tenant": object, "day": object})
    rows = rows.where(rows.notna(), None)
    names = list(zip(*(rows[name] for name in (*GROUPS, "label")), strict=True))
    assert Counter(names) == balanced(ROWS)
    assert smote.verify(out, plan) == balanced(ROWS)
    kept = out.filter("not made").drop("made", "from")
    assert kept.schema == table.schema
    assert multiset(kept) == multiset(table)
    made = rows["made"].to_numpy(bool)
    for name in set(names):
        of_class = np.array([other == name for other in names])
        mine, new = rows[of_class & ~made], rows[of_class & made]
        if len(new):
            points, values = (part[NAMES].to_numpy(np.float64) for part in (mine, new))
            assert_on_segments(points, mine["id"].tolist(), values, new["from"].tolist(), k=4)


GROUPED: dict[str, Sampler] = {
    "smote-hashed": SMOTE(bucketSize=16, samplingStrategy={"b": "3.3x"}),
    "smotenc": SMOTENC(categoricalCols=["kind"]),
    "noise": RandomOverSampler(shrinkage={"b": 0.5}),
    "under": RandomUnderSampler(samplingStrategy={"a": "0.5x", "b": "0.7x"}),
    "borderline-2": BorderlineSMOTE(m=6, kind="borderline-2"),
    "adasyn-hashed": ADASYN(bucketSize=32),
    "safe-level": SafeLevelSMOTE(),
    "prowsyn": ProWSyn(levels=3),
    "rule": NeighbourhoodCleaningRule(thresholdCleaning=0.1),
    "smoteenn": SMOTEENN(),
    "smotetomek": SMOTETomek(),
}
PORTABLE = ["smotenc", "under", "borderline-2"]
"""The others go the way of one of these."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[variant] * (n not in PORTABLE)) for n in GROUPED]
)
def test_a_group_is_resampled_as_if_it_were_the_table(table, name):
    """The same sampler without groups, on the rows of one group alone, is the oracle."""
    sampler = GROUPED[name].copy().setInputCols(NAMES)
    alone = sampler.copy()
    sampler.setGroupCols(GROUPS)
    if isinstance(sampler, SMOTE):
        sampler.setK(4).setHandleSmallClass("skip")
        alone.setK(4).setCopyCols(GROUPS)
    table = table.withColumn("kind", F.substring(F.col("id").cast("string"), -1, 1))
    group = ("acme", DAY) if name.endswith("hashed") else ("1", None)
    found = in_group(sampler.transform(table), *group).withColumn("how", F.lit("grouped"))
    expected = alone.transform(in_group(table, *group)).withColumn("how", F.lit("alone"))
    rows: dict[str, Counter[str]] = {"grouped": Counter(), "alone": Counter()}
    for row in found.unionAll(expected).collect():
        rows[row["how"]][str(row[:-1])] += 1
    assert rows["grouped"] == rows["alone"]
    assert rows["alone"].total() != sum(ROWS.get((*group, label), 0) for label in "ab")


def counts_of(sampler: Sampler, table: DataFrame) -> dict[Any, int]:
    return sampler.setParams(groupCols=GROUPS, inputCols=NAMES).plan(table).after


@variant
class TestStrategy:
    def test_of_labels_that_are_only_in_some_groups(self, table):
        """{c: 20} is for Acme; a label of no group is an error."""
        after = counts_of(SMOTE(samplingStrategy={"c": 20, "B": "2x"}, k=4), table)
        grown = {name: 2 * rows for name, rows in ROWS.items() if name[2] == "b"}
        grown[("1", DAY, "b")] = 15
        assert after == ROWS | grown | {("Acme", DAY, "c"): 20}
        with pytest.raises(ResamplingError, match="class 'd', which the label column does not"):
            counts_of(SMOTE(samplingStrategy={"d": 20}), table)

    def test_a_ratio_is_of_each_group(self, table):
        two = table.filter("label != 'c'")
        after = counts_of(SMOTE(samplingStrategy=0.75, k=4), two)
        ratios = {
            group: min(after[(*group, label)] for label in "ab") / rows
            for group, rows in LARGEST.items()
        }
        assert all(0.72 < ratio <= 0.75 for ratio in ratios.values())
        with pytest.raises(ResamplingError, match=r"Group \('Acme', .*ratio for two classes.*3"):
            counts_of(SMOTE(samplingStrategy=0.75, k=4), table)

    def test_more_than_a_group_may_have_names_the_group(self, table):
        with pytest.raises(ResamplingError, match=r"Group \('Acme', .*12 rows of class 'b'.*45"):
            counts_of(SMOTE(samplingStrategy={"b": 12}, k=4), table)

    def test_a_cap_is_for_each_row_of_a_group(self, table, caplog):
        after = counts_of(SMOTE(samplingStrategy={"b": "9x"}, k=4, maxPerRow=1.5), table)
        assert after[("1", None, "b")] == 13 + 19
        assert "class ('1', None, 'b') is to get 104 rows and gets 19" in caplog.text

    def test_groups_of_one_class_each_are_an_error(self, table):
        with pytest.raises(ResamplingError, match=r"Each of the 3 groups .* one class only"):
            RandomUnderSampler(groupCols=["label"], labelCol="tenant").plan(
                table.filter("tenant = 'acme'").withColumn("label", F.col("id") % 3)
            )


@variant
class TestSmallClasses:
    """Of group (None, None), class a has 9 rows; only k >= 9 is too many for it and Acme's c."""

    def plan(self, table: DataFrame, how: str) -> dict[Any, int]:
        return counts_of(SMOTE(k=12, handleSmallClass=how), table)

    def test_an_error_names_the_group(self, table):
        with pytest.raises(ResamplingError, match=r"Class \(.*\) has (9|12) rows; k=12 needs"):
            self.plan(table, "error")

    @pytest.mark.parametrize("how", ["lowerK", "duplicate"])
    def test_all_is_made_where_that_is_possible(self, table, how, caplog):
        assert self.plan(table, how) == balanced(ROWS)
        told = [text for text in caplog.messages if "(None, None, 'a') has 9 rows" in text]
        assert len(told) == 1

    def test_a_class_is_skipped_in_its_group_alone(self, table):
        small = {name: rows for name, rows in ROWS.items() if rows in (9, 12)}
        assert self.plan(table, "skip") == balanced(ROWS) | small

    def test_a_group_too_small_for_a_search_of_all_classes(self, table, caplog):
        sampler = BorderlineSMOTE(m=50, k=3, handleNoBases="uniform")
        with pytest.raises(ResamplingError, match=r"Group \(None, None\) has 42 rows"):
            counts_of(sampler, table)
        sampler.setHandleSmallClass("skip")
        after = counts_of(sampler, table)
        assert after == balanced(ROWS) | {(None, None, "a"): 9}
        cleaned = counts_of(EditedNearestNeighbours(k=50), table)
        assert cleaned[(None, None, "b")] == 33
        assert cleaned[("acme", DAY, "a")] < 70
        assert "1 of 6 groups have too few rows to find 50" in caplog.text


@variant
def test_of_many_small_classes_only_some_are_told(spark, caplog):
    df = spark.range(12_000).selectExpr(
        "id div 12 as tenant", "int(id % 12 < 3) as label", "double(id * id % 101) as x"
    )
    sampler = SMOTE(inputCols=["x"], groupCols=["tenant"], k=3, handleSmallClass="lowerK")
    with caplog.at_level(logging.WARNING):
        plan = sampler.plan(df)
    assert len(plan.counts) == 2000
    assert set(plan.after.values()) == {9}
    assert len(caplog.messages) == 21
    assert "and 980 classes more" in caplog.messages[-1]
    found = sampler.apply(df, plan).groupBy("tenant", "label").count()
    assert found.groupBy("count").count().collect() == [(9, 2000)]


@variant
@pytest.mark.parametrize("sampler", [KMeansSMOTE(), SMOTEN(categoricalCols=["tenant"])])
def test_what_learns_from_the_whole_table_refuses_groups(table, sampler):
    with pytest.raises(ResamplingError, match=f"not possible with {type(sampler).__name__}"):
        sampler.setParams(groupCols=["day"], outputMode="all").check(table)


def test_values_of_a_group_are_kept_whatever_their_type(spark):
    """Of 20 and 60 rows each; a column that is never null stays so."""
    values = [(Decimal("0.001"), True, -1, "1"), (Decimal("1.100"), False, 7, "")]
    rows = [(*value, float(i * i % 89), int(i % 4 > 0)) for value in values for i in range(80)]
    fields = "a decimal(9,3), b boolean, c smallint, d string, x double, label tinyint"
    strict = spark.createDataFrame(rows, fields.replace(", ", " not null, "))
    df = strict.unionByName(spark.createDataFrame([(*[None] * 4, *r[4:]) for r in rows], fields))
    smote = SMOTE(inputCols=["x"], groupCols=["a", "b", "c", "d"])
    assert not any(field.nullable for field in smote.check(strict)[:4])
    plan = smote.plan(df)
    sizes = [(0, 20), (1, 60)]
    expected = {(*value, label): rows for value in values for label, rows in sizes}
    assert plan.counts == expected | {(*[None] * 4, label): 2 * rows for label, rows in sizes}
    found = smote.apply(df, plan).groupBy("a", "b", "c", "d", "label").count().collect()
    assert {tuple(row[:5]): row["count"] for row in found} == plan.after


@variant
def test_names_with_dots_and_labels_with_two_zeros(spark):
    """0.0 and -0.0 are one class, in groups as without; NaN is no label."""
    zeros = "array(0D, -0D, double('NaN'), 1D)[int(id % 4)]"
    df = spark.range(80).selectExpr(
        "double(id * id % 89) as x", f"{zeros} as `la``bel`", "id div 40 as `ten.ant`",
        "if(id % 20 = 0, 0, 1) as `sp.lit`",
    )  # fmt: skip
    smote = SMOTE(
        inputCols=["x"], labelCol="la`bel", groupCols=["ten.ant"], splitCol="sp.lit", trainValue=1
    )
    plan = smote.plan(df)
    assert plan.counts == {(0, 0.0): 18, (0, 1.0): 10, (1, 0.0): 18, (1, 1.0): 10}
    assert plan.passed_through == 20 + 4
    assert smote.verify(smote.apply(df, plan), plan) == dict.fromkeys(plan.counts, 18)


@variant
@pytest.mark.parametrize(
    ("tenant", "said"),
    [
        ("string(x'ff41')", r"'tenant'.*holds b'\\xffA', .*not valid UTF-8"),
        ("date'+10000-01-01'", r"'tenant'.*holds '\+10000-01-01', .*cast it to string"),
    ],
)
def test_values_that_python_cannot_hold(table, tenant, said):
    df = table.withColumn("tenant", F.expr(tenant))
    with pytest.raises(ResamplingError, match=said):
        RandomOverSampler(groupCols=["tenant"]).plan(df)


@variant
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("double", "double; allowed are string, boolean, integers, decimal and date: cast it"),
        ("float", "float; allowed are"),
        ("timestamp", "timestamp; allowed are"),
        ("array<string>", "array<string>; allowed are"),
    ],
)
def test_types_that_are_no_groups(table, kind, said):
    typed = table.withColumn("tenant", F.lit(None).cast(kind))
    with pytest.raises(ResamplingError, match=f"'tenant' .groupCols. is {said}"):
        SMOTE(inputCols=NAMES, groupCols=["tenant"]).check(typed)


@variant
@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"groupCols": ["tenant", "label"]}, "'label' is the label, and a group"),
        ({"groupCols": ["x0"]}, "'x0' is a feature, and a group"),
        ({"groupCols": ["tenannt"]}, "'tenannt' .groupCols. not found.*'tenant'"),
    ],
)
def test_columns_of_two_roles(table, params, said):
    table = table.withColumn("x0", F.col("x0").cast("int"))
    with pytest.raises(ResamplingError, match=said):
        SMOTE(inputCols=NAMES, **params).check(table)


def test_in_a_pipeline_saved_and_only_synthetic(table, spark, tmp_path):
    """A group's column that is copied too, and rows without a label."""
    smote = SMOTE(inputCols=NAMES, k=4, groupCols=GROUPS, copyCols=["day"], outputMode="synthetic")
    Pipeline(stages=[smote]).save(str(tmp_path / "pipeline"))
    (loaded,) = Pipeline.load(str(tmp_path / "pipeline")).getStages()
    assert loaded.getGroupCols() == GROUPS
    lost = table.withColumn("label", F.when(F.col("id") % 2 == 0, F.col("label")))
    plan = loaded.plan(lost)
    assert plan.passed_through == table.filter("id % 2 = 1").count()
    made = loaded.apply(lost, plan)
    assert loaded.verify(made, plan) == plan.added
    assert json.dumps([str(name) for name in plan.added])
