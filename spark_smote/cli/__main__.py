"""``python -m spark_smote.cli``."""

from __future__ import annotations

from spark_smote.cli import main

if __name__ == "__main__":
    main()
