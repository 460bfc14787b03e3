"""An evaluation as `Evaluation.to_dict` gives it, of made-up figures."""

from __future__ import annotations

from typing import Any

import numpy as np

METHODS = (
    "none", "threshold", "weights", "under", "over", "smote-0.1", "smote-0.5", "smote-1.0",
    "smote-0.1+weights", "borderline", "smote-enn", "adasyn",
)  # fmt: skip
LEARNERS = ("logistic", "forest", "boosted")
RANKING = ("pr_auc", "roc_auc", "p_top20", "brier", "brier_skill", "log_loss", "ece")
AT = ("recall", "precision", "specificity", "f1", "f2", "gmean", "balanced_accuracy", "mcc", "iba",
      "alerts", "cost")  # fmt: skip


def evaluation(
    methods: tuple[str, ...] = METHODS,
    learners: tuple[str, ...] = LEARNERS,
    classes: tuple[str, ...] = ("0", "1"),
    points: int = 2000,
    folds: int = 5,
) -> dict[str, Any]:
    """Make an evaluation; with more than two classes, without curves and thresholds."""
    random = np.random.default_rng(0)
    two, rows = len(classes) == 2, [10923, *[260] * (len(classes) - 1)]

    def figures(names: tuple[str, ...]) -> dict[str, float]:
        return dict(zip(names, random.uniform(0.2, 0.9, len(names)).tolist(), strict=True))

    def fold(i: int) -> dict[str, Any]:
        return {
            "repeat": 0, "fold": i, "rows_trained": 13107, "seconds": 3.1,
            "figures": figures(RANKING if two else ("pr_auc",)),
            "at_half": figures(AT),
            "threshold": 0.26 if two else None,
            "tuned": figures(AT) if two else {},
            "corrected": figures(("brier", "brier_skill", "log_loss", "ece")) if two else {},
            "training": figures(("pr_auc", "recall", "precision")),
        }  # fmt: skip

    def run(method: str, learner: str) -> dict[str, Any]:
        made: dict[str, Any] = {
            "method": method, "learner": learner, "description": f"what {method} is",
            "skipped": None, "folds": [fold(i) for i in range(folds)],
            "threshold": 0.31 if two else None,
            "curve": _curve(random) if two else [],
            "calibration": _bins(random, 0.5) if two else [],
            "corrected_calibration": _bins(random, 1.0) if two else [],
        }  # fmt: skip
        if not two:
            made["classes"] = {name: figures(("pr_auc", "recall", "precision")) for name in classes}
            made["confusion"] = random.integers(0, 900, (len(classes),) * 2).tolist()
        return made

    kinds = random.choice(("other", "original", "synthetic"), points, p=(0.5, 0.2, 0.3))
    places = random.normal((kinds != "other")[:, None] * 2.0, 1.0, (points, 2))
    return {
        "schema": 1, "created": "2026-11-27T12:00:00+00:00", "seconds": 83.1,
        "versions": {"spark_smote": "0.1.0", "pyspark": "4.3.0", "python": "3.11"},
        "parameters": {
            "labelCol": "label", "inputCols": [f"x{i}" for i in range(6)], "folds": folds,
            "repeats": 1, "seed": 2002, "rankBy": "pr_auc", "tune": "f1", "rope": 0.01,
            "costs": {"fp": 1, "fn": 40} if two else None,
        },
        "data": {
            "rows": sum(rows), "positive": classes[1],
            "classes": dict(zip(classes, rows, strict=True)),
            "columns": [f"x{i}" for i in range(6)],
            "fold_rows": [dict(zip(classes, (n // folds for n in rows), strict=True))] * folds,
            "notes": ["One row of class 0 stands 3,322 times: its twins are spread over folds."],
        },
        "runs": [run(method, learner) for learner in learners for method in methods],
        "comparison": [
            {"learner": learner, "method": method, "against": "threshold", "difference": 0.01,
             "low": -0.02, "high": 0.04, "worse": 0.1, "same": 0.3, "better": 0.6}
            for learner in learners for method in methods if method != "threshold"
        ],
        "verdict": {
            "kind": "threshold",
            "sentences": [
                "Resampling changes nothing that matters here.",
                "SMOTE raises recall at 0.5 from 0.31 to 0.58 and lowers precision from 0.83 to "
                "0.55; moving the threshold of the plain model to 0.26 gives recall 0.58 at "
                "precision 0.61.",
            ],
            "learner": learners[0], "method": "threshold", "threshold": 0.26,
            "command": "spark-smote resample --input t.parquet --output out.parquet",
            "code": "model.setThresholds([0.74, 0.26])",
        },
        "projection": {
            "explained": [0.41, 0.2],
            "points": [[*place, kind] for place, kind in zip(places.tolist(), kinds.tolist(),
                                                             strict=True)],
        },
    }  # fmt: skip


def _curve(random: np.random.Generator) -> list[list[float]]:
    """Make (threshold, recall, precision, alerts) of 1,000 scored rows, one in 40 positive."""
    positive = np.arange(1000) % 40 == 0
    score = 1 / (1 + np.exp(3 - random.normal(positive * 2.5, 1.0)))
    order = np.argsort(-score)
    found, alerts = np.cumsum(positive[order]), np.arange(1, 1001)
    curve = np.column_stack([score[order] - 1e-9, found / found[-1], found / alerts, alerts])
    return curve[np.unique(np.linspace(0, 999, 200).astype(int))].tolist()


def _bins(random: np.random.Generator, slope: float) -> list[list[float]]:
    means = np.sort(random.beta(0.5, 3, 15))
    shares = np.clip(means * slope + random.normal(0, 0.01, 15), 0, 1)
    return np.column_stack([means, shares, np.full(15, 745)]).tolist()
