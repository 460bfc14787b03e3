"""Methods by name for tables of all kinds; their commands, which the parser reads back."""

from __future__ import annotations

import shlex

import pytest

from spark_smote import (
    SMOTE,
    SMOTEN,
    SMOTENC,
    ClassWeights,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingError,
)
from spark_smote.base import Sampler
from spark_smote.cli import resample
from spark_smote.cli.config import Config
from spark_smote.model_selection.fitting.description import command
from spark_smote.model_selection.fitting.methods import Method, Table, find_methods

COUNTS = {"no": 30_000, "yes": 300}
THREE = {0: 1000, 1: 300, 2: 50}


def table(inputs=("a", "b"), categories=None, features=None, counts=COUNTS, label="y"):
    columns = {
        "labelCol": label, "featuresCol": features, "categoricalCols": categories,
        "inputCols": None if features else list(inputs),
    }  # fmt: skip
    return Table(columns, counts, "weight", 7)


def names(wanted, of=None):
    return [method.name for method in find_methods(wanted, of or table())]


def stages(name, of=None):
    (method,) = [each for each in find_methods([name], of or table()) if each.name == name]
    return method.stages


def set_params(stage):
    return {p.name: stage.getOrDefault(p) for p in stage.params if stage.isSet(p)}


def test_by_default_all_that_suit_the_table():
    every = ["none", "threshold", "weights", "under", "over", "smote-0.1", "smote-0.5",
             "smote-1.0", "smote-0.1+weights", "borderline", "smote-enn"]  # fmt: skip
    assert names(None) == every
    fewer = table(counts={"no": 1000, "yes": 200})
    ratios = ("under", "smote-0.1", "smote-0.1+weights")
    assert names(None, fewer) == [name for name in every if name not in ratios]
    assert names(None, table(categories=["b"])) == [
        name for name in every if name not in ("borderline", "smote-enn")
    ]
    balanced = table(counts={"no": 30_000, "yes": 30_000})
    assert names(None, balanced) == ["none", "threshold", "weights", "under"]


def test_quick_and_all():
    assert names("quick") == ["none", "threshold", "weights", "over", "smote-0.5"]
    assert names("quick", table(counts={0: 10, 1: 6})) == ["none", "threshold", "weights", "over"]
    assert {"adasyn", "kmeans", "prowsyn", "smote-tomek", "tomek", "enn"} <= set(names("all"))
    assert names("all", table(categories=["b"])) == [
        "none", "threshold", "weights", "under", "over", "smote",
    ]  # fmt: skip


def test_the_baselines_are_always_there_and_first():
    assert names(["smote", "none"]) == ["none", "threshold", "smote"]
    assert names([]) == ["none", "threshold"]
    assert names("smote") == ["none", "threshold", "smote"]


def test_simpler_methods_come_first():
    found = find_methods(None, table())
    order = [method.name for method in sorted(found, key=lambda method: method.complexity)]
    assert order == ["none", "threshold", "weights", "under", "over", "smote-0.1", "smote-0.5",
                     "smote-1.0", "smote-0.1+weights", "borderline", "smote-enn"]  # fmt: skip


def test_samplers_get_the_columns_the_ratio_and_the_seed():
    smote, weights = stages("smote-0.1+weights")
    assert set_params(smote) == {
        "labelCol": "y", "inputCols": ["a", "b"], "samplingStrategy": 0.1, "seed": 7,
    }  # fmt: skip
    assert set_params(weights) == {"labelCol": "y", "weightCol": "weight"}
    (of_vectors,) = stages("smote-0.5", table(features="v"))
    assert (of_vectors.getFeaturesCol(), of_vectors.isSet("inputCols")) == ("v", False)


@pytest.mark.parametrize(
    ("categories", "sampler"), [(["b"], SMOTENC), (["b", "a"], SMOTEN), (None, SMOTE)]
)
def test_categories_take_another_smote(categories, sampler):
    (found,) = stages("smote-0.5", table(categories=categories))
    assert type(found) is sampler
    if categories:
        assert found.getCategoricalCols() == categories
    for name in ("under", "over"):
        assert stages(name, table(categories=categories))[0].getLabelCol() == "y"


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("smote-0.5", {0: 1000, 1: 500, 2: 500}),
        ("smote-0.1", {0: 1000, 1: 300, 2: 100}),
        ("over", {0: 1000, 1: 1000, 2: 1000}),
        ("under-0.1", {0: 500, 1: 300, 2: 50}),
        ("under-0.3", {0: 166, 1: 166, 2: 50}),
        ("under", {0: 50, 1: 50, 2: 50}),
    ],
)
def test_a_ratio_of_many_classes_is_of_each_to_the_largest(name, after):
    (sampler,) = stages(name, table(counts=THREE))
    found = THREE | {
        label: THREE[label] + more for label, more in rows_changed(sampler, THREE).items()
    }
    assert found == after


def rows_changed(sampler, counts):
    from spark_smote.core.strategy.over_sampling import rows_to_add

    if isinstance(sampler, RandomUnderSampler):
        return sampler.changes(counts)
    return rows_to_add(sampler.getSamplingStrategy(), counts)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (["smoet"], "'smoet' is unknown; .* Did you mean 'smote'"),
        (["tomek-0.5"], "'tomek-0.5' is unknown"),
        (["none-0.5"], "'none-0.5' is unknown"),
        (["weights+weights"], r"'weights\+weights' is unknown"),
        (["smote-0.01"], "asks for 0.01 .* allowed is above 0.01, which the table has, to 1"),
        (["smote-2"], "asks for 2 .* allowed is above 0.01"),
        (["smote", "smote"], "Two methods are called 'smote'"),
        ([SMOTE(), SMOTE(k=3)], "Two methods are called 'SMOTE'"),
        ({"none": SMOTE()}, "Method 'none' is what the others are compared with"),
        ({"threshold": SMOTE()}, "Method 'threshold' is what the others are compared with"),
        ({"mine": [SMOTE(), "under"]}, "Method 'mine' holds 'under', which is no sampler"),
        ([[ClassWeights(), SMOTE()]], "weighs rows before .* put ClassWeights last"),
        ([SMOTE(splitCol="part")], "sets splitCol='part', .* clear it"),
        (
            [[SMOTE(outputMode="synthetic"), ClassWeights()]],
            "sets outputMode='synthetic', .* clear",
        ),
        ([object], "which is no sampler"),
        ([[]], "which is no sampler"),
        ([3], "Method 3 holds 3, which is no sampler"),
        (3, "methods is 3; allowed are"),
    ],
)
def test_methods_that_are_none(wanted, sentence):
    with pytest.raises(ResamplingError, match=sentence):
        find_methods(wanted, table())


def test_categories_have_no_borderline():
    with pytest.raises(ResamplingError, match=r"'borderline' is unknown; allowed: none, .*smote"):
        find_methods(["borderline"], table(categories=["a"]))


def test_own_samplers_and_stages():
    smote, under = SMOTE(samplingStrategy=0.1), RandomUnderSampler()
    assert names(smote) == ["none", "threshold", "SMOTE"]
    for several in ([smote, under], (smote, under)):
        found = find_methods([several], table())[-1]
        assert (found.name, found.stages) == ("SMOTE+RandomUnderSampler", (smote, under))
    mapped = find_methods({"mine": smote, "both": [smote, under]}, table())
    assert [(m.name, m.stages) for m in mapped[2:]] == [
        ("mine", (smote,)), ("both", (smote, under)),
    ]  # fmt: skip
    assert str(mapped[-1]) == "SMOTE(samplingStrategy=0.1), RandomUnderSampler()"


def parsed(method: Method, monkeypatch) -> Config:
    """The configuration that the command reads from what `command` wrote."""
    found: list[Config] = []
    monkeypatch.setattr(resample, "run", lambda config, **_: found.append(config))
    program, subcommand, *words = shlex.split(command(method.stages))
    assert (program, subcommand) == ("spark-smote", "resample")
    resample.main(words)
    return found[0]


WEIRD = table(inputs=("a b", "c,d", 'e"f`', "ü.x", "1"), label="it's", categories=["c,d"])


@pytest.mark.parametrize("of", [table(), table(features="f v"), table(counts=THREE), WEIRD])
def test_commands_are_read_back(of, monkeypatch):
    for method in find_methods("all", of):
        if not any(isinstance(stage, Sampler) for stage in method.stages):
            assert command(method.stages) == ""
            continue
        config = parsed(method, monkeypatch)
        (sampler,) = method.stages
        assert type(config.sampler) is type(sampler)
        assert set_params(config.sampler) == set_params(sampler)
        assert config.weights is None


@pytest.mark.parametrize(
    ("own", "power"),
    [
        ([SMOTE(inputCols=["a"], samplingStrategy={"it's": "50%", 'a"b': 9}, syntheticCol="new"),
          ClassWeights(power=0.5)], 0.5),
        ([RandomOverSampler(samplingStrategy="minority", shrinkage=0.2), ClassWeights()], 1),
    ],
)  # fmt: skip
def test_own_samplers_are_read_back(own, power, monkeypatch):
    config = parsed(find_methods({"mine": own}, table())[-1], monkeypatch)
    assert set_params(config.sampler) == set_params(own[0])
    assert config.weights is not None
    assert config.weights.getPower() == power


@pytest.mark.parametrize(
    "own",
    [
        [ClassWeights()],
        [SMOTE(), RandomUnderSampler()],
        [SMOTE(), ClassWeights(beta=0.9)],
    ],
)
def test_what_no_command_does_has_none(own):
    assert command(own) == ""
