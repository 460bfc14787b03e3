"""One evaluation from end to end, on every Spark that has pyspark.ml."""

from __future__ import annotations

import json

import numpy as np
from helpers import PORTABLE_VECTORS, two_classes
from pyspark.ml.classification import DecisionTreeClassifier

from spark_smote import evaluate
from spark_smote.model_selection.results.evaluation import Evaluation

pytestmark = PORTABLE_VECTORS


def test_from_a_table_to_a_verdict(spark):
    rows = two_classes(spark, few=40, many=200).selectExpr(
        "x0 + 4 * label as x0", "x1", "if(x2 > 0, 'a', 'b') as kind", "label"
    )
    found = evaluate(
        rows, inputCols=["x0", "x1", "kind"], categoricalCols=["kind"], folds=2,
        methods=["smote-0.5+weights"], learners=["logistic", DecisionTreeClassifier(maxDepth=2)],
    )  # fmt: skip
    methods = ["none", "threshold", "smote-0.5+weights"]
    assert [(run.learner, run.method, run.skipped) for run in found.runs] == [
        (learner, method, None)
        for learner in ("logistic", "DecisionTreeClassifier")
        for method in methods
    ]
    assert sum(fold["1"] for fold in found.data["fold_rows"]) == 40
    assert all(np.mean(run.values("pr_auc")) > 40 / 240 for run in found.runs)
    assert {each.method for each in found.comparison} == {"smote-0.5+weights"}
    assert found.projection is not None
    assert Evaluation.from_dict(json.loads(json.dumps(found.to_dict()))) == found
