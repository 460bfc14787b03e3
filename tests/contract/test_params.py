"""Params of a sampler: set, shown, copied, saved, and refused where they are out of range."""

from __future__ import annotations

import inspect
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import class_counts, two_classes, write_and_read
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import ADASYN, SMOTE, ParamError

GIVEN: dict[str, Any] = {
    "featuresCol": "vector",
    "inputCols": ["x0", "x1"],
    "labelCol": "class",
    "splitCol": "split",
    "trainValue": "yes",
    "groupCols": ["tenant", "month"],
    "k": 3,
    "samplingStrategy": "minority",
    "distanceScaling": "minmax",
    "metric": "minkowski",
    "p": 1.5,
    "interpolation": "simplex",
    "truncation": -0.5,
    "deformation": 0.25,
    "copyCols": ["note"],
    "syntheticCol": "made",
    "lineageCol": "from",
    "idCol": "id",
    "outputMode": "synthetic",
    "maxPerRow": 2.5,
    "maxRows": 10**12,
    "handleSmallClass": "lowerK",
    "neighborRecall": 0.75,
    "replication": 2.5,
    "bucketSize": 64,
    "seed": -(2**63),
}
"""A value other than the default for every Param."""

DEFAULTS: dict[str, Any] = {
    "featuresCol": "features",
    "labelCol": "label",
    "trainValue": "train",
    "k": 5,
    "samplingStrategy": "auto",
    "distanceScaling": "standard",
    "metric": "euclidean",
    "p": 2.0,
    "neighborRecall": 0.97,
    "interpolation": "segment",
    "truncation": 1.0,
    "deformation": 0.0,
    "copyCols": [],
    "outputMode": "all",
    "maxRows": 10**11,
    "handleSmallClass": "error",
    "seed": 2002,
}

CONVERTED = [
    ("k", 3.0, 3),
    ("k", np.int8(3), 3),
    ("k", np.float64(3), 3),
    ("bucketSize", 16, 16),
    ("seed", 2**63 - 1, 2**63 - 1),
    ("neighborRecall", 1, 1.0),
    ("replication", 1, 1.0),
    ("replication", np.float32(2), 2.0),
    ("inputCols", ("a", "b"), ["a", "b"]),
    ("inputCols", np.array(["a", "b"]), ["a", "b"]),
    ("copyCols", [], []),
    ("labelCol", np.str_("y"), "y"),
    ("groupCols", ("a", "b"), ["a", "b"]),
    ("trainValue", True, "true"),
    ("trainValue", np.True_, "true"),
    ("trainValue", np.int64(1), "1"),
    ("trainValue", "", ""),
    ("samplingStrategy", 1, 1.0),
    ("samplingStrategy", np.float64(0.5), 0.5),
    ("samplingStrategy", {1: 30}, {"1": 30}),
    ("samplingStrategy", {np.int64(1): np.int64(30)}, {"1": 30}),
    ("samplingStrategy", {2.0: 30}, {"2.0": 30}),
    ("samplingStrategy", {True: 30, False: 0}, {"true": 30, "false": 0}),
    ("samplingStrategy", {np.True_: 30}, {"true": 30}),
    ("samplingStrategy", {1: "2.5x", 2: "50%"}, {"1": "2.5x", "2": "50%"}),
    ("samplingStrategy", {"yes": 30, "No": 40}, {"yes": 30, "No": 40}),
]

REFUSED = [
    *(("k", value) for value in (0, -1, True, 2.5, math.nan, math.inf, "5", [5])),
    *(("bucketSize", value) for value in (0, 15, True, 16.5, math.nan, "64")),
    *(("seed", value) for value in (2**63, -(2**63) - 1, 1e300, False, 0.5, math.inf, "1")),
    *(("neighborRecall", value) for value in (0.49, 1.01, 97, math.nan, True, "0.9")),
    *(("replication", value) for value in (0.99, 0, -2.0, math.inf, math.nan, True, "2")),
    *(("samplingStrategy", value) for value in (0, 0.0, -0.5, 1.5, math.nan, math.inf, True)),
    *(("samplingStrategy", value) for value in ("", "majority", "Auto", [0.5], {})),
    *(("samplingStrategy", {1: rows}) for rows in (-1, 2.5, 30.0, True, "30", None, math.nan)),
    *(("samplingStrategy", {1: rows}) for rows in ("x", "-1x", "2 x", "1e2x", "%", "٣x", "2.x")),
    *(("truncation", value) for value in (-1.1, 2, math.nan, True, "1")),
    *(("p", value) for value in (0.9, 65, math.inf, math.nan, True, "2")),
    *(("deformation", value) for value in (-0.1, 1.1, math.nan, False, "0")),
    *(("maxRows", value) for value in (0, -1, 2.5, 2**63, math.inf, math.nan, True, "2")),
    *(("maxPerRow", value) for value in (-0.1, math.inf, math.nan, True, "2")),
    ("samplingStrategy", {1: 30, "1": 40}),
    ("samplingStrategy", {True: 30, "true": 40}),
    *(("inputCols", value) for value in ([], "x0", ["x0", "x0"], ["x0", 1], ("x0", 1), [""], 5)),
    *(("copyCols", value) for value in ("x0", ["x0", "x0"], [None], 5)),
    *(("groupCols", value) for value in ("x0", ["x0", "x0"], [None], [], 5)),
    *(("trainValue", value) for value in (1.5, ["train"], {"train": 1})),
    *(
        (name, value)
        for name in ("featuresCol", "labelCol", "splitCol", "syntheticCol", "lineageCol", "idCol")
        for value in ("", 5, True, ["x0"])
    ),
    *(
        (name, value)
        for name in ("distanceScaling", "metric", "outputMode", "handleSmallClass")
        for value in ("", "nothing", "ERROR", 0, False, ["none"])
    ),
]


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    return write_and_read(two_classes(spark, few=10, many=40, width=2), tmp_path_factory)


def capital(name: str) -> str:
    return name[0].upper() + name[1:]


def offender(value: Any) -> Any:
    """What is wrong in a refused value: all of it, or the last thing in it."""
    if isinstance(value, dict):
        value = [*value.values()] or value
    return value[-1] if isinstance(value, (list, tuple)) and value else value


def as_saved(smote: SMOTE) -> dict[str, tuple[Any, bool]]:
    """Values by name, and whether each was set or is a default."""
    return {
        param.name: (value, smote.isSet(param)) for param, value in smote.extractParamMap().items()
    }


class TestSetting:
    def test_the_tables_here_know_every_param(self):
        names = {param.name for param in SMOTE().params}
        assert set(GIVEN) == names
        assert set(DEFAULTS) == {name for name in names if SMOTE().hasDefault(name)}

    def test_every_param_is_a_keyword_with_its_default_and_nothing_else_is(self):
        keywords = inspect.signature(SMOTE).parameters
        assert set(keywords) == set(GIVEN)
        assert {each.kind for each in keywords.values()} == {inspect.Parameter.KEYWORD_ONLY}
        assert {name: each.default for name, each in keywords.items()} == {
            name: DEFAULTS.get(name) for name in GIVEN
        }

    @pytest.mark.parametrize("method", [SMOTE.__init__, SMOTE.setParams])
    def test_unknown_names_and_positions_are_refused(self, method):
        with pytest.raises(TypeError, match="positional"):
            method(SMOTE(), "features")
        with pytest.raises(ParamError, match="SMOTE has no parameter 'nearby'; allowed: "):
            method(SMOTE(), nearby=5)

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("sampling_strategy", "samplingStrategy"),
            ("k_neighbors", "k"),
            ("n_neighbors", "k"),
            ("random_state", "seed"),
            ("featurescol", "featuresCol"),
            ("labelcol", "labelCol"),
            ("smallclass", "handleSmallClass"),
        ],
    )
    def test_the_name_that_is_right_here_is_named(self, name, meant):
        for sampler in (SMOTE, ADASYN):
            with pytest.raises(
                ParamError, match=rf"{sampler.__name__} has no parameter '{name}'; .*'{meant}'\?"
            ):
                sampler(**{name: 1})

    def test_what_imbalanced_learn_has_and_spark_does_not_is_answered(self):
        with pytest.raises(ParamError, match="'n_jobs': leave it out"):
            SMOTE(n_jobs=2)
        with pytest.raises(AttributeError, match=r"no attribute 'fit_resample': call transform"):
            SMOTE().fit_resample([[1.0]], [1])
        with pytest.raises(AttributeError, match=r"no attribute 'nothing'$"):
            SMOTE().nothing  # noqa: B018

    def test_defaults(self):
        smote = SMOTE()
        assert {name: smote.getOrDefault(name) for name in DEFAULTS} == DEFAULTS
        assert not [param for param in smote.params if smote.isSet(param)]

    @pytest.mark.parametrize("name", GIVEN)
    def test_constructor_setter_and_set_params_agree(self, name):
        value, get, set_ = GIVEN[name], "get" + capital(name), "set" + capital(name)
        assert getattr(SMOTE(**{name: value}), get)() == value
        assert getattr(SMOTE().setParams(**{name: value}), get)() == value
        smote = SMOTE()
        assert getattr(smote, set_)(value) is smote
        assert getattr(smote, get)() == value != DEFAULTS.get(name)
        assert [param.name for param in smote.params if smote.isSet(param)] == [name]

    @pytest.mark.parametrize(("name", "value", "converted"), CONVERTED)
    def test_values_become_plain_python(self, name, value, converted):
        got = SMOTE(**{name: value}).getOrDefault(name)
        assert got == converted
        assert type(got) is type(converted)
        assert json.loads(json.dumps(got)) == converted

    @pytest.mark.parametrize("name", GIVEN)
    def test_none_leaves_a_param_as_it_is(self, name):
        assert not SMOTE(**{name: None}).isSet(name)
        smote = SMOTE(**{name: GIVEN[name]}).setParams(**{name: None})
        assert getattr(smote, "set" + capital(name))(None).getOrDefault(name) == GIVEN[name]


class TestRefusing:
    @pytest.mark.parametrize(("name", "value"), REFUSED)
    def test_a_value_out_of_range_is_named_and_shown(self, name, value):
        with pytest.raises(TypeError) as error:
            SMOTE(**{name: value})
        assert f'for param "{name}"' in str(error.value)
        assert str(offender(value)) in str(error.value)

    def test_setters_and_copies_refuse_alike(self):
        smote = SMOTE()
        for refused in (
            lambda: smote.setK(0),
            lambda: smote.setParams(k=0),
            lambda: smote.copy({smote.k: 0}),
        ):
            with pytest.raises(TypeError, match=r'param "k".*at least 1, got 0'):
                refused()
        assert not smote.isSet("k")


class TestShowing:
    def test_explain_params_shows_every_param_default_and_value(self):
        smote = SMOTE(**GIVEN)
        lines = {line.split(":")[0]: line for line in smote.explainParams().splitlines()}
        assert set(lines) == set(GIVEN)
        for name, value in GIVEN.items():
            default = f"default: {DEFAULTS[name]}, " if name in DEFAULTS else ""
            assert lines[name].endswith(f"({default}current: {value})")

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("k", [">= 1"]),
            ("bucketSize", [">= 16"]),
            ("replication", [">= 1.0"]),
            ("maxPerRow", [">= 0.0"]),
            ("seed", ["64-bit"]),
            ("distanceScaling", ["'standard'", "'minmax'", "'none'"]),
            ("metric", ["'euclidean'", "'cosine'", "'manhattan'", "'minkowski'"]),
            ("p", ["1.0", "64.0"]),
            ("outputMode", ["'all'", "'synthetic'"]),
            ("handleSmallClass", ["'error'", "'lowerK'", "'duplicate'", "'skip'"]),
            ("samplingStrategy", ["'auto'", "'minority'", "'not minority'", "'not majority'"]),
            ("samplingStrategy", ["'all'", "(0, 1]", "{label: final rows}"]),
        ],
    )
    def test_explain_param_tells_the_range(self, name, values):
        text = SMOTE().explainParam(name)
        assert [value for value in values if value not in text] == []

    def test_the_docstring_describes_every_param(self):
        described = SMOTE.__doc__.partition("Parameters")[2].partition("Raises")[0]
        assert [name for name in GIVEN if name not in described] == []


class TestSeed:
    def test_the_default_is_the_same_in_every_process(self):
        command = [sys.executable, "-c", "from spark_smote import SMOTE; print(SMOTE().getSeed())"]
        seeds = set()
        for hash_seed in ("1", "2"):
            env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)}
            seeds.add(subprocess.check_output(command, env=env, text=True).strip())
        assert seeds == {str(SMOTE().getSeed())}


class TestCopying:
    def test_copy_takes_extra_and_leaves_the_original(self):
        smote = SMOTE(k=3, seed=1)
        copied = smote.copy({smote.k: 7, smote.samplingStrategy: {1: 30}})
        assert (type(copied), copied.uid) == (SMOTE, smote.uid)
        assert (copied.getK(), copied.getSeed()) == (7, 1)
        assert copied.getSamplingStrategy() == {"1": 30}
        assert (smote.getK(), smote.getSamplingStrategy()) == (3, "auto")

    def test_transform_takes_params_for_this_once(self, table):
        smote = SMOTE(inputCols=["x0", "x1"])
        out = smote.transform(table, {smote.samplingStrategy: {1: 35}, smote.k: 2})
        assert class_counts(out) == {0: 40, 1: 35}
        assert class_counts(smote.transform(table)) == {0: 40, 1: 40}


class TestSaving:
    def saved(self, smote: SMOTE, folder: Path) -> SMOTE:
        smote.save(str(folder / "smote"))
        loaded = SMOTE.load(str(folder / "smote"))
        assert (type(loaded), loaded.uid) == (SMOTE, smote.uid)
        assert as_saved(loaded) == as_saved(smote)
        return loaded

    @pytest.mark.parametrize("given", [{}, GIVEN], ids=["defaults", "all"])
    def test_every_param_comes_back(self, spark, tmp_path, given):
        self.saved(SMOTE(**given), tmp_path)

    @pytest.mark.parametrize(
        ("kind", "strategy"),
        [
            ("int", {1: 30, 0: 40}),
            ("boolean", {True: 30}),
            ("string", {"1": 30}),
            ("double", {1.0: 30}),
            ("int", {1: "75%", 0: "1x"}),
            ("int", 0.75),
            ("int", "minority"),
        ],
    )
    def test_a_strategy_means_the_same_after_loading(self, table, tmp_path, kind, strategy):
        smote = SMOTE(inputCols=["x0", "x1"], k=2, samplingStrategy=strategy)
        loaded = self.saved(smote, tmp_path)
        labeled = table.withColumn("label", F.col("label").cast(kind))
        rows = 40 if strategy == "minority" else 30
        assert smote.plan(labeled).after == loaded.plan(labeled).after
        assert sorted(class_counts(loaded.transform(labeled)).values()) == [rows, 40]
