"""Whether one method is better than another, by how much they differ on the same folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from spark_smote.exceptions import ResamplingError

__all__ = ["Difference", "correlated_t_test"]


@dataclass(frozen=True)
class Difference:
    """What folds tell of a difference.

    Attributes
    ----------
    mean : float
    low, high : float
        Ends of the interval that holds the mean difference with the probability asked for.
    worse, same, better : float
        Probabilities of a mean difference below, within and above the rope.
    """

    mean: float
    low: float
    high: float
    worse: float
    same: float
    better: float


def correlated_t_test(
    differences: npt.ArrayLike, folds: int, rope: float = 0.01, confidence: float = 0.95
) -> Difference:
    """Compute how likely a difference is, by the correlated Bayesian t-test.

    Training rows that folds share make their figures alike, so that the variance of their mean is
    larger than that of independent ones: (1/n + ρ/(1 - ρ)) · s², with ρ = 1/folds. More repeats
    lower the first summand alone.

    Parameters
    ----------
    differences : array of shape (n,)
        Of a figure of which more is better, for each fold of each repeat; at least 2.
    folds : int
        At least 2.
    rope : float, default 0.01
        Region of practical equivalence: differences from -rope to rope do not matter.
    confidence : float, default 0.95
        Of the interval; above 0 and below 1.

    Raises
    ------
    ResamplingError
        For fewer than two differences, which have no spread.

    References
    ----------
    Corani, Benavoli: "A Bayesian approach for comparing cross-validated algorithms on multiple
    data sets", Machine Learning 100, 2015; Nadeau, Bengio: "Inference for the generalization
    error", Machine Learning 52, 2003.

    Examples
    --------
    >>> result = correlated_t_test([0.05, 0.06, 0.04, 0.05, 0.05], folds=5)
    >>> round(result.low, 3), round(result.high, 3), round(result.better, 3)
    (0.037, 0.063, 0.999)
    """
    values = np.asarray(differences, np.float64)
    if len(values) < 2:
        raise ResamplingError(
            f"Methods are compared by the spread of their differences over folds, and there are "
            f"{len(values)}: set folds or repeats to 2 at least."
        )
    mean, freedom = float(values.mean()), len(values) - 1
    scale = float(values.std(ddof=1)) * float(np.sqrt(1 / len(values) + 1 / (folds - 1)))
    if not scale:  # all alike
        worse, better = float(mean < -rope), float(mean > rope)
        return Difference(mean, mean, mean, worse, 1 - worse - better, better)
    worse = float(stdtr(freedom, (-rope - mean) / scale))
    better = float(stdtr(freedom, (mean - rope) / scale))
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * scale
    return Difference(mean, mean - half, mean + half, worse, 1 - worse - better, better)
