"""Compare on folds: ``spark-submit --py-files dist/spark_smote.zip jobs/evaluate.py …``."""

from __future__ import annotations

import sys

from spark_smote.cli import main

if __name__ == "__main__":
    main(["evaluate", *sys.argv[1:]])
