"""The command `spark-smote`: its subcommands, their arguments, configuration and reports."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from spark_smote.runtime.installation import require_pyspark

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command as `spark_smote.cli.app.main` does; exit with 1 where pyspark is missing."""
    try:
        require_pyspark()
    except ModuleNotFoundError as error:
        sys.exit(f"spark-smote: error: {error}")
    from spark_smote.cli import app

    app.main(argv)
