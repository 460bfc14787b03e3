"""Class weights: the column, in a pipeline, and what is refused."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from helpers import class_counts, two_classes, write_and_read
from pyspark.ml import Estimator, Model
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import Evaluator
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.utils.class_weight import compute_sample_weight

from spark_smote import (
    SMOTE,
    ClassWeights,
    ParamError,
    Pipeline,
    RandomOverSampler,
    ResamplingError,
)

GIVEN = {0: 90, 1: 30}
portable = pytest.mark.portable


class Recorder(Estimator):
    """Fits nothing: its model only remembers the weights that it was trained with."""

    def _fit(self, dataset: DataFrame) -> Recorded:
        rows = dataset.select("label", "weight").collect()
        return Recorded({label: [r.weight for r in rows if r.label == label] for label in GIVEN})


class Recorded(Model):
    def __init__(self, seen: dict[int, list[float]]) -> None:
        super().__init__()
        self.seen = seen

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return dataset


class RowsScored(Evaluator):
    def _evaluate(self, dataset: DataFrame) -> float:
        assert "weight" not in dataset.columns
        return float(dataset.count())


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    rows = two_classes(spark, few=GIVEN[1], many=GIVEN[0], width=2)
    return write_and_read(rows, tmp_path_factory)


@portable
def test_rows_weigh_as_scikit_learn_has_it_and_nothing_is_shuffled(table, capsys):
    lost = table.withColumn("label", F.expr("if(id % 10 = 7, null, label)"))
    result = ClassWeights().transform(lost)
    rows = result.collect()
    labeled = [row for row in rows if row.label is not None]
    expected = compute_sample_weight("balanced", [row.label for row in labeled])
    np.testing.assert_allclose([row.weight for row in labeled], expected, rtol=1e-12)
    assert {row.weight for row in rows if row.label is None} == {None}
    assert result.columns == [*table.columns, "weight"]
    assert ClassWeights().check(lost) == result.schema
    result.explain()
    physical = capsys.readouterr().out
    assert "Project" in physical
    assert not [word for word in ("Exchange", "Python", "Arrow") if word in physical]


@portable
@pytest.mark.parametrize("kind", ["string", "boolean", "double", "decimal(5,2)"])
def test_labels_of_any_type(table, kind):
    typed = table.withColumn("label", F.col("label").cast(kind))
    plan = ClassWeights(weights={True if kind == "boolean" else 1: 3.0}).plan(typed)
    assert list(plan.counts.values()) == [90, 30]
    assert list(plan.weights.values()) == pytest.approx([120 / 180, 360 / 180], rel=1e-12)
    assert list(plan.after.values()) == pytest.approx([60, 60])


@portable
def test_groups_splits_synthetic_rows_and_a_column_to_multiply(table):
    """One table with all of them, weighed by hand."""
    part = F.expr("if(id % 5 = 0, 'test', 'train')")
    df = table.withColumns(
        {
            "tenant": F.expr("if(label = 1 and id % 2 = 0, null, 7)"),
            "part": part,
            "made": F.expr("id % 3 = 0"),
            "weight": F.expr("if(id % 5 = 0, null, 2)"),
        }
    )
    weights = ClassWeights(
        groupCols=["tenant"],
        splitCol="part",
        syntheticCol="made",
        syntheticWeight=0.5,
        multiply=True,
    )
    rows = weights.transform(df).collect()
    train = [row for row in rows if row.part == "train"]
    assert {row.weight for row in rows if row.part == "test"} == {None}

    def counted(tenant: int | None, label: int) -> float:
        return sum(
            0.5 if row.made else 1.0 for row in train if (row.tenant, row.label) == (tenant, label)
        )

    of_tenant = {label: counted(7, label) for label in GIVEN}
    for row in train:
        share = 0.5 if row.made else 1.0
        balanced = 1.0  # in the group of one class
        if row.tenant == 7:
            balanced = sum(of_tenant.values()) / (2 * of_tenant[row.label])
        assert row.weight == pytest.approx(2 * share * balanced, rel=1e-12)
    with pytest.raises(ResamplingError, match=r"'weight' .weightCol. holds nulls.*copyCols"):
        ClassWeights(multiply=True).plan(df)


@portable
def test_the_ratio_for_xgboost(table):
    assert ClassWeights().scalePosWeight(table) == 3.0
    three = table.withColumn("label", F.col("id") % 3)
    with pytest.raises(ResamplingError, match="two classes, but the label column holds 3"):
        ClassWeights().scalePosWeight(three)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"power": 1.0, "weights": {1: 3}}, r"power=1.0 and weights=.*'1': 3.0.*clear all but one"),
        ({"power": 1.0, "beta": 0.5}, r"power=1.0 and beta=0.5"),
        ({"weightCol": "ID"}, r"'ID' .weightCol. exists already.*multiply=True"),
        ({"weightCol": "nowhere", "multiply": True}, r"'nowhere' .weightCol. not found"),
        ({"weightCol": "note", "multiply": True}, r"'note' .weightCol. is string; .*a number"),
        ({"syntheticCol": "made"}, "set both, or neither"),
        ({"syntheticWeight": 0.5}, "set both, or neither"),
        ({"syntheticCol": "id", "syntheticWeight": 0.5}, r"'id' .syntheticCol. is bigint.*boolean"),
        ({"labelCol": "lable"}, r"'lable' .labelCol. not found.*'label'"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_before_any_job(table, params, said):
    with pytest.raises(ResamplingError, match=said):
        ClassWeights(**params).check(table)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"weights": {"fraud": 2.0}}, "weights names class 'fraud'.*classes: 0, 1"),
        ({"labelCol": "one"}, "one class only"),
    ],
    ids=str,
)
def test_classes_that_do_not_fit_are_refused(table, params, said):
    with pytest.raises(ResamplingError, match=said):
        ClassWeights(**params).transform(table.withColumn("one", F.lit(1)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("power", value) for value in (-0.1, 2.1, float("nan"), True, "1")),
        *(("beta", value) for value in (0, 1, 1.5, float("nan"), "0.9")),
        *(("weights", value) for value in (2.0, {}, {1: 0}, {1: float("inf")}, {1: 2, "1": 3})),
        *(("syntheticWeight", value) for value in (0, 1.1, True)),
        *(("normalize", value) for value in (1, "true")),
        ("weightCol", ""),
    ],
)
def test_values_out_of_range_are_refused(spark, name, value):
    with pytest.raises(ParamError, match=f'for param "{name}"'):
        ClassWeights(**{name: value})


ALL = {
    "labelCol": "class",
    "weightCol": "w",
    "power": 0.5,
    "beta": 0.9,
    "weights": {"fraud": 2.0},
    "normalize": False,
    "multiply": True,
    "syntheticCol": "made",
    "syntheticWeight": 0.5,
    "splitCol": "part",
    "trainValue": "yes",
    "groupCols": ["tenant"],
}


@portable
def test_every_param_is_set_shown_and_comes_back_after_loading(spark, tmp_path):
    assert set(ALL) == {param.name for param in ClassWeights().params}
    assert [name for name in ALL if name not in ClassWeights.__doc__] == []
    weights = ClassWeights()
    for name, value in ALL.items():
        capital = name[0].upper() + name[1:]
        assert getattr(weights, f"set{capital}")(value) is weights
        assert getattr(weights, f"get{capital}")() == value
    weights.save(str(tmp_path / "weights"))
    loaded = ClassWeights.load(str(tmp_path / "weights"))
    assert {param.name: value for param, value in loaded.extractParamMap().items()} == ALL


class TestInAPipeline:
    def test_weights_are_of_the_rows_after_smote_and_absent_from_the_model(self, table, caplog):
        smote = SMOTE(inputCols=["x0", "x1"], k=3, samplingStrategy=0.5)
        with caplog.at_level(logging.WARNING, "spark_smote"):
            model = Pipeline(stages=[smote, ClassWeights(), Recorder()]).fit(table)
        assert [type(stage) for stage in model.stages] == [Recorded]
        seen = model.stages[0].seen
        assert {label: len(each) for label, each in seen.items()} == {0: 90, 1: 45}
        assert {label: set(each) for label, each in seen.items()} == {0: {0.75}, 1: {1.5}}
        assert model.transform(table).columns == table.columns
        (warning,) = [each.getMessage() for each in caplog.records]
        assert "no stage after ClassWeights has weightCol='weight'" in warning

    def test_before_a_sampler_they_are_refused(self, table):
        stages = [ClassWeights(), RandomOverSampler(), Recorder()]
        with pytest.raises(ResamplingError, match=r"before RandomOverSampler.*: put it after"):
            Pipeline(stages=stages).fit(table)

    def test_every_fold_is_weighed_by_its_own_rows(self, table):
        folds = table.withColumn("fold", F.expr("cast(pmod(xxhash64(x0, x1), 2) as int)"))
        weights = ClassWeights()
        validator = CrossValidator(
            estimator=Pipeline(stages=[weights, Recorder()]),
            estimatorParamMaps=ParamGridBuilder().addGrid(weights.power, [0.0, 1.0]).build(),
            evaluator=RowsScored(),
            numFolds=2,
            foldCol="fold",
            collectSubModels=True,
        )
        model = validator.fit(folds)
        assert model.avgMetrics == [60.0, 60.0]
        for fold, (plain, balanced) in enumerate(model.subModels):
            counts = class_counts(folds.filter(F.col("fold") != fold))
            rows = sum(counts.values())
            for label, n in counts.items():
                assert plain.stages[0].seen[label] == [1.0] * n
                expected = [pytest.approx(rows / 2 / n, rel=1e-12)] * n
                assert balanced.stages[0].seen[label] == expected


def test_logistic_regression_with_weights_is_that_on_repeated_rows(spark):
    """Four rows to one, so that three copies more of each are what the weights say."""
    table = two_classes(spark, few=30, many=120, width=2)
    repeated = table.withColumn(
        "copy", F.explode(F.expr("if(label = 1, sequence(1, 4), array(1))"))
    )
    assembler = VectorAssembler(inputCols=["x0", "x1"], outputCol="features")
    learn = LogisticRegression(tol=1e-12, maxIter=200, regParam=0.01, standardization=False)
    weights = ClassWeights(normalize=False)
    weighted = Pipeline(stages=[weights, assembler, learn.copy({learn.weightCol: "weight"})])
    one, other = weighted.fit(table).stages[-1], Pipeline(stages=[assembler, learn]).fit(repeated)
    other = other.stages[-1]
    np.testing.assert_allclose(one.coefficients.toArray(), other.coefficients.toArray(), atol=1e-6)
    assert one.intercept == pytest.approx(other.intercept, abs=1e-6)
    unweighted = Pipeline(stages=[assembler, learn]).fit(table).stages[-1]
    assert abs(unweighted.intercept - one.intercept) > 0.1
