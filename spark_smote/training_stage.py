"""What every stage of this package is, and what a `spark_smote.Pipeline` runs in `fit` only."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pyspark.ml import Transformer
from pyspark.ml.param import Param
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from spark_smote.exceptions import ParamError
from spark_smote.param.imblearn import name_hint

__all__ = ["Stage", "TrainingStage"]


class Stage(Transformer, DefaultParamsReadable["Stage"], DefaultParamsWritable):
    """Transformer whose Params are keywords, and that is saved under its public name.

    Unknown Params and values that are not allowed raise `ParamError`.

    Attributes
    ----------
    DEFAULTS : dict
        Values of Params by default, beside those of the base classes.
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._setDefault(**self._defaults())
        self._set_known(params)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Show `help` and notebooks the Params with their defaults, and pin the module.

        Spark saves a stage by the path of its class: it is the public one, so that modules may
        move.
        """
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("spark_smote."):
            cls.__module__ = "spark_smote"
        defaults = cls._defaults()
        cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(name))
                for name in cls._names()
            ]
        )

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        defaults: dict[str, Any] = {}
        for base in reversed(cls.__mro__):  # the most specific class decides
            defaults |= vars(base).get("DEFAULTS", {})
        return defaults

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in dir(cls) if isinstance(inspect.getattr_static(cls, name), Param)]

    def _set_known(self, params: Mapping[str, Any]) -> Self:
        """Set Params by name; refuse an unknown name, with the one that is right here."""
        known = self._names()
        for name in params:
            if name not in known:
                raise ParamError(f"{type(self).__name__} has no parameter {name_hint(name, known)}")
        return self._set(**params)

    def _set(self, **kwargs: Any) -> Self:
        """Set the Params that were given; None leaves one as it is."""
        try:
            return super()._set(**{n: value for n, value in kwargs.items() if value is not None})
        except TypeError as error:
            raise ParamError(str(error)) from error

    def _value(self, name: str) -> Any:
        """Return the value of a Param, or None if it is unset and has no default."""
        return self.getOrDefault(name) if self.isDefined(name) else None


class TrainingStage(Stage):
    """Base of what prepares rows to train on: a plan, and a lazy frame that follows it.

    A `spark_smote.Pipeline` runs it in `fit` only, and leaves it out of the model. Tables that do
    not fit the Params raise `ResamplingError`, before any row is made.
    """

    @abstractmethod
    def check(self, dataset: DataFrame) -> StructType:
        """Check the schema and the Params against each other; no Spark job.

        Returns
        -------
        StructType
            The schema of the result.
        """

    @abstractmethod
    def plan(self, dataset: DataFrame) -> Any:
        """Decide what `transform` will do to each class; makes no rows."""

    @abstractmethod
    def apply(self, dataset: DataFrame, plan: Any) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.apply(dataset, self.plan(dataset))
