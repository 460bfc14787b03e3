"""What to do with classes of which no row can make new ones."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from spark_smote.core.strategy.groups import warn_of_classes
from spark_smote.exceptions import ResamplingError

__all__ = ["is_skipped", "warn_of_no_bases"]

logger = logging.getLogger(__name__)


def is_skipped(how: str, reason: str, advice: str) -> bool:
    """Return whether a class without bases is skipped, or all of its rows make new ones.

    Parameters
    ----------
    how : {"error", "skip", "uniform"}
        The Param `handleNoBases`.
    reason, advice : str
        Why it has no bases, and what else would help.

    Raises
    ------
    ResamplingError
        If that is an error.
    """
    if how == "error":
        raise ResamplingError(f"{reason}: {advice}, or set handleNoBases to 'skip' or 'uniform'.")
    return how == "skip"


def warn_of_no_bases(how: str, reasons: Sequence[str]) -> None:
    """Log what is done with the classes without bases."""
    done = "left as it is" if how == "skip" else "all its rows make new ones"
    warn_of_classes(logger, [f"{reason}: {done}" for reason in reasons])
