"""How far probabilities are from the shares of rows that are positive."""

from __future__ import annotations

import numpy as np

from spark_smote.core.arrays import Floats
from spark_smote.core.metrics.score_table import ScoreTable

__all__ = [
    "brier",
    "brier_skill",
    "calibration_bins",
    "ece",
    "log_loss",
    "with_prior",
]

CLIP = 1e-15
"""Distance to 0 and 1 that a probability keeps in the log loss, which is finite then."""


def brier(table: ScoreTable) -> float:
    """Compute the mean squared difference of the probability and what a row is.

    References
    ----------
    Brier: "Verification of forecasts expressed in terms of probability", Monthly Weather Review
    78, 1950.

    Examples
    --------
    >>> brier(ScoreTable.of([0.5, 0.0], [1, 0], [1, 2]))
    0.125
    """
    p = table.scores
    return _mean(table, (1 - p) ** 2, p**2)


def brier_skill(table: ScoreTable) -> float:
    """Compute by how much the Brier score is below that of the base rate, as a share of it.

    1 is perfect; 0 is no better than the share of positive rows for each row, and what a table
    of rows of one kind has.

    Examples
    --------
    >>> brier_skill(ScoreTable.of([0.5, 0.0], [1, 0], [1, 2]))
    0.33333333333333337
    """
    rate = table.n_positives / max(table.rows, 1)
    uncertainty = rate * (1 - rate)
    return 1 - brier(table) / uncertainty if uncertainty else 0.0


def log_loss(table: ScoreTable) -> float:
    """Compute the mean negative log-likelihood, of probabilities clipped at 1e-15.

    Examples
    --------
    >>> log_loss(ScoreTable.of([0.5], [1], [1]))
    0.6931471805599453
    """
    p = np.clip(table.scores, CLIP, 1 - CLIP)
    return _mean(table, -np.log(p), -np.log1p(-p))


def calibration_bins(table: ScoreTable, bins: int = 15) -> Floats:
    """Compute the mean probability and the share of positive rows, in bins of as many rows.

    Rows of one score share a bin: the one that the middle of them is in. There may be fewer bins
    than asked for.

    Returns
    -------
    float64 array of shape (at most `bins`, 3)
        Mean probability, share of positive rows, rows; the lowest probability first.

    Examples
    --------
    >>> calibration_bins(ScoreTable.of([0.9, 0.7, 0.2, 0.0], [1, 1, 0, 0], [0, 0, 1, 1]), bins=2)
    array([[0.1, 0. , 2. ],
           [0.8, 1. , 2. ]])
    """
    table_rows = (table.positives + table.negatives)[::-1]
    p, positives = table.scores[::-1], table.positives[::-1]
    middle = 2 * np.cumsum(table_rows) - table_rows  # in half rows
    number = middle * bins // max(2 * table.rows, 1)
    rows = np.bincount(number, table_rows)
    used = rows > 0
    sums = (np.bincount(number, weights)[used] for weights in (p * table_rows, positives))
    return np.column_stack([*(each / rows[used] for each in sums), rows[used]])


def ece(table: ScoreTable, bins: int = 15) -> float:
    """Compute the expected calibration error in bins of as many rows.

    The mean over rows of the difference between mean probability and share of positive rows in
    `calibration_bins`.

    References
    ----------
    Naeini, Cooper, Hauskrecht: "Obtaining well calibrated probabilities using Bayesian binning",
    AAAI 2015; Nixon et al.: "Measuring calibration in deep learning", CVPR workshops 2019, for
    bins of equal mass.

    Examples
    --------
    >>> ece(ScoreTable.of([0.75, 0.25], [1, 0], [0, 1]), bins=2)
    0.25
    """
    mean, share, rows = calibration_bins(table, bins).T
    return float(np.abs(mean - share) @ rows) / max(table.rows, 1)


def with_prior(table: ScoreTable, ratio: float) -> ScoreTable:
    """Correct probabilities for classes that were trained on in other shares.

    Parameters
    ----------
    table : ScoreTable
        Of probabilities.
    ratio : float
        By how much the odds of the positive class were too low in training, above 0:
        (π₁ / π₁') / (π₀ / π₀'), with the shares π of the table and π' of the training rows.

    Returns
    -------
    ScoreTable
        Of p · ratio / (p · ratio + 1 - p).

    References
    ----------
    Saerens, Latinne, Decaestecker: "Adjusting the outputs of a classifier to new a priori
    probabilities: a simple procedure", Neural Computation 14, 2002; Elkan: "The foundations of
    cost-sensitive learning", IJCAI 2001.

    Examples
    --------
    >>> with_prior(ScoreTable.of([0.5, 0.0], [1, 0], [1, 2]), 1 / 9).scores
    array([0.1, 0. ])
    """
    odds = table.scores * ratio
    return ScoreTable.of(odds / (odds + (1 - table.scores)), table.positives, table.negatives)


def _mean(table: ScoreTable, of_positive: Floats, of_negative: Floats) -> float:
    """Average over the rows what each costs by its kind; 0.0 without rows."""
    total = float(of_positive @ table.positives) + float(of_negative @ table.negatives)
    return total / max(table.rows, 1)
