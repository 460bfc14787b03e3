"""Tables of Delta Lake, by SQL alone."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote.exceptions import ResamplingError, shown
from spark_smote.io.lake.table import Commit, LakeTable
from spark_smote.runtime.errors import brief

__all__ = ["DeltaTable"]

logger = logging.getLogger(__name__)

METADATA_CONF = "spark.databricks.delta.commitInfo.userMetadata"
"""Metadata of commits that take no options: those that create a table."""

RECENT = 100
"""Commits to look among first: a table may keep as many as it had in a month."""

GENERATED = "delta.generationExpression"
EXPLICIT = "delta.identity.allowExplicitInsert"
"""Metadata of columns that the table fills by itself."""

COMPUTED = ("generatedcolumns", "identitycolumns")
"""Features of tables that fill columns by themselves."""


class DeltaTable(LakeTable):
    """A table of Delta Lake."""

    format = "delta"

    @property
    def identifier(self) -> str:
        """What SQL calls it."""
        return f"delta.`{self.name.replace('`', '``')}`" if self.is_path else self.name

    def version(self) -> str | None:
        """Return the newest version."""
        row = self._history(1).first()
        return None if row is None else str(row.version)

    def named_version(self, name: str) -> str:
        """Return a version as it is, if it is a number."""
        if not name.isdecimal():
            raise ResamplingError(
                f"[input] version {shown(name)} is none: Delta numbers versions from 0."
            )
        return name

    def commit_of(self, run_id: str) -> Commit | None:
        """Return the commit that a run made, if the history lists it."""
        for history in (self._history(RECENT), self._history()):
            found = history.where(F.col("userMetadata") == _metadata(run_id))
            row = found.agg(F.max("version")).first()
            if row is not None and row[0] is not None:
                return Commit(str(row[0]), str(row[0] - 1) if row[0] else None)
        return None

    @classmethod
    def commit_options(cls, run_id: str, once: bool) -> dict[str, str]:
        """Return options that mark a commit as a run's, and let Delta skip a second one."""
        options = {"userMetadata": _metadata(run_id)}
        return options | ({"txnAppId": run_id, "txnVersion": "1"} if once else {})

    def overwrite_options(self) -> dict[str, str]:
        """Return what makes of an overwrite one by condition, which leaves the clustering."""
        return {"replaceWhere": "true"} if self.layout()[1] else {}

    @classmethod
    @contextmanager
    def creating(cls, spark: SparkSession, run_id: str) -> Iterator[None]:
        """Mark the commit that creates a table, which loses the option."""
        conf = spark.conf
        before = conf.get(METADATA_CONF, None)
        with suppress(Exception):  # not every platform lets confs be set
            conf.set(METADATA_CONF, _metadata(run_id))
        try:
            yield
        finally:
            with suppress(Exception):
                conf.unset(METADATA_CONF) if before is None else conf.set(METADATA_CONF, before)

    def undo(self, commit: Commit) -> str:
        """Return the SQL that makes the version before a commit the newest again."""
        return f"RESTORE TABLE {self.identifier} TO VERSION AS OF {commit.before}"

    def computed_columns(self) -> dict[str, bool]:
        """Return generated columns, and identities that are always generated.

        No SQL lists them but that of Databricks, so that they are read from the table's log.
        """
        if not self._may_compute():
            return {}
        log = f"{self.location}/_delta_log"
        schema = "metaData struct<schemaString: string>"
        texts: list[str] = []
        for kind, ending in (("json", "*.json"), ("parquet", "*.checkpoint*.parquet")):
            try:
                files = self._spark.read.schema(schema).format(kind).load(f"{log}/{ending}")
                found = files.where("metaData IS NOT NULL")
                # Files are named by version, so that the last of the newest kind is the newest.
                name = F.col("_metadata.file_name")
                row = found.select(F.max_by("metaData.schemaString", name)).first()
            except Exception as error:  # none of that kind, or no right to look there
                logger.debug("the log of %s is not read: %s", self.name, brief(error))
                continue
            if row is not None and row[0] is not None:
                texts.append(row[0])
        if not texts:
            logger.warning(
                "generated columns of %r, if there are any, are not known: its log cannot be read",
                self.name,
            )
            return {}
        fields = json.loads(texts[0])["fields"]
        generated = {f["name"]: True for f in fields if GENERATED in f["metadata"]}
        return generated | {
            f["name"]: False for f in fields if f["metadata"].get(EXPLICIT) is False
        }

    def layout(self) -> tuple[list[str], list[str]]:
        """Return the columns that it is partitioned and clustered by."""
        detail = self._detail()
        return list(detail.get("partitionColumns") or []), list(
            detail.get("clusteringColumns") or []
        )

    def _may_compute(self) -> bool:
        """Return whether the table's protocol allows columns that it fills by itself."""
        features = map(str.lower, self._detail().get("tableFeatures") or [])
        return not set(COMPUTED).isdisjoint(features)

    def _detail(self) -> dict[str, Any]:
        row = self._spark.sql(f"DESCRIBE DETAIL {self.identifier}").first()
        return row.asDict() if row else {}

    def _history(self, commits: int | None = None) -> DataFrame:
        limit = f" LIMIT {commits}" if commits else ""
        return self._spark.sql(f"DESCRIBE HISTORY {self.identifier}{limit}")

    def _committed(self) -> DataFrame:
        return self._history().select("version", F.col("timestamp").alias("at"))


def _metadata(run_id: str) -> str:
    """Return what a commit tells of its run."""
    return json.dumps({"smote-run-id": run_id})
