"""An evaluation as text, JSON and a table of pandas, from made-up runs."""

from __future__ import annotations

import json

import pytest
from model_selection.runs import a_run

from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.results.evaluation import Comparison, Evaluation, Run, Verdict
from spark_smote.model_selection.results.text import spread

METHODS = ("none", "threshold", "smote")


def an_evaluation(figure="pr_auc", values=([0.5, 0.6], [0.5, 0.6], [0.7, 0.9]), positive="<b>"):
    runs = [a_run(*each, figure=figure) for each in zip(METHODS, values, strict=True)]
    runs.append(Run("weights", "neural", "ClassWeights()", skipped="it takes no weights"))
    return Evaluation(
        created="2026-11-27T12:00:00+00:00", seconds=3.0, versions={"pyspark": "4.3.0"},
        parameters={"rankBy": figure, "costs": {"fp": 1, "fn": 40}, "labelCol": "ünï `code`"},
        data={"rows": 110, "positive": positive, "classes": {"True": 100, "<b>": 10},
              "columns": ["x"], "fold_rows": [{"True": 50, "<b>": 5}] * 2, "notes": ["A note."]},
        runs=runs,
        comparison=[Comparison("logistic", "smote", "threshold", 0.1, 0.0, 0.2, 0.1, 0.1, 0.8)],
        verdict=Verdict("undecided", ["Not decided."], "logistic", "threshold", 0.3),
        projection={"explained": [0.5, 0.2], "points": [[0.1, 0.2, "other"]]},
    )  # fmt: skip


def test_json_holds_all_of_it():
    made = an_evaluation()
    assert Evaluation.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_models_are_no_part_of_json():
    made = an_evaluation()
    made.models["smote", "forest", 0, 0] = object()
    assert "models" not in json.loads(json.dumps(made.to_dict()))


def test_json_of_another_version_is_refused():
    for content in ({}, an_evaluation().to_dict() | {"schema": 2}):
        with pytest.raises(ResamplingError, match="cannot be read; allowed is 1"):
            Evaluation.from_dict(content)


def test_text_has_a_row_for_each_run():
    lines = str(an_evaluation()).splitlines()
    assert lines[0] == "110 rows (True: 100, <b>: 10); positive is <b>"
    assert lines[2].split()[:3] == ["learner", "method", "pr_auc"]
    rows = [line.split() for line in lines[4:8]]
    assert [row[:2] for row in rows] == [
        *[["logistic", method] for method in METHODS], ["neural", "weights"],
    ]  # fmt: skip
    assert rows[2][2:6] == ["*", ".800", "±", ".141"]
    assert "weights with neural was not run: it takes no weights" in lines
    assert lines[-2:] == ["A note.", "Not decided."]


@pytest.mark.parametrize("figure", ["cost", "brier"])
def test_the_least_loss_is_marked_as_best(figure):
    """12.5 is no 2.5, and .05 is better than .5."""
    made = an_evaluation(figure, ([12.5, 12.5], [10.25, 10.25], [11.0, 11.0]))
    marked = [line.split() for line in str(made).splitlines() if " * " in line]
    assert [row[1:6] for row in marked] == [["threshold", "*", "10.250", "±", ".000"]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.5], ".500"), ([10.5], "10.500"), ([-0.25], "-.250"), ([100.01], "100.010"),
     ([1.0, 1.0], "1.000 ± .000"), ([], "-")],
)  # fmt: skip
def test_spread(values, expected):
    assert spread(values) == expected


def test_pandas_has_a_row_for_each_fold():
    table = an_evaluation().to_pandas()
    assert table.groupby(["learner", "method"]).size().to_dict() == {
        ("logistic", method): 2 for method in METHODS
    }
    assert {"pr_auc", "recall_at_half", "recall_tuned", "threshold"} <= set(table.columns)
    assert table[table.method == "smote"].pr_auc.tolist() == [0.7, 0.9]
