"""Probabilities after resampling and weights are those of the table again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from helpers import PORTABLE_VECTORS, two_classes
from pyspark.ml import Pipeline as StockPipeline
from pyspark.ml import PipelineModel
from pyspark.ml.classification import LinearSVC, LogisticRegression
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.feature import IndexToString, StringIndexer, VectorAssembler
from pyspark.ml.linalg import Vectors
from pyspark.ml.tuning import CrossValidator, CrossValidatorModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import (
    SMOTE,
    ClassWeights,
    ParamError,
    Pipeline,
    PriorCorrectionModel,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingError,
)

pytestmark = PORTABLE_VECTORS
variant = pytest.mark.variant

ROWS = 8000


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """What a row's probability is: logistic, of a rare class."""
    x = np.random.default_rng(5).standard_normal(ROWS)
    return np.column_stack([x, 1 / (1 + np.exp(3.5 - 1.5 * x))])


@pytest.fixture(scope="module")
def rare(spark: SparkSession, truth: np.ndarray) -> DataFrame:
    """Columns x, label, id, features; the label is drawn by the truth."""
    label = np.random.default_rng(6).random(ROWS) < truth[:, 1]
    frame = pd.DataFrame({"x": truth[:, 0], "label": label.astype(int), "id": range(ROWS)})
    df = spark.createDataFrame(frame)
    return VectorAssembler(inputCols=["x"], outputCol="features").transform(df).cache()


def vectors(df: DataFrame, name: str = "probability") -> np.ndarray:
    rows = df.orderBy("id").select(name).collect()
    return np.array([row[0].toArray() for row in rows])


def brier(p: np.ndarray, df: DataFrame) -> float:
    labels = np.array([row[0] for row in df.orderBy("id").select("label").collect()])
    return float(np.mean((p - labels) ** 2))


@pytest.mark.parametrize("way", ["sampled", pytest.param("hybrid", marks=variant)])
def test_of_a_logistic_truth_they_are_those_without_resampling(rare, truth, way):
    learn = LogisticRegression(tol=1e-10)
    p = vectors(learn.fit(rare).transform(rare))[:, 1]
    stages = {
        "sampled": [
            RandomOverSampler(samplingStrategy={1: "4x"}),
            RandomUnderSampler(),
            learn,
        ],
        "hybrid": [
            RandomOverSampler(samplingStrategy=0.2),
            ClassWeights(),
            learn.copy({learn.weightCol: "weight"}),
        ],
    }[way]
    model = Pipeline(stages=stages, correctPriors=True).fit(rare)
    assert [type(stage) for stage in model.stages][1:] == [PriorCorrectionModel]
    corrected = vectors(model.transform(rare))[:, 1]
    uncorrected = vectors(model.stages[0].transform(rare))[:, 1]

    # Standard error of the plain model's log odds, by the Fisher information.
    design = np.column_stack([np.ones(ROWS), truth[:, 0]])
    covariance = np.linalg.inv(design.T @ (design * (p * (1 - p))[:, None]))
    error = np.sqrt(np.einsum("ij,jk,ik->i", design, covariance, design))
    log_odds = np.log(corrected / (1 - corrected)) - np.log(p / (1 - p))
    assert (np.abs(log_odds) < 3 * error).all()
    assert brier(corrected, rare) == pytest.approx(brier(p, rare), rel=0.02)
    assert brier(uncorrected, rare) > 2 * brier(corrected, rare)
    assert (np.argsort(corrected) == np.argsort(uncorrected)).all()


def test_many_classes_by_text_and_what_follows_sees_the_corrected_prediction(spark, tmp_path):
    kind = F.expr("case when id < 40 then 'rare' when id < 130 then 'some' else 'most' end")
    df = two_classes(spark, few=40, many=360, width=2).withColumn("kind", kind)
    indexer = StringIndexer(inputCol="kind", outputCol="index")
    assembler = VectorAssembler(inputCols=["x0", "x1"], outputCol="features")
    learn = LogisticRegression(labelCol="index", weightCol="weight", thresholds=[0.6, 0.3, 0.1])
    back = IndexToString(inputCol="prediction", outputCol="said", labels=["most", "some", "rare"])
    stages = [
        StockPipeline(stages=[indexer, assembler]),
        RandomUnderSampler(labelCol="kind", samplingStrategy={"most": 180}),
        RandomOverSampler(labelCol="index", samplingStrategy={2: 80}),
        ClassWeights(labelCol="kind", power=0.5),
        learn,
        back,
    ]
    model = Pipeline(stages=stages, correctPriors=True).fit(df)
    *_, correction, last = model.stages
    assert isinstance(correction, PriorCorrectionModel)
    assert isinstance(last, IndexToString)
    model.save(str(tmp_path / "model"))
    scored = PipelineModel.load(str(tmp_path / "model")).transform(df).cache()
    uncorrected = PipelineModel(model.stages[:-2]).transform(df)

    before = np.array([270, 90, 40])  # most, some, rare
    after = np.array([180, 90, 80]) / np.sqrt([180, 90, 80])  # Σ of weights, but for their scale
    expected = vectors(uncorrected) * before / after
    expected /= expected.sum(axis=1, keepdims=True)
    found = vectors(scored)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)
    rows = scored.orderBy("id").select("prediction", "said").collect()
    predicted = (expected / [0.6, 0.3, 0.1]).argmax(axis=1)
    assert [row.prediction for row in rows] == predicted.tolist()
    assert [row.said for row in rows] == [back.getLabels()[n] for n in predicted]
    for name in ("probability", "prediction"):
        assert scored.schema[name].metadata == uncorrected.schema[name].metadata
    assert scored.columns == [*uncorrected.columns, "said"]


def test_nothing_changes_where_nothing_shifted_and_thresholds_are_sparks_own(rare, capsys):
    model = LogisticRegression(threshold=0.1).fit(rare)
    scored = model.transform(rare)
    same = PriorCorrectionModel(before=[9, 1], after={0: 18.0, 1: 2}, thresholds=[0.9, 0.1])
    result = same.transform(scored)
    both = result.select("id", "prediction", F.col("probability").alias("p")).join(
        scored.select("id", F.col("prediction").alias("own"), "probability"), "id"
    )
    rows = both.collect()
    assert {row.prediction for row in rows} == {0.0, 1.0}
    assert [row.prediction for row in rows] == [row.own for row in rows]
    for row in rows[:200]:
        np.testing.assert_allclose(row.p.toArray(), row.probability.toArray(), rtol=1e-12)
    result.explain()
    physical = capsys.readouterr().out
    assert not [word for word in ("Exchange", "Python", "Arrow") if word in physical]
    for threshold, prediction in (([0.0, 0.5], 0.0), ([0.5, 0.0], 1.0)):
        at = same.copy({same.thresholds: threshold}).transform(scored).limit(50)
        assert {row.prediction for row in at.select("prediction").collect()} == {prediction}


def test_a_pipeline_is_saved_with_it_and_corrects_in_every_fold(spark, rare, tmp_path):
    few = rare.filter("id < 1000").drop("features")
    over = RandomOverSampler()
    assembler = VectorAssembler(inputCols=["x"], outputCol="features")
    learn = LogisticRegression(maxIter=5, threshold=0.3)
    Pipeline(stages=[over, assembler, learn]).setCorrectPriors(True).save(str(tmp_path / "saved"))
    loaded = Pipeline.load(str(tmp_path / "saved"))
    assert (type(loaded), loaded.getCorrectPriors()) == (Pipeline, True)
    assert loaded.copy().getCorrectPriors()
    Pipeline(stages=[over]).save(str(tmp_path / "plain"))
    assert not Pipeline.load(str(tmp_path / "plain")).getCorrectPriors()
    validator = CrossValidator(
        estimator=loaded,
        estimatorParamMaps=[{over.samplingStrategy: {1: "3x"}}],
        evaluator=BinaryClassificationEvaluator(),
        numFolds=2,
        seed=1,
    )
    model = validator.fit(few)
    correction = model.bestModel.stages[-1]
    assert isinstance(correction, PriorCorrectionModel)
    before, after = np.array(correction.getBefore()), np.array(correction.getAfter())
    assert (after / before).tolist() == [1.0, 3.0]
    assert correction.getThresholds() == [0.7, 0.3]
    model.save(str(tmp_path / "model"))
    back = CrossValidatorModel.load(str(tmp_path / "model"))
    assert back.getEstimator().getCorrectPriors()
    assert back.bestModel.stages[-1].extractParamMap() == correction.extractParamMap()


@variant
@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (lambda: [SMOTE()], "there is none"),
        (lambda: [SMOTE(), LinearSVC()], "LinearSVC is none"),
        (lambda: [SMOTE(), CrossValidator()], "CrossValidator is none"),
        (
            lambda: [SMOTE(labelCol="kind"), LogisticRegression()],
            r"SMOTE .labelCol='kind'. among .* LogisticRegression .labelCol='label'.*StringIndexer",
        ),
        (lambda: [SMOTE(splitCol="part"), LogisticRegression()], r"passes rows through .*'part'"),
        (lambda: [SMOTE(outputMode="synthetic"), LogisticRegression()], "the table's own rows"),
        (lambda: [ClassWeights(), LogisticRegression()], "'weight', which LogisticRegression does"),
        (lambda: [Pipeline(stages=[LinearSVC()], correctPriors=True)], "LinearSVC is none"),
    ],
)
def test_stages_that_it_cannot_correct_are_refused_before_the_work(rare, stages, said):
    made = stages()
    corrects = not isinstance(made[0], Pipeline)
    with pytest.raises(ResamplingError, match=said):
        Pipeline(stages=made, correctPriors=corrects).fit(rare)


@variant
def test_without_a_sampler_there_is_nothing_to_correct(rare):
    model = Pipeline(stages=[LogisticRegression(maxIter=1)], correctPriors=True).fit(rare)
    assert len(model.stages) == 1


@variant
@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "before=None and after=None are not of the same classes"),
        ({"before": [1, 2], "after": [1, 2, 3]}, "not of the same classes"),
        ({"before": [1, 2], "after": [1, 2], "thresholds": [0.5]}, "do not fit 2 classes"),
        ({"before": [1, 2], "after": [1, 2], "thresholds": [0.0, 0.0]}, "a single one may be 0"),
        ({"before": [1, 2], "after": [1, 2], "probabilityCol": "x"}, "'x' .* is double; .*vector"),
        ({"before": [1, 2], "after": [1, 2], "predictionCol": "nix"}, "'nix' .* not found"),
    ],
    ids=str,
)
def test_params_that_do_not_fit_are_refused(spark, params, said):
    scored = spark.createDataFrame(
        [(Vectors.dense(0.2, 0.8), 1.0, 1.0)], ["probability", "prediction", "x"]
    )
    with pytest.raises(ResamplingError, match=said):
        PriorCorrectionModel(**params).transform(scored)


def test_every_param_is_set_shown_and_comes_back_after_loading(spark, tmp_path):
    given = {
        "before": {1: 1, 0: 9},
        "after": [5, 5.0],
        "probabilityCol": "p",
        "predictionCol": "said",
        "thresholds": [0.4, 0.6],
    }
    model = PriorCorrectionModel()
    assert set(given) == {param.name for param in model.params}
    for name, value in given.items():
        capital = name[0].upper() + name[1:]
        assert getattr(model, f"set{capital}")(value) is model
    model.save(str(tmp_path / "model"))
    loaded = PriorCorrectionModel.load(str(tmp_path / "model"))
    assert (loaded.getBefore(), loaded.getAfter()) == ([9.0, 1.0], [5.0, 5.0])
    assert (loaded.getProbabilityCol(), loaded.getPredictionCol()) == ("p", "said")
    assert loaded.getThresholds() == [0.4, 0.6]


@variant
def test_a_vector_of_other_classes_is_an_error(spark):
    rows = [(Vectors.dense(0.2, 0.3, 0.5), 1.0)]
    scored = spark.createDataFrame(rows, ["probability", "prediction"])
    model = PriorCorrectionModel(before=[1, 2], after=[2, 1])
    with pytest.raises(Exception, match="holds 3 probabilities, and before and after have 2 class"):
        model.transform(scored).collect()


@variant
@pytest.mark.parametrize(
    "value", [[1.0], [1.0, 0.0], {0: 1, 2: 3}, {"0": 1, "1": 2}, {True: 1, 0: 1}, [1, None], "12"]
)
def test_sizes_of_classes_that_are_none_are_refused(spark, value):
    for name in ("before", "after"):
        with pytest.raises(ParamError, match=f'for param "{name}"'):
            PriorCorrectionModel(**{name: value})
