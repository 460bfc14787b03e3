"""SMOTE, and then a cleaner over the rows of the table and the new ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, Unpack

from pyspark.ml.param import Param, Params
from pyspark.sql import DataFrame

from spark_smote import converters as to
from spark_smote.cleaner import Cleaner, CleanerParams
from spark_smote.edited_nearest_neighbours import EditedNearestNeighbours, KindParams
from spark_smote.plan import Plan
from spark_smote.reduction import REDUCTIONS
from spark_smote.smote import SMOTE, SMOTEParams
from spark_smote.source import Source
from spark_smote.tomek_links import TomekLinks

__all__ = ["SMOTEENN", "SMOTETomek"]


class _Cleaned(SMOTE):
    """Base of the two: SMOTE's Params, and which classes may lose rows."""

    adds_only = False

    cleaningStrategy: Param[str | list[str]] = Param(
        Params._dummy(),
        "cleaningStrategy",
        "classes that may lose rows, their own and new ones: 'all', 'not minority', 'majority', "
        "'not majority' (by the rows after SMOTE), or a list of labels.",
        typeConverter=to.classes(*REDUCTIONS),
    )

    def __init__(self, **params: Unpack[SMOTEParams]) -> None:
        super().__init__(**params)
        self._setDefault(cleaningStrategy="all")

    def setCleaningStrategy(self, value: str | Sequence[Any]) -> Self:
        """Set which classes may lose rows."""
        return self._set(cleaningStrategy=value)

    def getCleaningStrategy(self) -> str | list[str]:
        """Give which classes may lose rows."""
        return self.getOrDefault(self.cleaningStrategy)

    @abstractmethod
    def _cleaner(self) -> Cleaner:
        """Give the cleaner."""

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide which rows are made, and which of all taken away, and count them."""
        plan = self._planned(dataset)
        raising, cleaning = plan.parts
        counted = self._cleaner().counted(super().apply(dataset, raising), cleaning)
        made = {
            label: change
            for label, rows in plan.counts.items()
            if (change := counted.after[label] - rows)
        }
        return replace(plan, made=made, parts=(raising, counted))

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        raising, cleaning = plan.parts or (plan, plan)
        return self._cleaner().apply(super().apply(dataset, raising), cleaning)

    def source(self, dataset: DataFrame) -> Source:
        """Check the schema and the Params against each other; no Spark job."""
        if not self.keeps_originals:
            raise ValueError(
                "outputMode='synthetic' leaves out the rows that new ones are cleaned by; allowed "
                "is 'all': set syntheticCol and filter by it afterwards."
            )
        return super().source(dataset)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.apply(dataset, self._planned(dataset))  # uncounted, which is a search less

    def _planned(self, dataset: DataFrame) -> Plan:
        raising = super().plan(dataset)
        resampled = super().apply(dataset, raising)
        cleaning = self._cleaner().searched(resampled, raising, self.source(dataset))
        return replace(raising, seconds=cleaning.seconds, parts=(raising, cleaning))

    def _shared(self) -> dict[str, Any]:
        """Give the Params that SMOTE and the cleaner share."""
        names = CleanerParams.__annotations__.keys() - {"samplingStrategy"}
        given = {name: self.getOrDefault(name) for name in names if self.isSet(name)}
        return given | {"samplingStrategy": self.getCleaningStrategy()}


class SMOTEENN(_Cleaned, KindParams):
    """Raise minority classes by SMOTE, then take away rows that their neighbours speak against.

    As in imbalanced-learn, rows of every class may go, the table's own as well as new ones, so
    that the classes end up with fewer rows than asked for; `cleaningStrategy` says which may.

    Parameters
    ----------
    cleaningStrategy : str or list of labels, default "all"
        Classes that may lose rows: "all", "not minority", "majority", "not majority", or those
        named.
    cleaningK : int, default 3
        `k` of `EditedNearestNeighbours`.
    kind : {"all", "mode"}, default "all"
        `kind` of `EditedNearestNeighbours`.
    **params
        Those of `SMOTE`; `outputMode` is "all".

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params; before any row is made.

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

    cleaningK: Param[int] = Param(
        Params._dummy(),
        "cleaningK",
        "nearest rows of any class that cleaning asks (>= 1).",
        typeConverter=to.neighbours,
    )

    def __init__(
        self,
        *,
        cleaningStrategy: str | Sequence[Any] | None = None,
        cleaningK: int | None = None,
        kind: str | None = None,
        **params: Unpack[SMOTEParams],
    ) -> None:
        super().__init__(**params)
        self._setDefault(cleaningK=3, kind="all")
        self._set(cleaningStrategy=cleaningStrategy, cleaningK=cleaningK, kind=kind)

    def setParams(
        self,
        *,
        cleaningStrategy: str | Sequence[Any] | None = None,
        cleaningK: int | None = None,
        kind: str | None = None,
        **params: Unpack[SMOTEParams],
    ) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(
            cleaningStrategy=cleaningStrategy, cleaningK=cleaningK, kind=kind, **params
        )

    def setCleaningK(self, value: int) -> Self:
        """Set the neighbours that cleaning asks."""
        return self._set(cleaningK=value)

    def getCleaningK(self) -> int:
        """Give the neighbours that cleaning asks."""
        return self.getOrDefault(self.cleaningK)

    def _cleaner(self) -> Cleaner:
        return EditedNearestNeighbours(k=self.getCleaningK(), kind=self.getKind(), **self._shared())


class SMOTETomek(_Cleaned):
    """Raise minority classes by SMOTE, then take away the rows of Tomek links.

    As in imbalanced-learn, rows of every class may go, the table's own as well as new ones, so
    that the classes end up with fewer rows than asked for; `cleaningStrategy` says which may.

    Parameters
    ----------
    cleaningStrategy : str or list of labels, default "all"
        Classes that may lose rows: "all", "not minority", "majority", "not majority", or those
        named.
    **params
        Those of `SMOTE`; `outputMode` is "all".

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params; before any row is made.

    References
    ----------
    Batista, Prati, Monard: "A study of the behavior of several methods for balancing machine
    learning training data", SIGKDD Explorations 6, 2004.

    Examples
    --------
    >>> from spark_smote import SMOTETomek
    >>> rows = [(float(i), float(i * i), int(i < 8)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> out = SMOTETomek(inputCols=["x", "y"], k=3, syntheticCol="made").transform(df)
    >>> out.filter("made").count() > 0, out.count() <= 64
    (True, True)
    """

    def __init__(
        self,
        *,
        cleaningStrategy: str | Sequence[Any] | None = None,
        **params: Unpack[SMOTEParams],
    ) -> None:
        super().__init__(**params)
        self._set(cleaningStrategy=cleaningStrategy)

    def setParams(
        self,
        *,
        cleaningStrategy: str | Sequence[Any] | None = None,
        **params: Unpack[SMOTEParams],
    ) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(cleaningStrategy=cleaningStrategy, **params)

    def _cleaner(self) -> Cleaner:
        return TomekLinks(**self._shared())
