"""Time this package and other resamplers on the same rows, and measure their recall."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark from command-line arguments."""
    # Imported here: a contender runs as a module of this package, and must not load all of it.
    from spark_smote.benchmark.arguments import main

    main(argv)
