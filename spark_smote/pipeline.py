"""Pipeline whose samplers act in `fit` only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyspark import ml
from pyspark.ml.pipeline import PipelineModel, PipelineReader, PipelineWriter
from pyspark.ml.util import JavaMLWriter, MLWriter
from pyspark.sql import DataFrame

from spark_smote.base import Sampler

__all__ = ["Pipeline"]


class Pipeline(ml.Pipeline):
    """Pipeline of Spark that leaves its samplers out of the fitted model.

    Stages after a sampler train on the resampled rows. `fit` returns Spark's own `PipelineModel`,
    which scores exactly the rows it is given, in every evaluation and every fold of a
    `CrossValidator`. Samplers may also be in nested pipelines, whose stages are then treated as
    this pipeline's own. In Spark's own Pipeline a sampler is a Transformer like any other, and
    would resample the rows to score, too.

    Parameters
    ----------
    stages : list of Estimator, Transformer or Sampler
        In the order to run.

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

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        # Spark runs a sampler as a Transformer, and only if an Estimator follows.
        stock = ml.Pipeline(stages=list(_unnested(self.getStages())))
        stages = stock.fit(dataset).stages
        return PipelineModel([stage for stage in stages if not isinstance(stage, Sampler)])

    def write(self) -> MLWriter:
        """Return a writer that keeps the class, whatever the stages."""
        writer = super().write()
        return PipelineWriter(self) if isinstance(writer, JavaMLWriter) else writer

    @classmethod
    def read(cls) -> PipelineReader:
        """Return a reader for what `write` wrote."""
        return _Reader(ml.Pipeline)


class _Reader(PipelineReader):
    def load(self, path: str) -> Pipeline:
        stock = super().load(path)
        return Pipeline(stages=stock.getStages())._resetUid(stock.uid)


def _unnested(stages: Iterable[Any]) -> Iterator[Any]:
    """Yield the stages, and instead of a nested pipeline with a sampler those inside it."""
    for stage in stages:
        inner = list(_unnested(_inner(stage)))
        yield from inner if any(isinstance(nested, Sampler) for nested in inner) else [stage]


def _inner(stage: Any) -> Iterable[Any]:
    if isinstance(stage, ml.Pipeline):
        return stage.getStages()
    return stage.stages if isinstance(stage, PipelineModel) else ()
