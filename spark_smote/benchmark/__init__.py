"""Time the sampler beside others on the same rows, and judge the neighbors they find."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark as flags say."""
    # Contenders run as modules of this package, which must not load all of it before they do.
    from spark_smote.benchmark.arguments import main

    main(argv)
