from __future__ import annotations

import inspect
import json
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, fields, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from spark_smote import evaluate
from spark_smote.cli import app as cli
from spark_smote.cli import evaluate as command
from spark_smote.cli import resample
from spark_smote.cli.config import Config as Job
from spark_smote.cli.evaluation import config
from spark_smote.cli.evaluation.keys import KEYS
from spark_smote.cli.evaluation.requirement import Requirement
from spark_smote.exceptions import ParamError, ResamplingError
from spark_smote.html_report import page
from spark_smote.io.reader import Source
from spark_smote.io.spec import Input
from spark_smote.model_selection.fitting import description
from spark_smote.model_selection.fitting.methods import Table, find_methods
from spark_smote.model_selection.options import Options
from spark_smote.model_selection.results.evaluation import Evaluation, FoldResult, Run, Verdict

EXAMPLE = Path(__file__).parents[2] / "conf" / "evaluate.toml"
NEEDED = {"input": {"path": "in"}}
COLUMNS = ["--inputCols", "x,y", "--labelCol", "fraud"]


def written(folder: Path, text: str) -> str:
    file = folder / "evaluate.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def loaded(**flags: str) -> config.Config:
    return config.load(None, {**NEEDED, "evaluate": flags})


class TestConfig:
    def test_the_example_is_valid_and_names_every_key(self, tmp_path):
        read = config.load(str(EXAMPLE), {})
        assert read.parameters["methods"][0] == "quick"
        text = EXAMPLE.read_text(encoding="utf-8")
        keys = [field.name for kind in (Input, config.Report) for field in fields(kind)]
        for name in [*keys, *KEYS]:
            assert f"{name} = " in text, name
        everything = text.replace("\n# ", "\n")  # what is commented out is valid as well
        everything = "\n".join(
            line
            for line in everything.splitlines()
            if not line.startswith(("What", "As it", "here,", "table =", "timestamp ="))
        )
        (_, _, second) = config.load(written(tmp_path, everything), {}).parameters["methods"]
        assert [type(stage).__name__ for stage in second[1]] == [
            "SMOTE",
            "RandomUnderSampler",
            "ClassWeights",
        ]

    def test_the_keys_are_those_of_the_function(self):
        in_python = {"dataset", "prepare", "saveModels"}
        assert {*KEYS} == {*inspect.signature(evaluate).parameters} - in_python

    def test_flags_are_read_as_their_keys_and_override_them(self, tmp_path):
        file = written(
            tmp_path, '[input]\npath = "in"\n[evaluate]\nfolds = 3\nrope = 0\n[report]\npath = "r"'
        )
        flags = {
            "folds": "4",
            "methods": "none, smote-0.5",
            "learners": "tree",
            "costs": "{fp = 1, fn = 40}",
            "positive": "1",
            "labelCol": "5",
            "inputCols": '["a,b", "c"]',
        }
        read = config.load(file, {"evaluate": flags, "report": {"html": "h"}})
        assert read.parameters == {
            "folds": 4,
            "rope": 0,
            "methods": ["none", "smote-0.5"],
            "learners": ["tree"],
            "costs": {"fp": 1, "fn": 40},
            "positive": "1",
            "labelCol": "5",
            "inputCols": ["a,b", "c"],
        }
        assert read.report == config.Report("r", "h")
        assert read.options == Options(4, 1, "pr_auc", None, None, {"fp": 1, "fn": 40}, "f1",
                                       None, 2, 0, 2002)  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("[evalute]\nfolds = 3", ["section 'evalute'", "'evaluate'"]),
            ("[evaluate]\nfold = 3", ["[evaluate] key 'fold'", "'folds'"]),
            ("[evaluate]\nprepare = []", ["[evaluate] key 'prepare' is unknown"]),
            ("[evaluate]\nfolds = 1", ["folds is 1", "2 to 20"]),
            ("[evaluate]\nfolds = 2.5", ["folds is 2.5", "whole numbers from 2 to 20"]),
            ("[evaluate]\nfolds = '3'", ["[evaluate] folds must be a number, got '3'."]),
            ("[evaluate]\ntune = 'f3'", ["tune 'f3' is unknown", "balanced_accuracy"]),
            ("[evaluate]\ntune = 'cost'", ["tune 'cost' needs costs"]),
            ("[evaluate]\ncosts = {fp = 'a', fn = 1}", ["costs is {'fp': 'a', 'fn': 1}; allowed"]),
            ("[evaluate]\ncosts = 3", ["[evaluate] costs must be a table", "fn = 40"]),
            ("[evaluate]\nlearners = ['forrest']", ["Learner 'forrest'", "'forest'"]),
            ("[evaluate]\nmethods = []", ["[evaluate] methods must be a name or a list"]),
            ("[evaluate]\ninputCols = 'x'", ["[evaluate] inputCols must be a list of column"]),
            ("[report]\nhmtl = 'x'", ["[report] key 'hmtl'", "'html'"]),
            ("[report]\nhtml = '-'", ["[report] html is '-'"]),
            ("[report]\nhtml = 's3://b/r.html'", ["[report] html", "local file"]),
            ("[evaluate]\nmethod = 'SMOTE'", ["[evaluate] method must be a list of tables"]),
            ("[[evaluate.method]]\nmethod = 'SMOTE'", ["[[evaluate.method]] has no name"]),
            ("[[evaluate.method]]\nname = 'a'", ["'a' has no method", "ClassWeights"]),
            (
                "[[evaluate.method]]\nname = 'a'\nmethod = 'SMOTE'\nkk = 3",
                ["[[evaluate.method]] 'a' key of SMOTE 'kk' is unknown", "'k'"],
            ),
            (
                "[[evaluate.method]]\nname = 'a'\nmethod = 'SMOT'",
                ["[[evaluate.method]] 'a' method 'SMOT'", "'SMOTE'"],
            ),
            ("[[evaluate.method]]\nname = 'a'\nmethod = 'SMOTE'\nk = 0", ['"k"', "at least 1"]),
            (
                "[[evaluate.method]]\nname = 'a'\nmethod = 'SMOTE'\nstages = []",
                ["'a' with stages: key 'method' is unknown"],
            ),
            ("[[evaluate.method]]\nname = 'a'\nstages = []", ["'a' has no method"]),
            ("[[evaluate.method]]\nname = 'a'\nstages = 3", ["stages must be a list of tables"]),
            ("[[evaluate.method]]\nname = 'a'\nstages = [{k = 3}]", ["'a' has no method"]),
        ],
    )
    def test_unknown_and_wrong_values_are_refused(self, tmp_path, text, parts):
        with pytest.raises((ResamplingError, ParamError)) as error:
            config.load(written(tmp_path, text), NEEDED)
        for part in parts:
            assert part in str(error.value)

    def test_stages_take_the_columns_over_that_they_do_not_set(self, tmp_path):
        file = written(
            tmp_path,
            "[evaluate]\nlabelCol = 'y'\ninputCols = ['a', 'b']\nmethods = ['weights']\nseed = 4\n"
            "[[evaluate.method]]\nname = 'mine'\nstages = [{method = 'SMOTE', seed = 9}, "
            "{method = 'RandomUnderSampler', featuresCol = 'v'}, {method = 'ClassWeights'}]",
        )
        weights, (name, stages) = config.load(file, NEEDED).parameters["methods"]
        assert (weights, name) == ("weights", "mine")
        smote, under, weigh = stages
        assert [stage.getLabelCol() for stage in stages] == ["y", "y", "y"]
        assert (smote.getInputCols(), smote.getSeed()) == (["a", "b"], 9)
        assert (under.isSet("inputCols"), under.getSeed()) == (False, 4)
        assert not weigh.hasParam("seed")

    def test_methods_of_ones_own_join_those_by_default(self, tmp_path):
        file = written(tmp_path, "[[evaluate.method]]\nname = 'mine'\nmethod = 'TomekLinks'")
        wanted = config.load(file, NEEDED).parameters["methods"]
        found = [method.name for method in find_methods(wanted, a_table())]
        assert found == [*[method.name for method in find_methods(None, a_table())], "mine"]
        file = written(tmp_path, "[[evaluate.method]]\nname = 'none'\nmethod = 'TomekLinks'")
        with pytest.raises(ResamplingError, match="'none' is what the others are compared with"):
            find_methods(config.load(file, NEEDED).parameters["methods"], a_table())


def a_table(**columns: Any) -> Table:
    named = {"labelCol": "fraud", "inputCols": ["x", "a,b"], **columns}
    return Table(named, {"no": 900, "yes": 100}, "weight", seed=-3)


def an_evaluation(method: str = "over", words: str = "", **figures: float) -> Evaluation:
    """A run of two folds at 0.1 above and below the figures."""
    folds = [
        FoldResult(0, i, 9, 1.0, {k: v + d for k, v in figures.items()}, at_half={})
        for i, d in enumerate((-0.1, 0.1))
    ]
    runs = [Run("none", "tree", ""), Run(method, "tree", "", folds=folds)]
    verdict = Verdict("resample", [], "tree", method, command=words)
    return Evaluation("", 1.0, {}, {}, {"rows": 9}, runs, [], verdict)


class TestRequirement:
    @pytest.mark.parametrize(
        ("text", "broken"),
        [
            ("pr_auc>=0.5", None),
            ("pr_auc >= .61", "pr_auc of over with tree is 0.6, and required is at least 0.61"),
            ("pr_auc<=0.6", None),
            ("pr_auc<=5e-1", "pr_auc of over with tree is 0.6, and required is at most 0.5"),
            ("ece<=1", "ece of over with tree is not measured, and required is at most 1"),
        ],
    )
    def test_it_is_of_the_mean_of_the_recommended_method(self, text, broken):
        required = Requirement.parse(text, loaded().options)
        assert required.broken_by(an_evaluation(pr_auc=0.6)) == broken

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("pr_auc=0.6", "'pr_auc=0.6' is no condition: write a figure, >= or <=, and a number"),
            ("pr_auc>=nan", "is no condition"),
            ("pr_acu>=0.6", "'pr_acu' is unknown.*'pr_auc'"),
            ("cost<=3", "'cost' needs costs"),
        ],
    )
    def test_what_is_no_condition_is_refused(self, text, message):
        with pytest.raises(ResamplingError, match=message):
            Requirement.parse(text, loaded().options)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Job]]:
    """The jobs that `resample` would run."""
    run: list[Job] = []
    monkeypatch.setattr(resample, "run", lambda job, **kwargs: run.append(job))
    return run


@pytest.mark.parametrize(
    "source",
    [
        Input("t.parquet"),
        Input("my folder/t", where="day < '2026' AND x > 1", version="7"),
        Input("a.b", format="delta"),
        Input(table="main.sales.orders"),
        Input(table="orders"),
    ],
)
def test_the_command_of_the_verdict_runs_on_the_same_input(jobs, source):
    words = "spark-smote resample --input TABLE --output TABLE --method SMOTE"
    named = command._named(an_evaluation(words=words), Source(source, None, version="7"))  # type: ignore[arg-type]
    resample.main(shlex.split(named.verdict.command)[2:])
    expected = source if source.path != "a.b" else replace(source, path="./a.b")
    if source.table == "orders":
        expected = Input(table="`orders`")
    assert jobs[0].input == expected
    assert jobs[0].output.path == "TABLE"
    assert named.data["input_version"] == "7"


def test_the_command_of_every_method_sets_what_the_method_has(jobs):
    categories = a_table(categoricalCols=["a,b"])
    wanted = [
        (a_table(), [*a_table().samplers, "smote-0.5+weights"]),
        (categories, [*categories.samplers]),
        (a_table(inputCols=None), ["smote"]),
    ]
    for table, names in wanted:
        for method in find_methods(names, table)[2:]:
            words = shlex.split(description.command(method.stages))
            resample.main(words[2:])
            (sampler, *weights), job = method.stages, jobs.pop()
            assert type(job.sampler) is type(sampler)
            assert description.set_params(job.sampler) == description.set_params(sampler)
            assert bool(job.weights) == bool(weights)


def code_of(*argv: str) -> int:
    try:
        cli.main(["evaluate", *argv])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture(scope="module")
def stored(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    random = np.random.default_rng(3)
    fraud = np.arange(160) < 40
    points = random.standard_normal((160, 2)) + np.where(fraud, 1.5, 0)[:, None]
    frame = pd.DataFrame(points, columns=["x", "y"]).assign(fraud=np.where(fraud, "yes", "no"))
    path = str(tmp_path_factory.mktemp("evaluated") / "in.parquet")
    spark.createDataFrame(frame).coalesce(1).write.parquet(path)
    return path


OWN = """
[evaluate]
folds = 5
methods = ["none"]

[[evaluate.method]]
name = "mine"
stages = [
    { method = "SMOTE", samplingStrategy = 0.5, interpolation = "center" },
    { method = "ClassWeights" },
]
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str
    result: Evaluation


@pytest.fixture(scope="module")
def done(stored: str, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A run that falls short of the second of two requirements."""
    folder = tmp_path_factory.mktemp("done")
    report = folder / "deep" / "r.json"
    flags = ["--config", written(folder, OWN), "--input", stored, "--where", "x < 9", *COLUMNS]
    flags += ["--folds", "2", "--learners", "tree", "--report", str(report)]
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = code_of(*flags, "--require", "pr_auc>=0.1", "--require", "recall>=1.01")
    result = Evaluation.from_dict(json.loads(report.read_text()))
    return Done(code, out.getvalue(), err.getvalue(), result)


@pytest.mark.portable
def test_it_prints_writes_and_exits_by_what_is_required(done, stored):
    assert done.code == 3
    assert str(done.result) in done.out
    assert [run.method for run in done.result.runs] == ["none", "threshold", "mine"]
    assert {len(run.folds) for run in done.result.runs} == {2}
    assert done.result.data["classes"] == {"no": 120, "yes": 40}
    assert done.result.data["input"] == stored
    assert "fit 4 of 4: " in done.err
    *_, last = done.err.strip().splitlines()
    assert last.startswith("spark-smote: error: recall of ")
    assert last.endswith(", and required is at least 1.01")


def test_it_writes_a_page_and_the_json_as_the_last_line(
    done, stored, tmp_path, monkeypatch, capsys
):
    page = tmp_path / "r.html"
    monkeypatch.setattr(command, "evaluate", lambda dataset, **parameters: done.result)
    flags = ["--report", "-", "--report-html", str(page), "--require", "pr_auc>=0.1"]
    assert code_of("--input", stored, "--where", "x < 9", *COLUMNS, *flags) == 0
    *_, last = capsys.readouterr().out.strip().splitlines()
    assert Evaluation.from_dict(json.loads(last)) == done.result
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert page.read_text().count("<svg") > 1


def test_a_dry_run_times_one_fit_and_writes_nothing(stored, tmp_path, capsys):
    report = tmp_path / "r.json"
    flags = ["--input", stored, *COLUMNS, "--folds", "4", "--learners", "tree,logistic"]
    assert code_of(*flags, "--methods", "quick", "--report", str(report), "--dry-run") == 0
    shown = capsys.readouterr()
    assert not report.exists()
    assert "fit 1 of 1: none, tree" in shown.err
    # None, weights, over and SMOTE: the threshold needs no models of its own.
    assert "32 fits, each on 120 rows before resampling, which then scores 40 others" in shown.out
    assert "SMOTE(samplingStrategy=0.5)" in shown.out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--fold", "3"], "Argument '--fold' is unknown"),
        (["--require", "pr_auc"], "--require 'pr_auc' is no condition"),
        (["--report", "IN"], "is, holds or lies in the input: choose another --report, or -"),
        (["--report-html", "IN"], "is, holds or lies in the input: choose another --report-html."),
        (["--report", "OLD", "--report-html", "OLD"], "is, holds or lies in the other report"),
        (["--config", "OLD", "--report-html", "OLD"], "is, holds or lies in the config"),
        (["--methods", "smot-0.5"], "Method 'smot-0.5' is unknown"),
    ],
)
def test_wrong_arguments_exit_with_2_before_the_work(stored, tmp_path, capsys, flags, message):
    old = tmp_path / "old.toml"
    old.write_text("")
    words = {"IN": f"{stored}/report", "OLD": str(old)}
    given = [words.get(flag, flag) for flag in flags]
    assert code_of("--input", stored, *COLUMNS, *given) == 2
    shown = capsys.readouterr().err
    assert message in shown
    assert "fit 1 of" not in shown
    assert old.read_text() == ""


def test_a_page_is_refused_before_the_work_where_its_extra_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(page, "find_spec", lambda name: None)
    assert code_of("--input", "nowhere", "--report-html", "r.html") == 1
    assert "pip install 'spark-smote[report]'" in capsys.readouterr().err
