"""Pipeline whose samplers and weights act in `fit` only."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

from pyspark import ml
from pyspark.ml.param import Param, Params
from pyspark.ml.pipeline import PipelineModel, PipelineReader, PipelineWriter
from pyspark.ml.util import JavaMLWriter, MLWriter
from pyspark.sql import DataFrame

from spark_smote.base import Sampler
from spark_smote.class_weights import ClassWeights
from spark_smote.exceptions import ResamplingError
from spark_smote.param import converters as to
from spark_smote.prior_shift import (
    Planned,
    check_correctable,
    correction,
    last_estimator,
    reads_weights,
)
from spark_smote.training_stage import TrainingStage

__all__ = ["Pipeline"]

logger = logging.getLogger(__name__)


class Pipeline(ml.Pipeline):
    """Pipeline of Spark that leaves its samplers and class weights out of the fitted model.

    Stages after a sampler train on the resampled rows. `fit` returns Spark's own `PipelineModel`,
    which scores exactly the rows it is given, in every evaluation and every fold of a
    `CrossValidator`. Samplers may also be in nested pipelines, whose stages are then treated as
    this pipeline's own. In Spark's own Pipeline a sampler is a Transformer like any other, and
    would resample the rows to score, too.

    Parameters
    ----------
    stages : list of Estimator, Transformer, Sampler or ClassWeights
        In the order to run.
    correctPriors : bool, default False
        Correct the probabilities of the last Estimator, a classifier, for what samplers and
        weights did to the shares of the classes: `PriorCorrectionModel` follows it in the model.
        The plans know the counts; only a cleaning sampler counts what it removes, in one more job.

    Raises
    ------
    ResamplingError
        If class weights come before a sampler, whose new rows would have none, or `correctPriors`
        does not fit the stages.

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from pyspark.ml.feature import VectorAssembler
    >>> from spark_smote import SMOTE, Pipeline
    >>> rows = [(float(i), float(i * i), int(i < 8)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> assembler = VectorAssembler(inputCols=["x", "y"], outputCol="features")
    >>> model = Pipeline(stages=[assembler, SMOTE(k=3), LogisticRegression()]).fit(df)
    >>> len(model.stages), model.transform(df).count()
    (2, 40)
    """

    __module__ = "spark_smote"  # what a saved one names, wherever this module lies

    correctPriors: Param[bool] = Param(
        Params._dummy(),
        "correctPriors",
        "whether to correct the classifier's probabilities for resampling and weights.",
        typeConverter=to.flag,
    )

    def __init__(self, *, stages: list[Any] | None = None, correctPriors: bool = False) -> None:
        super().__init__(stages=stages)
        self._setDefault(correctPriors=False)
        if correctPriors is not False:
            self._set(correctPriors=correctPriors)

    def setParams(self, *, stages: list[Any] | None = None, correctPriors: Any = None) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(stages=stages, correctPriors=correctPriors)

    def setCorrectPriors(self, value: bool) -> Self:
        """Set whether to correct the probabilities."""
        return self._set(correctPriors=value)

    def getCorrectPriors(self) -> bool:
        """Return whether to correct the probabilities."""
        return self.getOrDefault(self.correctPriors)

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        corrects = _corrects(self)
        stages = list(_unnested(self.getStages(), everything=corrects))
        _check_weights(stages)
        if not corrects:
            # Spark runs a sampler as a Transformer, and only if an Estimator follows.
            fitted = ml.Pipeline(stages=stages).fit(dataset).stages
            return PipelineModel([each for each in fitted if not isinstance(each, TrainingStage)])
        check_correctable(stages)
        planned = [Planned(each) if isinstance(each, TrainingStage) else each for each in stages]
        fitted = ml.Pipeline(stages=planned).fit(dataset).stages
        if corrected := correction(stages, fitted):
            # What follows the classifier, as IndexToString, is to see the corrected prediction.
            fitted.insert(last_estimator(stages) + 1, corrected)
        return PipelineModel([each for each in fitted if not isinstance(each, Planned)])

    def write(self) -> MLWriter:
        """Return a writer that keeps the class, whatever the stages."""
        saved = Params.copy(self)
        # Of a Pipeline's Params, Spark saves the stages and the defaults of others.
        saved._setDefault(correctPriors=self.getCorrectPriors())
        writer = ml.Pipeline.write(saved)
        return PipelineWriter(saved) if isinstance(writer, JavaMLWriter) else writer

    @classmethod
    def read(cls) -> PipelineReader:
        """Return a reader for what `write` wrote."""
        return _Reader(ml.Pipeline)


class _Reader(PipelineReader):
    def load(self, path: str) -> Pipeline:
        stock = super().load(path)
        (row,) = self.sparkSession.read.text(f"{path}/metadata").collect()
        corrects = json.loads(row[0])["defaultParamMap"].get("correctPriors", False)
        return Pipeline(stages=stock.getStages(), correctPriors=corrects)._resetUid(stock.uid)


def _unnested(stages: Iterable[Any], everything: bool) -> Iterator[Any]:
    """Yield the stages, and instead of a nested pipeline with a training stage those inside it.

    Parameters
    ----------
    stages : iterable
    everything : bool
        Whether to do so with every nested pipeline.
    """
    for stage in stages:
        if not isinstance(stage, (ml.Pipeline, PipelineModel)):
            yield stage
            continue
        inner = list(_unnested(_inner(stage), everything))
        trains = any(isinstance(nested, TrainingStage) for nested in inner)
        yield from inner if everything or trains else [stage]


def _inner(stage: Any) -> Iterable[Any]:
    if isinstance(stage, ml.Pipeline):
        return stage.getStages()
    return stage.stages if isinstance(stage, PipelineModel) else ()


def _corrects(stage: Any) -> bool:
    """Return whether a pipeline, or one nested in it, is to correct probabilities."""
    own = isinstance(stage, Pipeline) and stage.getCorrectPriors()
    return own or any(map(_corrects, _inner(stage)))


def _check_weights(stages: Sequence[Any]) -> None:
    """Refuse weights that a sampler follows, and warn of those that nothing reads."""
    for position, weights in enumerate(stages):
        if not isinstance(weights, ClassWeights):
            continue
        later, name = stages[position + 1 :], weights.getWeightCol()
        for stage in later:
            if isinstance(stage, Sampler):
                raise ResamplingError(
                    f"ClassWeights comes before {type(stage).__name__}, whose rows would have no "
                    "weight, or an old one: put it after."
                )
        if not any(isinstance(each, Params) and reads_weights(each, weights) for each in later):
            logger.warning(
                "no stage after ClassWeights has weightCol=%r, so that the weights may be without "
                "effect: set it in the classifier",
                name,
            )
