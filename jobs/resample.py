"""Resample a table: ``spark-submit --py-files dist/spark_smote.zip jobs/resample.py …``."""

from __future__ import annotations

import sys

from spark_smote.cli import main

if __name__ == "__main__":
    main(["resample", *sys.argv[1:]])
