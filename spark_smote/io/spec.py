"""Input and output of a run, as its configuration names them."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FORMATS", "LAKE_FORMATS", "MODES", "Input", "Output"]

FORMATS = ("parquet", "orc", "csv", "json")
"""Formats that the ending of a path names; any other that Spark knows is named by `format`."""

LAKE_FORMATS = ("delta", "iceberg")
"""Formats that keep versions, whose commits are atomic."""

MODES = ("errorifexists", "overwrite", "append", "ignore")


@dataclass(frozen=True)
class Input:
    """[input]: the table to read."""

    path: str | None = None
    table: str | None = None
    format: str | None = None
    version: str | None = None
    timestamp: str | None = None
    where: str | None = None
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """[output]: the files or the table to write, and how."""

    path: str | None = None
    table: str | None = None
    format: str | None = None
    mode: str = "errorifexists"
    partitions: int | None = None
    partitionBy: list[str] = field(default_factory=list)
    clusterBy: list[str] = field(default_factory=list)
    replaceWhere: str | None = None
    runId: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    mergeSchema: bool = False
    options: dict[str, str] = field(default_factory=dict)
