"""Whether two ways come to the same: two one-sided t-tests of paired differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit
from scipy.stats import wilcoxon

from spark_smote.exceptions import ResamplingError

__all__ = ["MARGIN", "VERDICTS", "Equivalence", "signed_rank_p", "two_one_sided_tests"]

MARGIN = 0.01
"""Differences of a mean up to this do not matter."""

LEVEL = 0.05
"""Chance of an error of each test."""

VERDICTS = ("equivalent", "undecided", "different")


@dataclass(frozen=True)
class Equivalence:
    """What independent differences tell of their mean.

    Attributes
    ----------
    mean : float
    half_width : float
        Half of the 95 % confidence interval of the mean.
    p : float
        Of the hypothesis that the mean lies beyond the margin.
    verdict : str
        One of `VERDICTS`.
    """

    mean: float
    half_width: float
    p: float
    verdict: str

    def __str__(self) -> str:
        return f"{self.mean:+.4f} ± {self.half_width:.4f}"


def two_one_sided_tests(differences: npt.ArrayLike, margin: float = MARGIN) -> Equivalence:
    """Test whether the mean of differences lies within a margin.

    It is equivalent to none if both one-sided t-tests at 5 % reject a mean beyond the margin;
    else different from none if the 95 % interval, which then reaches beyond the margin, does not
    hold 0; else undecided.

    Parameters
    ----------
    differences : array of shape (n,)
        Independent ones; at least 2.
    margin : float, default 0.01
        Above 0.

    Raises
    ------
    ResamplingError
        For fewer than two differences, which have no spread.

    References
    ----------
    Schuirmann: "A comparison of the two one-sided tests procedure and the power approach for
    assessing the equivalence of average bioavailability", Journal of Pharmacokinetics and
    Biopharmaceutics 15, 1987.

    Examples
    --------
    >>> two_one_sided_tests([0.001, -0.002, 0.003, 0.0]).verdict
    'equivalent'
    >>> print(two_one_sided_tests([0.02, 0.03, 0.02, 0.03]))
    +0.0250 ± 0.0092
    """
    values = np.asarray(differences, np.float64)
    if len(values) < 2:
        raise ResamplingError(
            f"Equivalence is judged by the spread of differences, and there are {len(values)}: "
            "compare at least 2 seeds and 2 tables."
        )
    mean, freedom = float(values.mean()), len(values) - 1
    scale = float(values.std(ddof=1)) / len(values) ** 0.5
    half_width = float(stdtrit(freedom, 1 - LEVEL / 2)) * scale
    beyond = abs(mean) - margin
    p = float(stdtr(freedom, beyond / scale)) if scale else float(beyond >= 0)
    otherwise = "different" if abs(mean) > half_width else "undecided"
    return Equivalence(mean, half_width, p, "equivalent" if p <= LEVEL else otherwise)


def signed_rank_p(differences: npt.ArrayLike) -> float:
    """Compute the p-value of Wilcoxon's signed-rank test, two-sided; 1.0 if none differs."""
    values = np.asarray(differences, np.float64)
    return float(wilcoxon(values).pvalue) if values.any() else 1.0
