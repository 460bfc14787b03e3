"""Parameters of `evaluate`, checked before any work."""

from __future__ import annotations

import math

import pytest

from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.options import Options

DEFAULTS = {
    "folds": 5, "repeats": 1, "rankBy": "pr_auc", "minPrecision": None, "minRecall": None,
    "costs": None, "tune": "f1", "maxRows": None, "parallelism": 2, "rope": 0.01, "seed": 2002,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("folds", (1, 21, 2.5, "5", True, None)),
        ("repeats", (0, 11, 1.0, None)),
        ("parallelism", (0, 65, 2.0)),
        ("maxRows", (999, "all", 1e6)),
        ("seed", (1.5, "a", 2**63, None)),
        ("rope", (-0.01, 0.21, math.nan, "0.1", None)),
        ("minPrecision", (0, 1, -0.5, math.nan, "0.5")),
        ("minRecall", (0.0, 1.0, True)),
        ("tune", ("recall", None, 1)),
    ],
)
def test_values_out_of_range_are_named(name, values):
    for value in values:
        with pytest.raises(ResamplingError, match=rf"^{name} .*allowed"):
            Options(**DEFAULTS | {name: value})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("folds", (2, 20)), ("repeats", (1, 10)), ("parallelism", (1, 64)), ("maxRows", (1000,)),
        ("seed", (-(2**63), 0)), ("rope", (0, 0.2)), ("minPrecision", (0.001, 0.999)),
        ("costs", ({"fp": 0, "fn": 0.5},)),
    ],
)  # fmt: skip
def test_the_ends_of_a_range_are_allowed(name, values):
    for value in values:
        assert getattr(Options(**DEFAULTS | {name: value}), name) == value


@pytest.mark.parametrize(
    "costs",
    [{}, {"fp": 1}, {"fp": 1, "fn": -1}, {"fp": 1, "fn": 2, "tp": 0}, {"fp": 1, "fn": "2"},
     {"fp": 0, "fn": 0}, {"fp": math.nan, "fn": 1}, {"fp": math.inf, "fn": 1}, 40, "fp"],
)  # fmt: skip
def test_costs_that_are_none(costs):
    with pytest.raises(ResamplingError, match=r"^costs is .* allowed is what a false positive"):
        Options(**DEFAULTS | {"costs": costs})


@pytest.mark.parametrize(
    ("parameter", "figure", "needed"),
    [
        ("rankBy", "recall_at_precision", "minPrecision"),
        ("rankBy", "precision_at_recall", "minRecall"),
        ("rankBy", "cost", "costs"),
        ("tune", "cost", "costs"),
    ],
)
def test_a_figure_that_needs_another_parameter(parameter, figure, needed):
    with pytest.raises(ResamplingError, match=f"{parameter} '{figure}' needs {needed}"):
        Options(**DEFAULTS | {parameter: figure})


@pytest.mark.parametrize(
    ("figure", "classes", "hint"),
    [("pr_acu", 2, "'pr_auc'"), ("brier", 3, "3 classes"), ("accuracy", 2, "2 classes"),
     (None, 2, "unknown")],
)  # fmt: skip
def test_figures_to_compare_by_depend_on_the_classes(figure, classes, hint):
    options = Options(**DEFAULTS | {"rankBy": figure})
    with pytest.raises(ResamplingError, match=f"rankBy .*{hint}"):
        options.check_classes(range(classes))
