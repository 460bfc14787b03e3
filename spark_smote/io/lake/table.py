"""What the formats that keep versions have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote.exceptions import ResamplingError, shown
from spark_smote.runtime.errors import brief

__all__ = ["Commit", "LakeTable"]


@dataclass(frozen=True)
class Commit:
    """A version of a table, and the one before it.

    Attributes
    ----------
    version : str
    before : str or None
        None for the first one.
    """

    version: str
    before: str | None


class LakeTable(ABC):
    """A table that keeps its versions.

    Parameters
    ----------
    spark : SparkSession
    name : str
        Its name in a catalog, or its path.
    is_path : bool
    details : mapping of str to str
        What the catalog knows of it, in lower case: provider, location, table properties, …

    Attributes
    ----------
    format : str
    """

    format: ClassVar[str]

    def __init__(
        self, spark: SparkSession, name: str, is_path: bool, details: Mapping[str, str]
    ) -> None:
        self._spark, self.name, self.is_path, self._details = spark, name, is_path, details

    @property
    def location(self) -> str:
        """The path of its folder, or empty if the catalog does not tell."""
        return self.name if self.is_path else self._details.get("location", "")

    def read(
        self, version: str | None = None, options: Mapping[str, str] | None = None
    ) -> DataFrame:
        """Open a version, or what is the newest whenever rows are read.

        Raises
        ------
        ResamplingError
            If there is no such version.
        """
        at = {"versionAsOf": version} if version is not None else {}
        reader = self._spark.read.options(**dict(options or {}) | at)
        try:
            frame = (
                reader.format(self.format).load(self.name)
                if self.is_path
                else reader.table(self.name)
            )
            frame.schema  # noqa: B018 - Spark Connect looks for the version only now
        except Exception as error:  # each format has errors of its own
            if version is None:
                raise
            raise ResamplingError(
                f"{self.name!r} has no version {version!r} that can be read: {brief(error)}; "
                "choose one that its history lists."
            ) from error
        return frame

    @abstractmethod
    def version(self) -> str | None:
        """Return the newest version, or None for a table without any."""

    @abstractmethod
    def named_version(self, name: str) -> str:
        """Return the version that a number, or a name of the format's own, stands for."""

    @abstractmethod
    def commit_of(self, run_id: str) -> Commit | None:
        """Return the commit that a run made, if the history lists it."""

    @classmethod
    @abstractmethod
    def commit_options(cls, run_id: str, once: bool) -> dict[str, str]:
        """Return the writer's options that mark a commit as a run's.

        Parameters
        ----------
        run_id : str
        once : bool
            Whether the format itself is to skip a second commit of the run.
        """

    def overwrite_options(self) -> dict[str, str]:
        """Return the writer's options with which an overwrite of all rows keeps the layout."""
        return {}

    @classmethod
    @contextmanager
    def creating(cls, spark: SparkSession, run_id: str) -> Iterator[None]:
        """Mark as a run's the commit that creates a table."""
        yield

    @abstractmethod
    def undo(self, commit: Commit) -> str:
        """Return the SQL that makes the version before a commit the newest again."""

    def check_new_columns(self, names: Sequence[str]) -> None:  # noqa: B027 - most formats can
        """Check that a write may add columns."""

    def check_replaceable(self) -> None:  # noqa: B027 - most tables can
        """Check that a write may replace the rows of a condition alone."""

    def partly_replaced(self, matches: Column) -> bool:
        """Return whether the rows of a condition cannot be replaced, for they share files."""
        self.read().where(matches).schema  # noqa: B018 - the condition must fit
        return False

    @abstractmethod
    def computed_columns(self) -> dict[str, bool]:
        """Return the columns that the table fills by itself, and whether a write may, too."""

    @abstractmethod
    def layout(self) -> tuple[list[str], list[str]]:
        """Return the columns that it is partitioned and clustered by."""

    def version_at(self, timestamp: str) -> str:
        """Return the version that was the newest at a time of the session's time zone.

        Raises
        ------
        ResamplingError
            If the text is no timestamp, or the table has no version so old.
        """
        history = self._committed()
        try:
            at = F.to_timestamp(F.lit(timestamp))
            row = history.where(F.col("at") <= at).agg(F.max_by("version", "at")).first()
        except Exception as error:  # of ANSI mode; without it the timestamp is null
            raise ResamplingError(_no_timestamp(timestamp)) from error
        if row is None or row[0] is None:
            first = history.agg(F.min("at").cast("string"), at.cast("string")).first()
            if first is None or first[1] is None:
                raise ResamplingError(_no_timestamp(timestamp))
            raise ResamplingError(
                f"{self.name!r} has no version of {timestamp!r} or before: the first that is kept "
                f"is of {first[0]}; choose a later timestamp."
            )
        return str(row[0])

    @abstractmethod
    def _committed(self) -> DataFrame:
        """Return the columns `version` and `at`, its timestamp, of the history."""


def _no_timestamp(text: str) -> str:
    return (
        f"[input] timestamp {shown(text)} is none: write one as in '2026-11-25' or "
        "'2026-11-25 08:00:00'."
    )
