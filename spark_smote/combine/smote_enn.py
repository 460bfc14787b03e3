"""SMOTE, then EditedNearestNeighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, Unpack

from spark_smote.base import Sampler
from spark_smote.combine.base import CombinedSampler
from spark_smote.param.under_sampling import HasCleaningK, HasKindSel, SMOTEENNParams
from spark_smote.under_sampling.base import CleaningSampler
from spark_smote.under_sampling.edited_nearest_neighbours import EditedNearestNeighbours

__all__ = ["SMOTEENN"]


class SMOTEENN(CombinedSampler, HasCleaningK, HasKindSel):
    """Over-sample minority classes by SMOTE, then edit the result by its nearest neighbors.

    As in imbalanced-learn, rows of every class may be removed, the table's own and new ones, so
    the classes end with fewer rows than asked for; `cleaningStrategy` limits that to some classes.

    Parameters
    ----------
    cleaningStrategy : str or list of labels, default "all"
        Classes that may lose rows: "all", "not minority", "majority", "not majority", or those
        named.
    cleaningK : int, default 3
        `k` of `EditedNearestNeighbours`.
    kindSel : {"all", "mode"}, default "all"
        `kindSel` of `EditedNearestNeighbours`.
    **params
        Those of `SMOTE`; `outputMode` is "all".

    References
    ----------
    Batista, Prati, Monard: "A study of the behavior of several methods for balancing machine
    learning training data", SIGKDD Explorations 6, 2004.

    Examples
    --------
    >>> from spark_smote import SMOTEENN
    >>> rows = [(float(i), float(i * i), int(i < 8)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> out = SMOTEENN(inputCols=["x", "y"], k=3, syntheticCol="made").transform(df)
    >>> out.filter("made").count() > 0, out.count() < 64
    (True, True)
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"cleaningK": 3, "kindSel": "all"}

    def __init__(self, **params: Unpack[SMOTEENNParams]) -> None:
        Sampler.__init__(self, **params)

    def setParams(self, **params: Unpack[SMOTEENNParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _cleaner(self) -> CleaningSampler:
        return EditedNearestNeighbours(
            k=self.getCleaningK(), kindSel=self.getKindSel(), **self._shared()
        )
