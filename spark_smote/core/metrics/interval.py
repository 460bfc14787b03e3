"""Confidence intervals of shares."""

from __future__ import annotations

import math
from statistics import NormalDist

__all__ = ["wilson"]


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Compute Wilson's score interval of a share.

    Other than the usual ± 1.96 standard errors, it is right for few trials and for shares near 0
    and 1, as recall and base rate often are.

    Parameters
    ----------
    successes, trials : int
        Without trials the interval is all from 0 to 1.
    confidence : float, default 0.95
        Above 0 and below 1.

    References
    ----------
    Wilson: "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22, 1927; Brown, Cai, DasGupta: "Interval estimation for
    a binomial proportion", Statistical Science 16, 2001.

    Examples
    --------
    >>> tuple(round(end, 3) for end in wilson(8, 10))
    (0.49, 0.943)
    """
    if not trials:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = successes / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    # Exactly 0 and 1 at the ends, where rounding would leave a little.
    low = middle - half if successes else 0.0
    return low, middle + half if successes < trials else 1.0
