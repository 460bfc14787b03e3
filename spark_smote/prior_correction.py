"""Probabilities put right after training on other shares of classes than the table's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, Unpack

from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.engine.table.names import RESERVED
from spark_smote.engine.table.schema import field_of
from spark_smote.engine.table.sql import quoted, with_metadata
from spark_smote.exceptions import ResamplingError
from spark_smote.param.weights import HasPriors, PriorCorrectionParams
from spark_smote.training_stage import Stage

__all__ = ["PriorCorrectionModel"]

SHARES = f"{RESERVED}shares"
TOTAL = f"{RESERVED}total"
SCORES = f"{RESERVED}scores"


class PriorCorrectionModel(Stage, HasPriors):
    """Correct a classifier's probabilities for the shares of classes that it was trained on.

    A classifier learns the shares of its training rows: after over-sampling, under-sampling or
    weights, its probabilities are those of another table. With π the share of a class in the table
    and π' that in training, the corrected probability is p' π / π', scaled to a sum of 1. That is
    exact for random over- and under-sampling and for weights, if the classifier is calibrated, and
    an approximation for SMOTE and for cleaning, which move rows of a class, too.

    It replaces the probabilities and the prediction, which is the class of the largest quotient of
    probability and threshold. Rows keep their order by probability where there are two classes. The
    raw prediction stays as it is. `spark_smote.Pipeline(correctPriors=True)` ends with one.

    Parameters
    ----------
    before, after : dict or list
        Rows, weights or shares of each class in the table, and in what was trained on: by the
        number that the classifier knows the class by, 0, 1, …, as {0: 990, 1: 10}, or listed in
        their order. Above 0; only ratios matter.
    probabilityCol : str, default "probability"
        Vector of a probability for each class.
    predictionCol : str, default "prediction"
    thresholds : list of float, optional
        Of each class, as Spark's classifiers have them; by default all are alike.

    Raises
    ------
    ResamplingError
        If a Param is missing, or does not fit the others or the table.

    References
    ----------
    Saerens, Latinne, Decaestecker: "Adjusting the outputs of a classifier to new a priori
    probabilities", Neural Computation 14, 2002. Dal Pozzolo et al.: "Calibrating probability with
    undersampling for unbalanced classification", IEEE SSCI 2015.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> from spark_smote import PriorCorrectionModel
    >>> names = ["probability", "prediction"]
    >>> scored = spark.createDataFrame([(Vectors.dense(0.2, 0.8), 1.0)], names)
    >>> correct = PriorCorrectionModel(before={0: 900, 1: 100}, after={0: 900, 1: 900})
    >>> row = correct.transform(scored).first()
    >>> row.probability.toArray().round(3).tolist(), row.prediction
    ([0.692, 0.308], 0.0)
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {
        "probabilityCol": "probability",
        "predictionCol": "prediction",
    }

    def __init__(self, **params: Unpack[PriorCorrectionParams]) -> None:
        super().__init__(**params)

    def setParams(self, **params: Unpack[PriorCorrectionParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        ratios, scores, name = self._ratios(), self._scores(), self.getProbabilityCol()
        probability = field_of(dataset.schema, name, "probabilityCol")
        predicted = field_of(dataset.schema, self.getPredictionCol(), "predictionCol")
        if not isinstance(probability.dataType, VectorUDT):
            raise ResamplingError(
                f"Column {name!r} (probabilityCol) is {probability.dataType.simpleString()}; "
                "allowed is a vector: name the one that the classifier added."
            )
        scaled = F.expr(f"zip_with({SHARES}, {_array(ratios)}, (p, ratio) -> p * ratio)")
        unlike = F.concat(
            F.lit(f"Column {name!r} (probabilityCol) holds "),
            F.size(SHARES).cast("string"),
            F.lit(f" probabilities, and before and after have {len(ratios)} classes."),
        )
        refused = F.raise_error(unlike).cast("array<double>")
        corrected = (
            dataset.withColumn(SHARES, vector_to_array(quoted(name)))
            .withColumn(SHARES, F.when(F.size(SHARES) == len(ratios), scaled).otherwise(refused))
            .withColumn(TOTAL, F.expr(f"aggregate({SHARES}, 0D, (total, p) -> total + p)"))
            .withColumn(SHARES, F.expr(f"transform({SHARES}, p -> p / {TOTAL})"))
            .withColumn(SCORES, F.expr(scores))
        )
        replaced = {
            predicted: F.expr(f"double(array_position({SCORES}, array_max({SCORES})) - 1)"),
            probability: array_to_vector(F.col(SHARES)),
        }
        columns = {name: quoted(name) for name in dataset.columns} | {
            field.name: with_metadata(column.alias(field.name), field)
            for field, column in replaced.items()
        }
        return corrected.select(*columns.values())

    def _ratios(self) -> list[float]:
        """Compute what each probability is multiplied by; the largest is 1."""
        before, after = self._value("before"), self._value("after")
        if not (before and after) or len(before) != len(after):
            raise ResamplingError(
                f"before={before} and after={after} are not of the same classes: set both, with a "
                "number for each class."
            )
        ratios = [share / trained for share, trained in zip(before, after, strict=True)]
        return [ratio / max(ratios) for ratio in ratios]

    def _scores(self) -> str:
        """Return what the predicted class has the most of, in SQL."""
        if not self.isSet("thresholds"):
            return SHARES
        thresholds, classes = self.getThresholds(), len(self.getBefore())
        if len(thresholds) != classes or min(thresholds) < 0 or sorted(thresholds)[1] <= 0:
            raise ResamplingError(
                f"thresholds={thresholds} do not fit {classes} classes: set one for each, above 0, "
                "of which a single one may be 0."
            )
        quotient = "if(threshold = 0D, double('infinity'), p / threshold)"
        return f"zip_with({SHARES}, {_array(thresholds)}, (p, threshold) -> {quotient})"


def _array(numbers: Sequence[float]) -> str:
    """Write numbers as an array in SQL."""
    return f"array({', '.join(f'{number!r}D' for number in numbers)})"
