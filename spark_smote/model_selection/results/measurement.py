"""What `measure` returns: the figures of a model that is in use, by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from spark_smote.core.metrics.confusion import FIGURES, Confusion
from spark_smote.core.metrics.figures import PROBABILITY, RANKING, figures_of
from spark_smote.core.metrics.interval import wilson
from spark_smote.core.metrics.score_table import ScoreTable
from spark_smote.runtime.console import format_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEASURED", "Flag", "Measurement", "Period"]

SCHEMA = 1
"""Version of the JSON."""

MEASURED = ("base_rate", *FIGURES, *RANKING, *PROBABILITY)
"""Names of all figures."""


@dataclass(frozen=True)
class Period:
    """The figures of one period.

    Attributes
    ----------
    name : str
    rows, positives : int
    figures : dict
        By the names in `MEASURED`; one that is undefined is 0.0.
    intervals : dict
        Of base_rate, recall and precision: the ends of Wilson's 95 % interval, which is all from 0
        to 1 where the share is undefined.
    roc_auc_bound : float
        How far roc_auc may be off, by binning; 0.0 if scores were counted one by one.
    """

    name: str
    rows: int
    positives: int
    figures: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    roc_auc_bound: float

    @staticmethod
    def of(name: str, found: ScoreTable, rest: ScoreTable, exact: bool) -> Period:
        """Compute all figures.

        Parameters
        ----------
        name : str
        found, rest : ScoreTable
            Of the rows above the threshold, and of the others.
        exact : bool
            Whether scores were counted one by one.
        """
        table = found + rest
        confusion = Confusion(
            found.n_positives, found.n_negatives, rest.n_positives, rest.n_negatives
        )
        positives, rows = table.n_positives, table.rows
        figures = {
            "base_rate": positives / rows,
            **confusion.figures(),
            **figures_of(table, RANKING),
            **figures_of(table, PROBABILITY),
        }
        intervals = {
            "base_rate": wilson(positives, rows),
            "recall": wilson(confusion.tp, positives),
            "precision": wilson(confusion.tp, found.rows),
        }
        bound = 0.0 if exact else table.tie_bound
        return Period(name, rows, positives, figures, intervals, bound)

    def cells(self) -> list[Any]:
        """Return what a table shows of it."""
        shares = [
            f"{self.figures[name]:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
            for name, (low, high) in self.intervals.items()
            for digits in [4 if name == "base_rate" else 3]
        ]
        rest = [f"{self.figures[name]:.3f}" for name in ("pr_auc", "brier_skill")]
        return [self.name, self.rows, *shares, *rest, f"{self.figures['alerts']:.1f}"]


COLUMNS = ("rows", "base rate", "recall", "precision", "PR-AUC", "Brier skill", "alerts/1,000")


@dataclass(frozen=True)
class Flag:
    """A figure of a period whose interval does not hold what was expected.

    Attributes
    ----------
    period, figure : str
    value, low, high, expected : float
    """

    period: str
    figure: str
    value: float
    low: float
    high: float
    expected: float

    def __str__(self) -> str:
        side = "below" if self.high < self.expected else "above"
        return (
            f"{self.period}: {self.figure.replace('_', ' ')} {self.value:.4g} ({self.low:.4g} to "
            f"{self.high:.4g}) is {side} the {self.expected:.4g} expected"
        )


@dataclass(frozen=True)
class Measurement:
    """The figures of scored rows by period, see `spark_smote.measure`.

    Attributes
    ----------
    positive : str
        The class that is found, as text.
    threshold : float
    by : str or None
        Column of the periods; None for all rows.
    exact : bool
        Whether scores were counted one by one, not by bin; shares never depend on bins.
    periods : list of Period
    expected : dict
        Of base_rate, recall and precision, what the evaluation found; empty without one.
    """

    positive: str
    threshold: float
    by: str | None
    exact: bool
    periods: Sequence[Period]
    expected: Mapping[str, float]

    @property
    def flags(self) -> list[Flag]:
        """Figures whose intervals do not hold what was expected."""
        return [
            Flag(period.name, name, period.figures[name], *period.intervals[name], expected)
            for period in self.periods
            for name, expected in self.expected.items()
            if not period.intervals[name][0] <= expected <= period.intervals[name][1]
        ]

    def below(self, figure: str, minimum: float) -> list[Period]:
        """Return the periods with a figure below a minimum; none without a positive row.

        Such a period tells nothing of recall and what depends on it.
        """
        return [each for each in self.periods if each.positives and each.figures[figure] < minimum]

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {"schema": SCHEMA, **asdict(self), "flags": [asdict(flag) for flag in self.flags]}

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each period."""
        import pandas as pd

        return pd.DataFrame(
            {
                "period": each.name,
                "rows": each.rows,
                "positives": each.positives,
                **each.figures,
                **{
                    f"{name}_{end}": value
                    for name, ends in each.intervals.items()
                    for end, value in zip(("low", "high"), ends, strict=True)
                },
                "roc_auc_bound": each.roc_auc_bound,
            }
            for each in self.periods
        )

    def __str__(self) -> str:
        lines = [
            format_table([self.by or "period", *COLUMNS], [each.cells() for each in self.periods]),
            "",
            f"positive class {self.positive}, threshold {self.threshold:g}; in brackets 95 % "
            "intervals",
        ]
        if self.expected:
            named = ", ".join(
                f"{name.replace('_', ' ')} {value:.4g}" for name, value in self.expected.items()
            )
            lines.append(f"expected {named}: {len(self.flags) or 'none'} out of it")
        return "\n".join([*lines, *map(str, self.flags)])
