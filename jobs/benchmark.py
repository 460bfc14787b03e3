"""Compare with other ways to resample: ``python jobs/benchmark.py …``; it starts Spark itself."""

from __future__ import annotations

import sys

from spark_smote.cli import main

if __name__ == "__main__":
    main(["benchmark", *sys.argv[1:]])
