"""`evaluate`: nothing leaks, all is repeatable, and what does not fit is refused before work."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from helpers import blobs, write_and_read
from model_selection.recorder import Recorder
from pyspark.ml.classification import (
    DecisionTreeClassifier,
    GBTClassifier,
    LinearSVC,
    LogisticRegression,
    MultilayerPerceptronClassifier,
    RandomForestClassifier,
)
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import functions as F
from sklearn import metrics as oracle

from spark_smote import (
    SMOTE,
    SMOTEENN,
    ClassWeights,
    EditedNearestNeighbours,
    Pipeline,
    RandomOverSampler,
    ResamplingError,
    evaluate,
)
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.model_selection.fitting import learners as learner_module
from spark_smote.model_selection.folds import PART, Splitter, add_parts
from spark_smote.model_selection.results.evaluation import Evaluation

FEW, MANY = 40, 280
COLUMNS = ["x0", "x1", "x2"]


def tree(**params):
    return DecisionTreeClassifier(**{"maxDepth": 2} | params)


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory):
    """Two classes that overlap, x0 to x2, a category, an id."""
    random = np.random.default_rng(0)
    label = np.arange(FEW + MANY) < FEW
    points = random.standard_normal((FEW + MANY, 3)) + label[:, None]
    rows = [
        (*map(float, point), "ab"[int(i) % 2 or int(y)], int(y), i)
        for i, (point, y) in enumerate(zip(points, label, strict=True))
    ]
    fields = "x0 double, x1 double, x2 double, kind string, label int, id bigint"
    return write_and_read(spark.createDataFrame(rows, fields), tmp_path_factory)


ASKED = {
    "inputCols": COLUMNS, "methods": ["weights", "smote-0.5"], "folds": 2,
    "costs": {"fp": 1, "fn": 7},
}  # fmt: skip


def learners():
    return {"forest": RandomForestClassifier(numTrees=2, maxDepth=3, seed=5)}


@pytest.fixture(scope="module")
def found(table):
    """One evaluation, of which several tests look at a part."""
    return evaluate(table, learners=learners(), parallelism=1, saveModels=True, **ASKED)


def figures(evaluation):
    """All but when it was, and how long it took."""
    content = json.loads(json.dumps(evaluation.to_dict()))
    for name in ("created", "seconds"):
        del content[name]
    content["parameters"].pop("parallelism")
    for run in content["runs"]:
        for fold in run["folds"]:
            del fold["seconds"]
    return content


def test_scored_folds_have_the_rows_and_ratio_of_the_table(found):
    rows = found.data["fold_rows"]
    assert sum(fold["1"] for fold in rows) == FEW
    assert sum(fold["0"] for fold in rows) == MANY
    assert all(abs(fold["1"] - FEW / 2) < 1 and abs(fold["0"] - MANY / 2) < 1 for fold in rows)
    trained = {run.method: [fold.rows_trained for fold in run.folds] for run in found.runs}
    plain = [FEW + MANY - sum(fold.values()) for fold in rows]
    assert trained["none"] == trained["threshold"] == trained["weights"] == plain
    halves = [(MANY - fold["0"]) + (MANY - fold["0"]) // 2 for fold in rows]
    assert trained["smote-0.5"] == halves


def parts_of(table, fields):
    """The fold of two that each id is scored in."""
    labeled = LabeledTable(table, table.schema["label"])
    parts, _ = add_parts(labeled, {0: MANY, 1: FEW}, fields, Splitter(2), seed=2002)
    return {row["id"]: row[PART] for row in parts.select("id", PART).collect()}


def scored_rows(table, model):
    """All rows, as a fold's model scores them."""
    rows = VectorAssembler(inputCols=COLUMNS, outputCol=model.getFeaturesCol()).transform(table)
    return model.transform(rows).select("id", "label", "probability", "prediction").collect()


def test_figures_are_those_of_rows_that_a_model_was_not_trained_on(found, table):
    """scikit-learn's, of the saved models' scores of each fold's rows."""
    part_of = parts_of(table, [table.schema[name] for name in COLUMNS])
    for run in (run for run in found.runs if run.method != "threshold"):
        for result in run.folds:
            model = found.models[run.method, "forest", 0, result.fold]
            rows = [r for r in scored_rows(table, model) if part_of[r["id"]] == result.fold]
            truth, p = np.array([(row["label"], row["probability"][1]) for row in rows]).T
            assert result.figures["pr_auc"] == pytest.approx(
                oracle.average_precision_score(truth, p), abs=1e-12
            )
            assert result.figures["brier"] == pytest.approx(
                oracle.brier_score_loss(truth, p), abs=1e-12
            )
            predicted = [row["prediction"] for row in rows]
            assert result.at_half["recall"] == oracle.recall_score(truth, predicted)
            moved = oracle.recall_score(truth, p > result.threshold)
            assert result.tuned["recall"] == moved


def test_a_moved_threshold_is_what_the_model_predicts_by(found, table):
    """Spark predicts the class of the highest p / t."""
    model = found.models["none", "forest", 0, 0].copy()
    threshold = found.verdict.threshold
    exec(found.verdict.code, {"model": model})
    scored = scored_rows(table, model)
    for row in scored:
        assert (row["prediction"] == 1) == (row["probability"][1] > threshold)
    assert len({row["prediction"] for row in scored}) == 2


def test_an_evaluation_goes_through_json_and_html(found):
    again = Evaluation.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.to_dict() == found.to_dict()
    assert [(run.learner, run.method) for run in again.runs] == [
        ("forest", method) for method in ("none", "threshold", "weights", "smote-0.5")
    ]
    assert len(found.to_pandas()) == 4 * 2
    assert len([line for line in str(found).splitlines() if line.startswith("forest ")]) == 4
    assert "smote-0.5" in found.to_html()


def test_the_same_seed_gives_the_same_figures(found, table):
    """Whatever the partitions, and however many fits run at once."""
    shuffled = table.orderBy(F.rand(1)).repartition(3)
    again = evaluate(shuffled, learners=learners(), parallelism=3, **ASKED)
    assert figures(again) == figures(found)


def test_random_labels_leak_nowhere_but_if_resampled_before(spark):
    """No method that makes rows beats the base rate, 0.1; copies in all folds do, by far."""
    random = np.random.default_rng(3)
    points, label = blobs(300, 3, seed=3), random.permutation(np.arange(300) < 30)
    rows = [(*map(float, point), int(y)) for point, y in zip(points, label, strict=True)]
    df = spark.createDataFrame(rows, "x0 double, x1 double, x2 double, label int")
    asked = {"inputCols": COLUMNS, "folds": 2, "learners": {"tree": tree(maxDepth=8)}}
    honest = evaluate(df, methods=["over", "smote-0.5"], **asked)
    for run in honest.runs:
        assert np.mean(run.values("pr_auc")) < 0.14, run.method
        assert np.mean(run.values("roc_auc")) == pytest.approx(0.5, abs=0.12)
    assert honest.verdict.kind != "resample"
    copied = RandomOverSampler(seed=1, shrinkage=0.001, inputCols=COLUMNS).transform(df)
    leaking = evaluate(copied, methods=[], **asked | {"folds": 3})
    assert np.mean(leaking.runs[0].values("pr_auc")) > 0.9


def test_stages_see_training_rows_only(table):
    """What prepares, and each method, gets all rows but those of the fold; scored rows pass by."""
    prepare, method = Recorder(), Recorder()
    evaluate(
        table, inputCols=COLUMNS, methods={"recorded": method.stage()}, learners={"tree": tree()},
        prepare=[prepare.estimator()], folds=2,
    )  # fmt: skip
    part_of = parts_of(table, table.schema.fields)
    trained = [{row for row, part in part_of.items() if part != fold} for fold in (0, 1)]
    assert set.union(*trained) == set(range(FEW + MANY))
    assert prepare.seen == method.seen == trained


def fewer_iterations(estimator, n):
    return lambda **params: estimator(**params | {"maxIter": n})


@pytest.mark.variant
def test_learners_of_all_kinds_run(table, monkeypatch):
    for estimator, n in ((LinearSVC, 5), (MultilayerPerceptronClassifier, 20)):
        monkeypatch.setattr(learner_module, estimator.__name__, fewer_iterations(estimator, n))
    own = LogisticRegression(maxIter=5, regParam=0.1, featuresCol="scaled")
    learners = {
        "svc": "svc", "neural": "neural", "boosted": GBTClassifier(maxIter=2, maxDepth=2),
        "scaled": Pipeline(stages=[StandardScaler(outputCol="scaled"), own]),
    }  # fmt: skip
    found = evaluate(table, inputCols=COLUMNS, methods=["weights"], learners=learners, folds=2)
    runs = {(run.learner, run.method): run for run in found.runs}
    skipped = {pair: run.skipped for pair, run in runs.items() if run.skipped}
    assert list(skipped) == [("neural", "weights")]
    assert "MultilayerPerceptronClassifier has no weightCol" in skipped["neural", "weights"]
    for name in learners:
        run = runs[name, "none"]
        assert np.mean(run.values("roc_auc")) > 0.6, name
        assert ("brier" in run.folds[0].figures) == (name != "svc")
    assert own.getFeaturesCol() == "scaled"
    assert len(str(found).splitlines()) > 3 * len(learners)


@pytest.mark.variant
def test_xgboost_after_a_sampler_that_cleans(table):
    from xgboost.spark import SparkXGBClassifier  # not there on Spark 3.5

    found = evaluate(
        table,
        inputCols=COLUMNS,
        methods={"own": [SMOTEENN(inputCols=COLUMNS), ClassWeights()]},
        learners={"xgboost": SparkXGBClassifier(n_estimators=3)},
        folds=2,
    )
    for run in found.runs:
        assert run.skipped is None
        assert np.mean(run.values("roc_auc")) > 0.6
        assert 0 < np.mean([fold.figures["brier"] for fold in run.folds]) < 0.25


def three(spark):
    points = blobs(240, 2, seed=1)
    names = np.repeat(["a", "A", "it's"], [150, 60, 30])
    points[:, 0] += np.repeat([0, 2, 4], [150, 60, 30])
    rows = [(*map(float, point), str(name)) for point, name in zip(points, names, strict=True)]
    return spark.createDataFrame(rows, "`x.0` double, `x``1` double, `weight` string")


def test_three_classes_and_columns_of_odd_names(spark):
    found = evaluate(
        three(spark), labelCol="weight", inputCols=["x.0", "x`1"],
        methods=["weights", "smote-0.5"], learners={"t": tree()}, folds=2, rankBy="gmean",
    )  # fmt: skip
    assert [run.method for run in found.runs] == ["none", "weights", "smote-0.5"]
    assert found.data["classes"] == {"A": 60, "a": 150, "it's": 30}
    for run in found.runs:
        assert len(run.confusion) == 3
        assert np.sum(run.confusion) == 240
        assert list(run.classes) == ["A", "a", "it's"]
        assert len(run.values("gmean")) == 2
    assert found.verdict.threshold is None
    assert "it's" in str(found)
    assert found.to_html()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"inputCols": ["x0", "label"]}, "'label' is the label and a feature"),
        ({"inputCols": ["x0", "x0"]}, "inputCols is .*different names"),
        ({"inputCols": "x0"}, "inputCols is 'x0'; allowed is a list"),
        ({"inputCols": ["x0"], "featuresCol": "x1"}, "are both set"),
        ({"inputCols": ["x0", "kind"]}, "'kind' .* is string; allowed are numbers"),
        ({"inputCols": ["x0"], "categoricalCols": ["kind"]}, "categoricalCols names .'kind'."),
        ({"inputCols": None, "categoricalCols": ["kind"]}, "which are not set"),
        ({"inputCols": None}, "inputCols is not set"),
        ({"inputCols": None, "featuresCol": "x0"}, "'x0' .* is double; allowed are a vector"),
        ({"inputCols": ["y0"]}, r"'y0' \(inputCols\) not found"),
        ({"labelCol": "labl"}, r"'labl' \(labelCol\) not found"),
        ({"positive": 2}, "positive names class '2'"),
        ({"methods": ["smoet"]}, "'smoet' is unknown"),
        ({"learners": ["forrest"]}, "'forrest' is unknown"),
        ({"learners": []}, "learners are"),
        ({"learners": ["svc", "svc"]}, "learners are"),
        ({"learners": [3]}, "Learner 3 is neither"),
        ({"learners": [VectorAssembler]}, "neither a name nor an Estimator"),
        ({"learners": ["svc"], "rankBy": "brier"}, "No learner of .'svc'. predicts probabilities"),
        ({"folds": 1}, "folds is 1"),
        ({"folds": 20, "maxRows": 1000, "labelCol": "id"}, "Class 0 has 1 rows"),
        ({"costs": {"fp": 1}}, "costs is"),
        ({"rankBy": "cost"}, "needs costs"),
        ({"groupCol": "nope"}, r"'nope' \(groupCol\) not found"),
        ({"timeCol": "kind"}, r"'kind' \(timeCol\) is string"),
        ({"timeCol": "id", "repeats": 2}, "repeats is 2"),
        ({"groupCol": "id", "timeCol": "id"}, "are both set"),
        ({"syntheticCol": "made"}, r"'made' \(syntheticCol\) not found"),
        ({"syntheticCol": "kind"}, r"'kind' \(syntheticCol\) is string; allowed is boolean"),
        ({"prepare": [SMOTE()]}, "prepare holds SMOTE"),
        ({"prepare": [3]}, "prepare holds 3"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_fit(table, asked, sentence):
    with pytest.raises(ResamplingError, match=sentence):
        evaluate(table, **{"inputCols": COLUMNS} | asked)


def test_a_stream_is_refused(spark):
    stream = spark.readStream.format("rate").load().selectExpr("value as x", "value % 2 as label")
    with pytest.raises(ResamplingError, match="is a stream"):
        evaluate(stream, inputCols=["x"])


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_missing_numbers_are_refused(table, value):
    odd = table.withColumn("x1", F.when(F.col("id") > 1, F.col("x1")).otherwise(F.lit(value)))
    with pytest.raises(ResamplingError, match="2 rows hold null, NaN or infinite features"):
        evaluate(odd, inputCols=COLUMNS)


def test_vectors_of_different_sizes_are_refused(table):
    ragged = table.selectExpr("if(x0 > 0, array(x0), array(x0, x1)) as features", "label")
    with pytest.raises(ResamplingError, match="Rows hold 1 to 2 features"):
        evaluate(ragged)


def test_methods_that_some_tables_do_not_allow(table):
    """Groups are pooled; a method that leaves no row of a class, or is refused, is skipped."""
    few = table.where("label = 0 or id < 8").withColumn("x1", F.lit(1.0))
    methods = {
        "nothing": SMOTE(inputCols=COLUMNS, samplingStrategy={1: "1x"}, k=2),
        "refused": SMOTE(inputCols=COLUMNS),
        "emptied": EditedNearestNeighbours(inputCols=["x1"], samplingStrategy="all"),
        "grouped": RandomOverSampler(groupCols=["kind"]),
    }
    found = evaluate(few, inputCols=COLUMNS, methods=methods, learners={"t": tree()}, folds=2)
    runs = {run.method: run for run in found.runs}
    assert "k=5 needs at least 6" in runs["refused"].skipped
    assert "leaves no row of class 1" in runs["emptied"].skipped
    assert runs["grouped"].folds[0].corrected
    assert runs["nothing"].folds[0].figures == runs["none"].folds[0].figures
    assert found.projection is None


def test_synthetic_rows_are_refused(table):
    balanced = SMOTE(inputCols=COLUMNS, syntheticCol="made").transform(table)
    with pytest.raises(ResamplingError, match=r"'made' \(syntheticCol\) is true in 240 rows"):
        evaluate(balanced, inputCols=COLUMNS, syntheticCol="made")


def test_a_learner_without_a_probability_is_named(table):
    for learner, sentence in (
        (LinearRegression(), "'LinearRegression' predicts .*'prediction'.*neither"),
        (VectorAssembler(), "neither a name nor an Estimator"),
        (KMeans(), "KMeans has no labelCol"),
    ):
        with pytest.raises(ResamplingError, match=sentence):
            evaluate(table, inputCols=COLUMNS, methods=[], learners=[learner], folds=2)
