"""The command `spark-smote`: its subcommands, their arguments, configuration and reports."""

from __future__ import annotations

from spark_smote.cli.app import main

__all__ = ["main"]
