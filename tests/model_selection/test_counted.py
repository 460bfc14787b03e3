"""A table that is not the same when it is read again, and scores that are too many to list."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import two_classes
from pyspark.ml.classification import LogisticRegression

from spark_smote import ResamplingError, evaluate
from spark_smote.model_selection.fitting import scoring
from spark_smote.model_selection.fitting.experiment import check_counted


def test_rows_that_come_or_go_are_noticed():
    check_counted({"a": 3, "b": 9}, [3, 9])
    for found in ([3, 8], [4, 9], [9, 3]):
        with pytest.raises(ResamplingError, match="changed between"):
            check_counted({"a": 3, "b": 9}, found)


def test_many_scores_are_counted_in_bins(spark, monkeypatch):
    """Figures stay as near as the note has it."""
    rows, learner = two_classes(spark, few=40, many=200), LogisticRegression(maxIter=3)

    def evaluated():
        return evaluate(rows, inputCols=["x0", "x1"], methods=[], learners=[learner], folds=2)

    exact = evaluated()
    monkeypatch.setattr(scoring, "MAX_EXACT_ROWS", 10)
    binned = evaluated()
    assert not any("bins" in note for note in exact.data["notes"])
    (note,) = (note for note in binned.data["notes"] if "bins" in note)
    bound = float(note.split()[-3])
    differences = np.subtract(exact.runs[0].values("roc_auc"), binned.runs[0].values("roc_auc"))
    assert np.abs(differences).max() <= bound + 1e-12
