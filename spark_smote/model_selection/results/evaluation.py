"""What `evaluate` returns, as text, JSON, a table of pandas or a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spark_smote.exceptions import ResamplingError, shown
from spark_smote.model_selection.results.text import as_text
from spark_smote.runtime.text_file import replace_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NONE", "THRESHOLD", "Comparison", "Evaluation", "FoldResult", "Run", "Verdict"]

NONE, THRESHOLD = "none", "threshold"
"""What methods are compared with: rows as they are, and the same models at another threshold."""

SCHEMA = 1
"""Version of the JSON."""


@dataclass(frozen=True)
class FoldResult:
    """Figures of one model on the rows that it was not trained on.

    Attributes
    ----------
    repeat, fold : int
    rows_trained : int
        Rows after resampling.
    seconds : float
        Of resampling and training.
    figures : dict
        Those that no threshold decides, as pr_auc.
    at_half : dict
        Those of the rows that the model itself calls positive.
    threshold : float or None
        The best of the other folds.
    tuned : dict
        The figures at that threshold.
    corrected : dict
        Figures of the probabilities after prior correction.
    training : dict
        Figures on original rows that the model was trained on.
    """

    repeat: int
    fold: int
    rows_trained: int
    seconds: float
    figures: dict[str, float]
    at_half: dict[str, float]
    threshold: float | None = None
    tuned: dict[str, float] = field(default_factory=dict)
    corrected: dict[str, float] = field(default_factory=dict)
    training: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A method with a learner, over all folds.

    Attributes
    ----------
    method, learner, description : str
    skipped : str or None
        Why it was not run.
    folds : list of FoldResult
    threshold : float or None
        The one to deploy, chosen by all rows.
    curve : list
        Of (threshold, recall, precision, alerts per 1,000 rows).
    calibration, corrected_calibration : list
        Of (mean probability, share of positive rows, rows).
    classes : dict
        With more than two classes, the mean figures of each.
    confusion : list
        With more than two classes, rows by class and predicted class.
    """

    method: str
    learner: str
    description: str
    skipped: str | None = None
    folds: list[FoldResult] = field(default_factory=list)
    threshold: float | None = None
    curve: list[list[float]] = field(default_factory=list)
    calibration: list[list[float]] = field(default_factory=list)
    corrected_calibration: list[list[float]] = field(default_factory=list)
    classes: dict[str, dict[str, float]] = field(default_factory=dict)
    confusion: list[list[int]] = field(default_factory=list)

    def values(self, figure: str) -> list[float]:
        """Return a figure of each fold; at the tuned threshold, but for the method `none`."""
        found = []
        for fold in self.folds:
            judged = fold.tuned if fold.tuned and self.method != NONE else fold.at_half
            value = {**judged, **fold.figures}.get(figure)
            if value is not None:
                found.append(value)
        return found


@dataclass(frozen=True)
class Comparison:
    """A method beside the moved threshold of the same learner.

    Attributes
    ----------
    learner, method, against : str
    difference, low, high : float
        Mean over folds, and the interval that holds it with 95 %.
    worse, same, better : float
        Probabilities; the same is within `rope`.
    """

    learner: str
    method: str
    against: str
    difference: float
    low: float
    high: float
    worse: float
    same: float
    better: float


@dataclass(frozen=True)
class Verdict:
    """What to do.

    Attributes
    ----------
    kind : {"resample", "threshold", "undecided"}
    sentences : list of str
    learner, method : str
    threshold : float or None
    code, command : str
        To paste: for the fitted model, and for a shell.
    """

    kind: str
    sentences: list[str]
    learner: str
    method: str
    threshold: float | None = None
    code: str = ""
    command: str = ""


@dataclass(frozen=True, repr=False)
class Evaluation:
    """A comparison of methods and classifiers, see `spark_smote.evaluate`.

    Attributes
    ----------
    created : str
        ISO 8601, in UTC.
    seconds : float
    versions, parameters, data : dict
    runs : list of Run
    comparison : list of Comparison
    verdict : Verdict
    projection : dict or None
        Two principal components of some rows, and of synthetic ones.
    models : dict
        With `saveModels`, by (method, learner, repeat, fold); not part of the JSON.
    """

    created: str
    seconds: float
    versions: dict[str, str]
    parameters: dict[str, Any]
    data: dict[str, Any]
    runs: list[Run]
    comparison: list[Comparison]
    verdict: Verdict
    projection: dict[str, Any] | None = None
    models: dict[tuple[str, str, int, int], Any] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold, for `from_dict`."""
        kept = {each.name for each in fields(self)} - {"models"}
        return {"schema": SCHEMA, **{k: v for k, v in asdict(_bare(self)).items() if k in kept}}

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Evaluation:
        """Build the evaluation that `to_dict` was called on.

        Raises
        ------
        ResamplingError
            If it is none, or of another version of this package.
        """
        if content.get("schema") != SCHEMA:
            raise ResamplingError(
                f"An evaluation of schema {shown(content.get('schema'))} cannot be read; allowed "
                f"is {SCHEMA}: run evaluate again."
            )
        known = {key: value for key, value in content.items() if key != "schema"}
        runs = [
            Run(**{**run, "folds": [FoldResult(**each) for each in run["folds"]]})
            for run in content["runs"]
        ]
        return Evaluation(
            **{
                **known,
                "runs": runs,
                "comparison": [Comparison(**each) for each in content["comparison"]],
                "verdict": Verdict(**content["verdict"]),
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each method, learner and fold."""
        import pandas as pd

        return pd.DataFrame(
            {
                "learner": run.learner,
                "method": run.method,
                "repeat": each.repeat,
                "fold": each.fold,
                "rows_trained": each.rows_trained,
                "seconds": each.seconds,
                "threshold": each.threshold,
                **each.figures,
                **{f"{name}_at_half": value for name, value in each.at_half.items()},
                **{f"{name}_tuned": value for name, value in each.tuned.items()},
                **{f"{name}_corrected": value for name, value in each.corrected.items()},
                **{f"{name}_training": value for name, value in each.training.items()},
            }
            for run in self.runs
            for each in run.folds
        )

    def to_json(self, path: str) -> None:
        """Write it as a JSON file."""
        replace_text(Path(path), json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n")

    def to_html(self, path: str | None = None) -> str:
        """Return a page that needs no network, and write it to a file if one is named.

        Raises
        ------
        RuntimeError
            If the extra `report` is not installed.
        """
        from spark_smote.html_report import render

        page = render(self.to_dict())
        if path:
            replace_text(Path(path), page)
        return page

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str | None:
        """Show the page in a notebook, which shows the text without the extra `report`."""
        from spark_smote.html_report import missing_module

        return None if missing_module() else self.to_html()


def _bare(evaluation: Evaluation) -> Evaluation:
    """Return it without models, which cannot be copied."""
    kept = {each.name: getattr(evaluation, each.name) for each in fields(evaluation)}
    return Evaluation(**{**kept, "models": {}})
