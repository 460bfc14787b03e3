"""Samplers in a pipeline act in `fit` only: alone, nested, cross-validated, saved and loaded."""

from __future__ import annotations

from collections import Counter

import pytest
from helpers import class_counts, feature_names, multiset, two_classes, write_and_read
from pyspark import ml
from pyspark.ml import Estimator, Model, PipelineModel
from pyspark.ml.classification import NaiveBayes, RandomForestClassifier
from pyspark.ml.evaluation import BinaryClassificationEvaluator, Evaluator
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.tuning import (
    CrossValidator,
    CrossValidatorModel,
    ParamGridBuilder,
    TrainValidationSplit,
    TrainValidationSplitModel,
)
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, Pipeline

GIVEN = {0: 90, 1: 30}
RAISED = {0: 90, 1: 90}
FOLDS = 3


class Recorder(Estimator):
    """Fits nothing: its model only remembers what it was trained on."""

    def _fit(self, dataset: DataFrame) -> Recorded:
        return Recorded(class_counts(dataset))


class Recorded(Model):
    def __init__(self, seen: dict[int, int]) -> None:
        super().__init__()
        self.seen = seen

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return dataset


class RowsScored(Evaluator):
    def _evaluate(self, dataset: DataFrame) -> float:
        return float(dataset.count())


def with_folds(df: DataFrame, folds: int = FOLDS) -> DataFrame:
    """Folds from the rows' own values: the same however the table is partitioned."""
    fold = F.pmod(F.xxhash64(*feature_names(df)), F.lit(folds))
    return df.withColumn("fold", fold.cast("int"))


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    rows = two_classes(spark, few=GIVEN[1], many=GIVEN[0], width=2)
    return write_and_read(with_folds(rows), tmp_path_factory)


@pytest.fixture
def assembler(spark: SparkSession) -> VectorAssembler:
    return VectorAssembler(inputCols=["x0", "x1"], outputCol="features")


@pytest.fixture
def smote() -> SMOTE:
    return SMOTE(k=3)


@pytest.fixture
def plain() -> SMOTE:
    """A sampler that needs no assembler."""
    return SMOTE(inputCols=["x0", "x1"], k=3)


@pytest.fixture
def unusable() -> SMOTE:
    """A sampler that raises as soon as it runs."""
    return SMOTE(labelCol="nowhere")


class TestFit:
    def test_trains_on_the_resampled_and_scores_the_given_rows(self, table, assembler, smote):
        model = Pipeline(stages=[assembler, smote, Recorder()]).fit(table)
        assert type(model) is PipelineModel
        assert [type(stage) for stage in model.stages] == [VectorAssembler, Recorded]
        assert model.stages[-1].seen == RAISED
        assert multiset(model.transform(table).drop("features")) == multiset(table)

    def test_stages_act_in_order(self, table, assembler):
        stages = [
            Recorder(),
            assembler,
            StandardScaler(inputCol="features", outputCol="scaled"),
            SMOTE(featuresCol="scaled", k=3, samplingStrategy={1: 40}),
            Recorder(),
            SMOTE(featuresCol="scaled", k=3),
            Recorder(),
        ]
        model = Pipeline(stages=stages).fit(table)
        seen = [stage.seen for stage in model.stages if isinstance(stage, Recorded)]
        assert seen == [GIVEN, {0: 90, 1: 40}, RAISED]

    def test_after_the_last_estimator_nothing_runs(self, table, assembler, unusable):
        model = Pipeline(stages=[Recorder(), unusable, assembler, unusable]).fit(table)
        assert [type(stage) for stage in model.stages] == [Recorded, VectorAssembler]

    @pytest.mark.parametrize("samplers", [0, 2])
    def test_only_samplers_fit_to_the_identity(self, table, samplers):
        model = Pipeline(stages=[SMOTE(labelCol="nowhere") for _ in range(samplers)]).fit(table)
        assert model.stages == []
        assert multiset(model.transform(table)) == multiset(table)

    def test_what_is_no_stage_is_refused_as_in_spark(self, table, plain):
        for kind in (ml.Pipeline, Pipeline):
            with pytest.raises(TypeError, match=r"Cannot recognize a pipeline stage of type.*str"):
                kind(stages=[plain, "smote", Recorder()]).fit(table)

    def test_params_reach_the_sampler_and_leave_the_pipeline_as_it_was(self, table, plain):
        pipeline = Pipeline(stages=[plain, Recorder()])
        model = pipeline.fit(table, {plain.samplingStrategy: {1: 50}})
        assert model.stages[-1].seen == {0: 90, 1: 50}
        with pytest.raises(ValueError, match="k=500"):
            pipeline.fit(table, {plain.k: 500})
        copied = pipeline.copy({plain.k: 4})
        assert (type(copied), copied.uid) == (Pipeline, pipeline.uid)
        assert (copied.getStages()[0].getK(), plain.getK()) == (4, 3)

    def test_in_a_stock_pipeline_a_sampler_is_a_transformer(self, table, plain):
        model = ml.Pipeline(stages=[plain, Recorder()]).fit(table)
        assert class_counts(model.transform(table)) == RAISED


class TestNested:
    @pytest.mark.parametrize("kind", [Pipeline, ml.Pipeline])
    def test_a_nested_sampler_feeds_the_stages_after_it(self, table, assembler, smote, kind):
        innermost = kind(stages=[smote])
        inner = kind(stages=[assembler, innermost])
        model = Pipeline(stages=[inner, Recorder()]).fit(table)
        assert model.stages[-1].seen == RAISED
        assert class_counts(model.transform(table)) == GIVEN

    def test_params_reach_a_nested_sampler(self, table, plain):
        pipeline = Pipeline(stages=[Pipeline(stages=[plain]), Recorder()])
        model = pipeline.fit(table, {plain.samplingStrategy: {1: 50}})
        assert model.stages[-1].seen == {0: 90, 1: 50}

    def test_a_sampler_in_a_fitted_stock_pipeline_scores_nothing_either(self, table, plain):
        fitted = ml.Pipeline(stages=[plain]).fit(table)
        model = Pipeline(stages=[fitted, Recorder()]).fit(table)
        assert model.stages[-1].seen == RAISED
        assert class_counts(model.transform(table)) == GIVEN

    def test_nested_pipelines_without_a_sampler_stay_nested(self, table, assembler, smote):
        inner = ml.Pipeline(stages=[assembler])
        model = Pipeline(stages=[inner, smote, Recorder()]).fit(table)
        assert [type(stage) for stage in model.stages] == [PipelineModel, Recorded]
        assert model.stages[-1].seen == RAISED


class TestTuning:
    def grid(self, smote):
        strategies = [{1: 70}, "auto"]
        return ParamGridBuilder().addGrid(smote.samplingStrategy, strategies).build()

    def test_every_fold_is_scored_as_given(self, table, plain):
        validator = CrossValidator(
            estimator=Pipeline(stages=[plain, Recorder()]),
            estimatorParamMaps=self.grid(plain),
            evaluator=RowsScored(),
            numFolds=FOLDS,
            foldCol="fold",
            collectSubModels=True,
            parallelism=2,
        )
        model = validator.fit(table)
        assert model.avgMetrics == [pytest.approx(sum(GIVEN.values()) / FOLDS)] * 2
        folds = Counter((row["fold"], row["label"]) for row in table.collect())
        for fold, (fixed, auto) in enumerate(model.subModels):
            majority = GIVEN[0] - folds[fold, 0]
            assert fixed.stages[-1].seen == {0: majority, 1: 70}
            assert auto.stages[-1].seen == {0: majority, 1: majority}

    def test_the_validation_part_of_a_split_is_scored_as_given(self, table, plain):
        validator = TrainValidationSplit(
            estimator=Pipeline(stages=[plain, Recorder()]),
            estimatorParamMaps=self.grid(plain),
            evaluator=RowsScored(),
            collectSubModels=True,
            seed=1,
        )
        model = validator.fit(table)
        fixed, auto = (sub.stages[-1].seen for sub in model.subModels)
        assert fixed == {0: auto[0], 1: 70}
        assert auto[0] == auto[1] < GIVEN[0]
        assert model.validationMetrics[0] == model.validationMetrics[1] < sum(GIVEN.values()) / 2

    def test_random_labels_score_at_chance_unless_resampled_before_the_split(self, spark):
        """The leak: rows made from a fold's own rows are in what the other folds train on."""
        # Values know nothing of labels.
        table = two_classes(spark, few=50, many=950, width=8).cache()
        features = feature_names(table)
        smote = SMOTE(inputCols=features, k=1)
        assembler = VectorAssembler(inputCols=features, outputCol="features")
        forest = RandomForestClassifier(numTrees=10, maxDepth=5, seed=1)

        def above_chance(stages: list[object], table: DataFrame) -> float:
            validator = CrossValidator(
                estimator=Pipeline(stages=stages),
                estimatorParamMaps=[{}],
                evaluator=BinaryClassificationEvaluator(metricName="areaUnderPR"),
                numFolds=2,
                foldCol="fold",
            )
            share = table.agg(F.avg("label")).collect()[0][0]
            return validator.fit(with_folds(table, 2)).avgMetrics[0] - share

        assert abs(above_chance([smote, assembler, forest], table)) < 0.05
        resampled = smote.transform(table).cache()
        assert above_chance([assembler, forest], resampled) > 0.25
        resampled.unpersist()
        table.unpersist()


@pytest.mark.usefixtures("spark")
class TestPersistence:
    def classifier(self) -> NaiveBayes:
        """A model of every training row that one job fits."""
        return NaiveBayes(modelType="gaussian")

    def same(self, one: DataFrame, other: DataFrame) -> bool:
        one, other = (df.select("id", "prediction") for df in (one, other))
        return multiset(one) == multiset(other)

    def assert_same_stages(self, loaded, saved):
        assert (type(loaded), loaded.uid) == (Pipeline, saved.uid)
        for one, other in zip(loaded.getStages(), saved.getStages(), strict=True):
            if isinstance(other, Pipeline):
                self.assert_same_stages(one, other)
            else:
                assert (type(one), one.uid) == (type(other), other.uid)
                assert one.extractParamMap() == other.extractParamMap()

    def test_pipeline(self, table, assembler, smote, tmp_path):
        smote.setSamplingStrategy({1: 80}).setSeed(7)
        pipeline = Pipeline(stages=[assembler, smote, self.classifier()])
        pipeline.save(str(tmp_path / "pipeline"))
        loaded = Pipeline.load(str(tmp_path / "pipeline"))
        self.assert_same_stages(loaded, pipeline)
        scored = pipeline.fit(table).transform(table)
        assert self.same(loaded.fit(table).transform(table), scored)

    def test_pipeline_without_a_sampler_keeps_its_class(self, assembler, tmp_path):
        pipeline = Pipeline(stages=[assembler, self.classifier()])
        pipeline.save(str(tmp_path / "pipeline"))
        self.assert_same_stages(Pipeline.load(str(tmp_path / "pipeline")), pipeline)

    def test_nested_pipeline(self, assembler, smote, tmp_path):
        pipeline = Pipeline(stages=[Pipeline(stages=[assembler, smote]), self.classifier()])
        pipeline.save(str(tmp_path / "pipeline"))
        self.assert_same_stages(Pipeline.load(str(tmp_path / "pipeline")), pipeline)

    def test_overwrite(self, smote, tmp_path):
        Pipeline(stages=[]).save(str(tmp_path / "pipeline"))
        pipeline = Pipeline(stages=[smote])
        pipeline.write().overwrite().save(str(tmp_path / "pipeline"))
        self.assert_same_stages(Pipeline.load(str(tmp_path / "pipeline")), pipeline)

    def test_a_fitted_model_needs_nothing_of_this_package(self, table, assembler, smote, tmp_path):
        model = Pipeline(stages=[assembler, smote, self.classifier()]).fit(table)
        model.save(str(tmp_path / "model"))
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if b"spark_smote" in path.read_bytes()]
        loaded = PipelineModel.load(str(tmp_path / "model"))
        assert self.same(loaded.transform(table), model.transform(table))

    @pytest.mark.parametrize(
        ("kind", "model_kind", "metrics", "extra"),
        [
            (CrossValidator, CrossValidatorModel, "avgMetrics", {"numFolds": 2}),
            (TrainValidationSplit, TrainValidationSplitModel, "validationMetrics", {}),
        ],
    )
    def test_validators_and_their_models(
        self, table, assembler, smote, tmp_path, kind, model_kind, metrics, extra
    ):
        pipeline = Pipeline(stages=[assembler, smote, self.classifier()])
        grid = ParamGridBuilder().addGrid(smote.k, [1, 3])
        validator = kind(
            estimator=pipeline,
            estimatorParamMaps=grid.addGrid(smote.samplingStrategy, [{1: 70}]).build(),
            evaluator=BinaryClassificationEvaluator(),
            seed=1,
            **extra,
        )
        validator.save(str(tmp_path / "validator"))
        loaded = kind.load(str(tmp_path / "validator"))
        self.assert_same_stages(loaded.getEstimator(), pipeline)
        assert loaded.getEstimatorParamMaps() == validator.getEstimatorParamMaps()

        model = validator.fit(table)
        model.save(str(tmp_path / "model"))
        back = model_kind.load(str(tmp_path / "model"))
        self.assert_same_stages(back.getEstimator(), pipeline)
        assert back.getEstimatorParamMaps() == validator.getEstimatorParamMaps()
        assert getattr(back, metrics) == getattr(model, metrics)
        assert type(back.bestModel) is PipelineModel
        scored = back.transform(table).select("id", "prediction").collect()
        assert multiset(scored) == multiset(model.transform(table).select("id", "prediction"))
        assert len(scored) == sum(GIVEN.values())
