"""Run a contender of the package in a folder; executed as a script, for any revision of it."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import spark_smote

if __name__ == "__main__":
    sources, module = sys.argv[1:3]
    # What the module itself reads comes first then.
    del sys.argv[1:3]
    imported = Path(spark_smote.__file__).parent.parent
    if not imported.samefile(sources):
        sys.exit(f"spark_smote was imported from {imported}, not from {sources}")
    runpy.run_module(module, run_name="__main__", alter_sys=True)
