"""Stages that record the ids of the rows they were given."""

from __future__ import annotations

from pyspark.ml import Estimator, Model
from pyspark.sql import DataFrame

from spark_smote import ClassWeights


class Recorder:
    """What stages have seen: a set of ids for each frame, in order."""

    def __init__(self) -> None:
        self.seen: list[set[int]] = []

    def record(self, rows: DataFrame) -> None:
        self.seen.append({row[0] for row in rows.select("id").collect()})

    def stage(self) -> ClassWeights:
        """Return a stage of a method."""
        stage = RecordingWeights(power=0.0)
        stage.recorder = self
        return stage

    def estimator(self) -> Estimator:
        """Return a stage that prepares."""
        stage = RecordingEstimator()
        stage.recorder = self
        return stage


class RecordingWeights(ClassWeights):
    recorder: Recorder

    def plan(self, dataset: DataFrame):
        self.recorder.record(dataset)
        return super().plan(dataset)


class RecordingEstimator(Estimator):
    recorder: Recorder

    def _fit(self, dataset: DataFrame) -> Model:
        self.recorder.record(dataset)
        return Unchanged()


class Unchanged(Model):
    def _transform(self, dataset: DataFrame) -> DataFrame:
        return dataset
