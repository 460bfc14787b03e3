"""Params of every sampler, and of those that add rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pyspark.ml.param import Param, Params

from spark_smote.core.strategy.over_sampling import STRATEGIES
from spark_smote.core.strategy.targets import TargetSize
from spark_smote.exceptions import ResamplingError
from spark_smote.param import converters as to

__all__ = ["HasFeatures", "HasLabel", "HasStrategy", "HasSynthetic"]

logger = logging.getLogger(__name__)


class HasLabel(Params):
    """The column of classes."""

    labelCol: Param[str] = Param(
        Params._dummy(),
        "labelCol",
        "class of a row: string, boolean or number.",
        typeConverter=to.column,
    )

    def setLabelCol(self, value: str) -> Self:
        return self._set(labelCol=value)

    def getLabelCol(self) -> str:
        return self.getOrDefault(self.labelCol)


class HasStrategy(Params):
    """Params of every sampler."""

    samplingStrategy: Param[Any] = Param(
        Params._dummy(),
        "samplingStrategy",
        "which classes to over-sample, and to how many rows: 'auto' = 'not majority', 'minority', "
        "'not minority', 'all'; a ratio minority/majority in (0, 1], two classes only; or "
        "{label: final rows}, in rows, as '2.5x' the class or as '50%' of the largest.",
        typeConverter=to.strategy(*STRATEGIES),
    )
    seed: Param[int] = Param(
        Params._dummy(), "seed", "random seed, a 64-bit integer.", typeConverter=to.seed
    )

    def setSamplingStrategy(
        self, value: str | float | Mapping[Any, TargetSize] | Sequence[Any]
    ) -> Self:
        return self._set(samplingStrategy=value)

    def getSamplingStrategy(self) -> Any:
        return self.getOrDefault(self.samplingStrategy)

    def setSeed(self, value: int) -> Self:
        return self._set(seed=value)

    def getSeed(self) -> int:
        return self.getOrDefault(self.seed)


class HasFeatures(Params):
    """Params of every sampler, also of those that do not look at features."""

    featuresCol: Param[str] = Param(
        Params._dummy(),
        "featuresCol",
        "features in one column: an ML vector, or an array of float or double.",
        typeConverter=to.column,
    )
    inputCols: Param[list[str]] = Param(
        Params._dummy(),
        "inputCols",
        "instead of featuresCol: plain numeric columns (integers, float, double, decimal).",
        typeConverter=to.some_columns,
    )

    def setFeaturesCol(self, value: str) -> Self:
        return self._set(featuresCol=value)

    def getFeaturesCol(self) -> str:
        return self.getOrDefault(self.featuresCol)

    def setInputCols(self, value: Sequence[str]) -> Self:
        return self._set(inputCols=value)

    def getInputCols(self) -> list[str]:
        return self.getOrDefault(self.inputCols)

    def _inputs(self) -> list[str] | None:
        """Return `inputCols` if set; refuse `featuresCol` beside it."""
        if not self.isSet("inputCols"):
            return None
        if self.isSet("featuresCol"):
            raise ResamplingError(
                f"featuresCol={self.getFeaturesCol()!r} and inputCols={self.getInputCols()} are "
                "both set; features come from one or the other: clear one."
            )
        return self.getInputCols()

    def _log_unused_features(self) -> None:
        """Log that features are named, for a method that does not look at them."""
        names = [name for name in ("featuresCol", "inputCols") if self.isSet(name)]
        if names:
            logger.info(
                "%s draws whole rows, whatever their features: %s has no effect",
                type(self).__name__, " and ".join(names),
            )  # fmt: skip


class HasSynthetic(Params):
    """Params of the samplers that add rows."""

    syntheticCol: Param[str] = Param(
        Params._dummy(),
        "syntheticCol",
        "name of a boolean column to add, true for synthetic rows.",
        typeConverter=to.column,
    )
    outputMode: Param[str] = Param(
        Params._dummy(),
        "outputMode",
        "'all' (originals and synthetic rows) or 'synthetic' (only these).",
        typeConverter=to.one_of("all", "synthetic"),
    )
    maxPerRow: Param[float] = Param(
        Params._dummy(),
        "maxPerRow",
        "at most so many synthetic rows for each row of a class (>= 0.0), with a warning if that "
        "lowers the class's target. Unset: any number.",
        typeConverter=to.number(0.0),
    )

    maxRows: Param[int] = Param(
        Params._dummy(),
        "maxRows",
        "most synthetic rows of all classes (>= 1); to ask for more is an error.",
        typeConverter=to.rows,
    )

    def setSyntheticCol(self, value: str) -> Self:
        return self._set(syntheticCol=value)

    def getSyntheticCol(self) -> str:
        return self.getOrDefault(self.syntheticCol)

    def setOutputMode(self, value: str) -> Self:
        return self._set(outputMode=value)

    def getOutputMode(self) -> str:
        return self.getOrDefault(self.outputMode)

    def setMaxPerRow(self, value: float) -> Self:
        return self._set(maxPerRow=value)

    def getMaxPerRow(self) -> float:
        return self.getOrDefault(self.maxPerRow)

    def setMaxRows(self, value: int) -> Self:
        return self._set(maxRows=value)

    def getMaxRows(self) -> int:
        return self.getOrDefault(self.maxRows)
