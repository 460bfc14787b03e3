"""Compare classifiers trained on rows from hashed buckets with those trained on exact SMOTE's."""

from __future__ import annotations

from spark_smote.benchmark.fidelity.command import main

__all__ = ["main"]
