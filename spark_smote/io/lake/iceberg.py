"""Tables of Apache Iceberg, by their metadata tables."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.exceptions import ResamplingError, shown
from spark_smote.io.lake.table import Commit, LakeTable

__all__ = ["IcebergTable"]

RUN_ID = "smote-run-id"


class IcebergTable(LakeTable):
    """A table of Apache Iceberg; its versions are snapshots."""

    format = "iceberg"

    def version(self) -> str | None:
        """Return the snapshot of the main branch, or None if nothing was ever written."""
        return self._ref("main")

    def named_version(self, name: str) -> str:
        """Return the id of a snapshot: itself, or of a branch or a tag."""
        if name.isdecimal():
            return name
        found = self._ref(name)
        if found is None:
            raise ResamplingError(
                f"[input] version {shown(name)} is none of {self.name!r}: name a snapshot's id, a "
                "branch or a tag."
            )
        return found

    def commit_of(self, run_id: str) -> Commit | None:
        """Return the snapshot that a run made, if it has not expired."""
        snapshots = self._metadata("snapshots").where(F.col("summary")[RUN_ID] == run_id)
        row = snapshots.orderBy(F.desc("committed_at")).first()
        if row is None:
            return None
        before = row.parent_id
        return Commit(str(row.snapshot_id), None if before is None else str(before))

    @classmethod
    def commit_options(cls, run_id: str, once: bool) -> dict[str, str]:
        """Return the option that writes the run's id into the snapshot's summary."""
        return {f"snapshot-property.{RUN_ID}": run_id}

    def undo(self, commit: Commit) -> str:
        """Return the SQL that makes the snapshot before a commit the newest again."""
        *catalog, schema, table = ["", *self.name.split(".")][-3:]
        system = ".".join([*filter(None, catalog), "system"])
        return f"CALL {system}.rollback_to_snapshot('{schema}.{table}', {commit.before})"

    def check_new_columns(self, names: Sequence[str]) -> None:
        """Check that the table's properties let a write add columns."""
        properties = self._details.get("table properties", "")
        if "write.spark.accept-any-schema=true" not in properties.lower():
            raise ResamplingError(
                f"{self.name!r} takes no new columns as {names}: allow it by ALTER TABLE "
                f"{self.name} SET TBLPROPERTIES ('write.spark.accept-any-schema'='true'), or leave "
                "them out."
            )

    def check_replaceable(self) -> None:
        """Check that the table is named, for by its path Spark would replace all rows."""
        if self.is_path:
            raise ResamplingError(
                f"[output] replaceWhere takes an Iceberg table by its name, and {self.name!r} is "
                "a path, where Spark would replace all rows: name the table."
            )

    def partly_replaced(self, matches: Column) -> bool:
        """Return whether a file holds rows that match and rows that do not."""
        files = (
            self.read()
            .groupBy("_file")
            .agg(F.min(matches).alias("all"), F.max(matches).alias("any"))
        )
        return bool(files.where("any AND NOT all").head(1))

    def computed_columns(self) -> dict[str, bool]:
        """Return nothing: Iceberg fills no column by itself."""
        return {}

    def layout(self) -> tuple[list[str], list[str]]:
        """Return the columns that it is partitioned by as they are, and none."""
        if self.is_path:
            return [], []
        rows = self._spark.sql(f"DESCRIBE TABLE {self.name}").collect()
        parts = [row.data_type for row in rows if row.col_name.startswith("Part ")]
        return parts, []

    def _ref(self, name: str) -> str | None:
        row = self._metadata("refs").where(F.col("name") == name).first()
        return None if row is None else str(row.snapshot_id)

    def _metadata(self, table: str) -> DataFrame:
        if self.is_path:
            return self._spark.read.format("iceberg").load(f"{self.name}#{table}")
        return self._spark.table(f"{self.name}.{table}")

    def _committed(self) -> DataFrame:
        history = self._metadata("history")
        return history.select(
            F.col("snapshot_id").alias("version"), F.col("made_current_at").alias("at")
        )
