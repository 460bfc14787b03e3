"""How the shares of classes shift between a table and what a pipeline trains on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.ml import Estimator, Transformer
from pyspark.ml.feature import StringIndexer, StringIndexerModel
from pyspark.sql import DataFrame

from spark_smote.base import ClassStage, Sampler
from spark_smote.class_weights import ClassWeights
from spark_smote.core.strategy.groups import label_of
from spark_smote.core.strategy.labels import match_labels
from spark_smote.exceptions import ResamplingError
from spark_smote.prior_correction import PriorCorrectionModel
from spark_smote.training_stage import TrainingStage

__all__ = ["Planned", "check_correctable", "correction", "last_estimator", "reads_weights"]

NEEDED = ("labelCol", "probabilityCol", "predictionCol")
"""Params of a classifier whose probabilities can be corrected."""


class Planned(Transformer):
    """A training stage that keeps its plan."""

    def __init__(self, stage: TrainingStage) -> None:
        super().__init__()
        self.stage = stage
        self.plan: Any = None

    def _transform(self, dataset: DataFrame) -> DataFrame:
        self.plan = self.stage.plan(dataset)
        return self.stage.apply(dataset, self.plan)


def last_estimator(stages: Sequence[Any]) -> int:
    """Return the position of the last Estimator, -1 without one."""
    return max((i for i, stage in enumerate(stages) if isinstance(stage, Estimator)), default=-1)


def check_correctable(stages: Sequence[Any]) -> None:
    """Check, before the work, that the shift of each stage can be told of the last Estimator.

    Raises
    ------
    ResamplingError
    """
    position = last_estimator(stages)
    classifier = stages[position] if position >= 0 else None
    if classifier is None or not all(map(classifier.hasParam, NEEDED)):
        found = "there is none" if classifier is None else f"{_kind(classifier)} is none"
        raise ResamplingError(
            "correctPriors=True needs a classifier with probabilities as the last Estimator, and "
            f"{found}: set it in the pipeline that ends with one, or leave it out."
        )
    label = classifier.getOrDefault("labelCol")
    for stage in stages[:position]:
        if not isinstance(stage, TrainingStage):
            continue
        _check_known_rows(stage)
        own = stage.getOrDefault("labelCol")
        if own != label and (own, label) not in _index_columns(stages[:position]):
            raise ResamplingError(
                f"correctPriors=True cannot tell the classes of {_kind(stage)} (labelCol={own!r}) "
                f"among those of {_kind(classifier)} (labelCol={label!r}): name the same column, "
                "or one that a StringIndexer among the stages makes of the other."
            )
        if isinstance(stage, ClassWeights) and not reads_weights(classifier, stage):
            raise ResamplingError(
                f"correctPriors=True corrects for the weights in {stage.getWeightCol()!r}, which "
                f"{_kind(classifier)} does not read: set its weightCol, or leave them out."
            )


def reads_weights(stage: Any, weights: ClassWeights) -> bool:
    """Return whether a stage reads the column of weights."""
    is_set = stage.hasParam("weightCol") and stage.isDefined("weightCol")
    return bool(is_set and stage.getOrDefault("weightCol") == weights.getWeightCol())


def _check_known_rows(stage: TrainingStage) -> None:
    """Refuse a stage whose plan does not tell the rows of each class after it."""
    why = ""
    if not isinstance(stage, ClassStage):
        why = "has no classes"
    elif stage.isSet("splitCol"):
        why = f"passes rows through (splitCol={stage.getSplitCol()!r})"
    elif isinstance(stage, Sampler) and not stage.keeps_originals:
        why = "leaves out the table's own rows (outputMode='synthetic')"
    if why:
        raise ResamplingError(
            f"correctPriors=True needs the rows of each class in training, and {_kind(stage)} "
            f"{why}: filter the rows before the pipeline, or leave correctPriors out."
        )


def correction(stages: Sequence[Any], fitted: Sequence[Any]) -> PriorCorrectionModel | None:
    """Build what corrects the last Estimator's probabilities; None if nothing shifted them.

    Parameters
    ----------
    stages, fitted : sequence
        The stages of a pipeline, and what they became, its training stages `Planned`.
    """
    classifier = stages[last_estimator(stages)]
    before: dict[int, float] = {}
    after: dict[int, float] = {}
    for stage in fitted:
        if not isinstance(stage, Planned) or stage.plan is None:
            continue
        numbers = _class_numbers(stage, classifier.getOrDefault("labelCol"), fitted)
        now, then = _sums(stage.plan.counts, numbers), _sums(stage.plan.after, numbers)
        if not before:
            before, after = dict(now), dict(now)
        # Rows of a class that another stage dropped in between are not of the shift.
        after = {n: rows * then[n] / now[n] if n in now else rows for n, rows in after.items()}
    if not before:
        return None
    return PriorCorrectionModel(
        before=before,
        after=after,
        probabilityCol=classifier.getOrDefault("probabilityCol"),
        predictionCol=classifier.getOrDefault("predictionCol"),
        thresholds=_thresholds(classifier),
    )


def _sums(rows: Mapping[Any, float], numbers: Mapping[Any, int]) -> dict[int, float]:
    """Add the rows of classes up by the classifier's numbers."""
    sums: defaultdict[int, float] = defaultdict(float)
    for name, n in rows.items():
        if (label := label_of(name)) in numbers:  # an indexer may skip labels
            sums[numbers[label]] += n
    return dict(sums)


def _class_numbers(stage: Planned, label: str, fitted: Sequence[Any]) -> dict[Any, int]:
    """Find the classifier's number of each label of a stage."""
    labels = list(dict.fromkeys(map(label_of, stage.plan.counts)))
    own = stage.stage.getOrDefault("labelCol")
    if own == label:
        return {each: int(each) for each in labels}
    texts = _index_columns(fitted)[own, label].labels
    return match_labels({text: n for n, text in enumerate(texts)}, labels, "StringIndexer")


def _thresholds(classifier: Any) -> list[float] | None:
    """Return a classifier's thresholds, if set; of a single one t, these are 1 - t and t."""
    if classifier.hasParam("thresholds") and classifier.isSet("thresholds"):
        return list(classifier.getOrDefault("thresholds"))
    if classifier.hasParam("threshold") and classifier.isSet("threshold"):
        threshold = classifier.getOrDefault("threshold")
        return [1 - threshold, threshold]
    return None


@dataclass(frozen=True)
class _Indexer:
    stage: Any
    position: int

    @property
    def labels(self) -> list[str]:
        """Labels as text, by their numbers; of a fitted one."""
        return list(self.stage.labelsArray[self.position])


def _index_columns(stages: Sequence[Any]) -> dict[tuple[str, str], _Indexer]:
    """Find what each pair of columns, given and made, is indexed by."""
    return {
        pair: _Indexer(stage, position)
        for stage in stages
        if isinstance(stage, (StringIndexer, StringIndexerModel))
        for position, pair in enumerate(_columns(stage))
    }


def _columns(indexer: Any) -> Iterator[tuple[str, str]]:
    if indexer.isSet("inputCols"):
        yield from zip(indexer.getInputCols(), indexer.getOutputCols(), strict=False)
    else:
        yield indexer.getInputCol(), indexer.getOutputCol()


def _kind(stage: Any) -> str:
    return type(stage).__name__
