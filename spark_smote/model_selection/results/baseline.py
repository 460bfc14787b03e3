"""What an evaluation lets expect of the model that it chose."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from spark_smote.exceptions import ResamplingError, shown
from spark_smote.model_selection.results.figures import HALF

__all__ = ["Baseline"]

SHARES = ("recall", "precision")


@dataclass(frozen=True)
class Baseline:
    """What later rows are compared with.

    Attributes
    ----------
    positive : str
        Label of the positive class, as text.
    expected : dict
        Its base rate, and recall and precision at the threshold in use.
    """

    positive: str
    expected: dict[str, float]

    @staticmethod
    def of(evaluation: str | Path | Mapping[str, Any], threshold: float) -> Baseline:
        """Read what an evaluation found of the method and the learner that its verdict names.

        Recall and precision are means over the folds at 1/2 and at the threshold that was chosen,
        and else those of the nearest threshold of the curve over all folds.

        Parameters
        ----------
        evaluation : str, Path or mapping
            A JSON file, or what is in it.
        threshold : float

        Raises
        ------
        ResamplingError
            If it cannot be read, or is none of two classes.
        """
        name = "Baseline"
        content: Any = evaluation
        if not isinstance(evaluation, Mapping):
            name = f"Baseline {shown(str(evaluation))}"
            content = _load(Path(evaluation), name)
        try:
            data, verdict = content["data"], content["verdict"]
            positive, classes = data["positive"], data["classes"]
            if len(classes) == 2:
                wanted = (verdict["method"], verdict["learner"])
                (run,) = [r for r in content["runs"] if (r["method"], r["learner"]) == wanted]
                base_rate = classes[positive] / sum(classes.values())
                return Baseline(positive, {"base_rate": base_rate, **_shares(run, threshold)})
        except (KeyError, TypeError, ValueError) as error:
            raise ResamplingError(
                f"{name} is no evaluation with a verdict and the figures of its method: name a "
                "file that evaluate wrote."
            ) from error
        raise ResamplingError(
            f"{name} is an evaluation of {len(classes)} classes, which no threshold divides: leave "
            "it out, or evaluate one class against the others."
        )


def _shares(run: Mapping[str, Any], threshold: float) -> dict[str, float]:
    folds, chosen = run["folds"], run["threshold"]
    if math.isclose(threshold, HALF):
        return {name: fmean(fold["at_half"][name] for fold in folds) for name in SHARES}
    if chosen is not None and math.isclose(threshold, chosen, rel_tol=1e-6):
        return {name: fmean(fold["tuned"][name] for fold in folds) for name in SHARES}
    _, recall, precision, *_ = min(run["curve"], key=lambda point: abs(point[0] - threshold))
    return {"recall": recall, "precision": precision}


def _load(path: Path, name: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResamplingError(
            f"{name} cannot be read ({error.strerror}): check its path."
        ) from error
    except ValueError as error:
        raise ResamplingError(
            f"{name} is not valid JSON ({error}): name a file that evaluate wrote."
        ) from error
