"""Params of every sampler: which rows are resampled, and in which groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, TypedDict

from pyspark.ml.param import Param, Params

from spark_smote.exceptions import ResamplingError
from spark_smote.param import converters as to

__all__ = ["GroupParams", "HasGroups"]


class HasGroups(Params):
    """Params of every sampler: which rows are resampled, and in which groups.

    Attributes
    ----------
    resamples_groups : bool
        Whether the sampler can resample each group by itself.
    """

    resamples_groups: ClassVar[bool] = True

    splitCol: Param[str] = Param(
        Params._dummy(),
        "splitCol",
        "column that splits the table: string, boolean or integer; only rows where it is "
        "trainValue are resampled, the others pass through.",
        typeConverter=to.column,
    )
    trainValue: Param[str] = Param(
        Params._dummy(),
        "trainValue",
        "value of splitCol in the rows to resample: a text, a boolean or an integer.",
        typeConverter=to.text,
    )
    groupCols: Param[list[str]] = Param(
        Params._dummy(),
        "groupCols",
        "columns of groups: string, boolean, integer, decimal or date; each combination of their "
        "values is resampled by itself, null being a value.",
        typeConverter=to.some_columns,
    )

    def setSplitCol(self, value: str) -> Self:
        return self._set(splitCol=value)

    def getSplitCol(self) -> str:
        return self.getOrDefault(self.splitCol)

    def setTrainValue(self, value: str | bool | int) -> Self:
        return self._set(trainValue=value)

    def getTrainValue(self) -> str:
        return self.getOrDefault(self.trainValue)

    def setGroupCols(self, value: Sequence[str]) -> Self:
        return self._set(groupCols=value)

    def getGroupCols(self) -> list[str]:
        return self.getOrDefault(self.groupCols)

    def _check_groups(self) -> None:
        """Refuse Params of groups and splits that do not fit each other, or the sampler."""
        if self.isSet("trainValue") and not self.isSet("splitCol"):
            raise ResamplingError(
                f"trainValue={self.getTrainValue()!r} is a value of splitCol, which is not set: "
                "set splitCol to the column that splits the table, or clear trainValue."
            )
        if self.isSet("groupCols") and not self.resamples_groups:
            raise ResamplingError(
                f"groupCols={self.getGroupCols()} is not possible with {type(self).__name__}, "
                "which learns from the whole table: use SMOTE, or resample a group at a time."
            )


class GroupParams(TypedDict, total=False):
    """Keywords of every sampler."""

    splitCol: str | None
    trainValue: str | bool | int | None
    groupCols: Sequence[str] | None
