"""Tables of the lake that tests write to, and what is known of their versions."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers import multiset
from pyspark.sql import DataFrame, Row, SparkSession

from spark_smote import SMOTE

KINDS = ["delta", "path", "iceberg"]
"""A Delta table by name, one by path, and an Iceberg table by name."""

SMOTE_KEYS = {"inputCols": ["x0", "x1"], "k": 3, "copyCols": ["day"]}

REPEATED = {"method": "RandomOverSampler"}
"""[smote] where it does not matter what new rows are: it is made in half the time."""

_numbers = itertools.count()


@dataclass(frozen=True)
class Table:
    """A table, and how SQL and a configuration name it.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    name : str
        Its name, or its path.
    """

    spark: SparkSession
    kind: str
    name: str

    @property
    def section(self) -> dict[str, Any]:
        """Keys of [input] or [output]."""
        if self.kind == "path":
            return {"path": self.name, "format": "delta"}
        return {"table": self.name, "format": self.kind}

    @property
    def source(self) -> dict[str, Any]:
        """Keys of [input]."""
        return {key: self.section[key] for key in self.section if key in ("path", "table")}

    @property
    def sql(self) -> str:
        return f"delta.`{self.name}`" if self.kind == "path" else self.name

    @property
    def folder(self) -> str:
        """Where the table lies, without a scheme."""
        if self.kind == "path":
            return self.name
        described = self.spark.sql(f"DESCRIBE TABLE EXTENDED {self.name}")
        location = described.filter("col_name = 'Location'").first()
        return location.data_type.removeprefix("file:")

    def write(self, rows: DataFrame) -> Table:
        """Create the table, or append to it."""
        if self.kind == "path":
            rows.write.format("delta").mode("append").save(self.name)
        elif self.exists:
            rows.writeTo(self.name).append()
        else:
            rows.writeTo(self.name).using(self.kind).create()
        return self

    def rows(self, version: Any = None) -> DataFrame:
        then = "" if version is None else f" VERSION AS OF {version}"
        return self.spark.sql(f"SELECT * FROM {self.sql}{then}")

    @property
    def exists(self) -> bool:
        if self.kind == "path":
            return Path(self.name, "_delta_log").exists()
        return self.spark.catalog.tableExists(self.name)

    def commits(self) -> list[dict[str, Any]]:
        """What is known of each version, the oldest first; none if there is no table."""
        if not self.exists:
            return []
        if self.kind != "iceberg":
            found = self.spark.sql(f"DESCRIBE HISTORY {self.sql}").orderBy("version")
        else:  # a snapshot that is no ancestor is not of the table's history
            found = self.spark.sql(f"""
                SELECT snapshot_id AS version, operation, summary FROM {self.name}.snapshots
                WHERE snapshot_id IN (
                    SELECT snapshot_id FROM {self.name}.history WHERE is_current_ancestor
                ) ORDER BY committed_at""")
        return [row.asDict() for row in found.collect()]

    def versions(self) -> list[int]:
        return [commit["version"] for commit in self.commits()]

    def run_of(self, commit: dict[str, Any]) -> str | None:
        """The run that a version names."""
        if self.kind == "iceberg":
            return commit["summary"].get("smote-run-id")
        return json.loads(commit["userMetadata"] or "{}").get("smote-run-id")

    def detail(self) -> dict[str, Any]:
        """What Delta says of the table."""
        return self.spark.sql(f"DESCRIBE DETAIL {self.sql}").first().asDict()


class Lake:
    """A schema in either catalog, and a folder.

    Attributes
    ----------
    schema : str
    folder : Path
    """

    schema = "lake"

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder = spark, folder
        for schema in (self.schema, f"ice.{self.schema}"):
            spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")

    def new(self, kind: str) -> Table:
        """Return a table that does not exist yet."""
        name = f"t{next(_numbers)}"
        known = {
            "delta": f"{self.schema}.{name}",
            "iceberg": f"ice.{self.schema}.{name}",
            "path": str(self.folder / name),
        }
        return Table(self.spark, kind, known[kind])

    def sql(self, *statements: str) -> None:
        for statement in statements:
            self.spark.sql(statement)


def events(spark: SparkSession, start: int = 0, rows: int = 30) -> DataFrame:
    """Columns id, x0, x1, label (a third is of class 1) and day ("a" or "b").

    Each day has as many rows, and as many of a class.
    """
    return spark.range(start, start + rows, numPartitions=1).selectExpr(
        "id",
        "DOUBLE(id * 7919 % 101) AS x0",
        "DOUBLE(id * 104729 % 97) AS x1",
        "INT(id % 3 = 0) AS label",
        "IF(id DIV 3 % 2 = 0, 'a', 'b') AS day",
    )


def partitioned(lake: Lake, kind: str) -> Table:
    """A table of events in folders by day."""
    table = lake.new(kind)
    using = "iceberg" if kind == "iceberg" else "delta"
    lake.sql(
        f"""CREATE TABLE {table.sql} (id BIGINT, x0 DOUBLE, x1 DOUBLE, label INT, day STRING)
        USING {using} PARTITIONED BY (day)"""
    )
    return table.write(events(lake.spark))


def balanced(rows: DataFrame) -> Counter[str]:
    """What the job is to write, by the API on the same rows in memory."""
    key = tuple(rows.collect())
    if key not in _balanced:
        copy = rows.sparkSession.createDataFrame(list(key), rows.schema)
        _balanced[key] = multiset(SMOTE(**SMOTE_KEYS).transform(copy))
    return _balanced[key]


_balanced: dict[tuple[Row, ...], Counter[str]] = {}
