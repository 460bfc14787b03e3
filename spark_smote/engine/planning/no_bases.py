"""What to do with a class of which no row can make new ones."""

from __future__ import annotations

import logging

from spark_smote.exceptions import ResamplingError

__all__ = ["is_skipped"]

logger = logging.getLogger(__name__)


def is_skipped(how: str, reason: str, advice: str) -> bool:
    """Decide on a class without bases: skip it, or let all of its rows make new ones.

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
    skipped = how == "skip"
    logger.warning("%s: %s", reason, "left as it is" if skipped else "all its rows make new ones")
    return skipped
