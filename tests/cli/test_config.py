from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

import spark_smote
from spark_smote import SMOTE, RandomUnderSampler, TomekLinks
from spark_smote.base import Sampler
from spark_smote.cli.arguments import Parser, add_params, path_or_table
from spark_smote.cli.config import METHODS, WEIGHTS, load, param_value
from spark_smote.cli.sections import Report
from spark_smote.exceptions import ParamError, ResamplingError
from spark_smote.io.spec import Input, Output

EXAMPLE = Path(__file__).parents[2] / "conf" / "resample.toml"
NEEDED = {"input": {"path": "in"}}


def written(folder: Path, text: str) -> str:
    file = folder / "job.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_the_example_is_valid_and_names_every_key_and_param():
    loaded = load(str(EXAMPLE), {})
    assert loaded.sampler.getOrDefault("syntheticCol") == "synthetic"
    text = EXAMPLE.read_text(encoding="utf-8")
    keys = [field.name for kind in (Input, Output, Report) for field in fields(kind)]
    keys += WEIGHTS
    for name in keys + [param.name for param in SMOTE().params]:
        assert f"{name} = " in text, name


def test_flags_override_the_file_and_leave_the_rest(tmp_path):
    file = written(
        tmp_path,
        '[input]\ntable = "a.b"\nformat = "orc"\n[output]\npath = "out"\nmode = "append"\n'
        '[smote]\nk = 3\ninputCols = ["a", "b"]\nsamplingStrategy = {"1" = 50}\n',
    )
    loaded = load(
        file, {"input": {"path": "in"}, "output": {"mode": "ignore"}, "smote": {"k": "4"}}
    )
    assert loaded.input == Input(path="in", format="orc")
    assert loaded.output == Output(path="out", mode="ignore")
    assert loaded.sampler.getK() == 4
    assert loaded.sampler.getInputCols() == ["a", "b"]
    assert loaded.sampler.getSamplingStrategy() == {"1": 50}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[inptu]\npath = 'x'", ["section 'inptu'", "'input'"]),
        ("[under_sampling]\nmethod = 'x'", ["[under_sampling] key 'method'"]),
        ("[weights]\nmultiply = true", ["[weights] key 'multiply'", "power"]),
        ("[weights]\npower = 3", ['"power"', "from 0.0 to 2.0", "3"]),
        ("[weights]\nweights = {1 = 0}", ['"weights"', "above 0", "got 0"]),
        ("[weights]\n[smote]\noutputMode = 'synthetic'", ["[weights]", "'synthetic'"]),
        (
            "[weights]\nweightCol = 'Made'\n[smote]\nsyntheticCol = 'made'",
            ["weightCol", "syntheticCol", "'Made'"],
        ),
        ("[input]\npaht = 'x'", ["[input]", "'paht'", "'path'"]),
        ("[output]\npartitionby = ['x']", ["[output]", "'partitionby'", "'partitionBy'"]),
        ("[smote]\nlabelcol = 'x'", ["[smote]", "'labelcol'", "'labelCol'"]),
        ("[report]\nrecall = 1", ["[report]", "'recall'", "'recallQueries'"]),
        ("[output]\nmode = 'overwite'", ["'overwite'", "'overwrite'", "errorifexists"]),
        ("[output]\npath = 'x'\ntable = 'y'", ["'x'", "'y'", "keep one"]),
        ("[output]\npartitions = 0", ["partitions", "at least 1", "0"]),
        (
            "[output.options]\npartitionOverwriteMode = 'dynamic'",
            ["partitionOverwriteMode", "replaceWhere"],
        ),
        ("[report]\nrecallQueries = -1", ["recallQueries", "-1"]),
        ("[report]\nrecallQueries = 7", ["recallQueries", "7", "0", "at least 30"]),
        ("[report]\npath = 's3://b/r.json'", ["s3://b/r.json", "local file"]),
        ("[input\npath = 'x'", ["not valid TOML"]),
        ("[output]\npartitions = 2147483648", ["partitions", "at most 2147483647", "2147483648"]),
        ("[smote]\ninputCols = " + "[" * 9999 + "]" * 9999, ["too deeply"]),
        ("[output]\noptions = " + "{a = " * 9999 + "1" + "}" * 9999, ["too deeply"]),
        (f"[report]\npath = 'r/{'é' * 128}'", ["[report] path", "256 bytes", "at most 255"]),
        (f"[output]\npath = 'file:/{'o' * 256}/x'", ["[output] path", "256 bytes"]),
        ("[smote]\ninputCols = ['x0', 'x0']", ["each column once", "['x0', 'x0']"]),
        ("[smote]\ninputCols = 'x0'", ["list of column names", "got 'x0'"]),
        ("[smote]\ninputCols = {0 = 3}", ["list of column names", "got {'0': 3}"]),
        ("[smote]\nmethod = 'TomekLinks'\nsamplingStrategy = {0 = 3}", ["list of classes"]),
        ("[smote]\nmethod = 'SMOTENC'\ncategoricalSlots = 3", ["list of slots", "got 3"]),
    ],
)
def test_unknown_and_wrong_values_are_refused(tmp_path, text, parts):
    with pytest.raises((ResamplingError, ParamError)) as error:
        load(written(tmp_path, text), {"input": {}} if "[input" in text else NEEDED)
    for part in parts:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("input = 3", "[input]"),
        ("[input]\npath = 3", "[input] path"),
        ("[input]\npath = ''", "[input] path"),
        ("[input]\noptions = ['a']", "[input] options"),
        ("[output]\npartitions = '8'", "[output] partitions"),
        ("[output]\npartitions = true", "[output] partitions"),
        ("[output]\npartitionBy = 'label'", "[output] partitionBy"),
        ("[smote]\nk = 'three'", '"k"'),
        ("[smote]\nsamplingStrategy = true", '"samplingStrategy"'),
        ("[report]\nrecallQueries = 1.5", "[report] recallQueries"),
    ],
)
def test_mistyped_values_are_refused_by_name(tmp_path, text, part):
    with pytest.raises(TypeError) as error:
        load(written(tmp_path, text), NEEDED if "input" not in text else {})
    assert part in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "[output]\npath = ['Hush']",
        "[output]\ntable = { key = 'Hush' }",
        "[output]\noptions = 'Hush'",
        "[output]\noptions = { header = { Authorization = 'Bearer Hush' } }",
        "[output]\noptions = { password = ['Hush'] }",
        "[output]\npartitions = 'Hush'",
        "[output]\npartitionBy = 'Hush'",
        "[output]\npartitionBy = [{ key = 'Hush' }]",
        "output = 'Hush'",
        "[[output]]\npath = 'Hush'",
    ],
)
def test_a_type_error_of_input_or_output_shows_no_value(tmp_path, text):
    with pytest.raises(TypeError, match=r"\[output\].* must be .*, got ") as error:
        load(written(tmp_path, text), NEEDED)
    assert "Hush" not in str(error.value)


def test_a_method_takes_its_own_params_only(tmp_path):
    under = load(written(tmp_path, "[smote]\nmethod = 'RandomUnderSampler'\nseed = 3"), NEEDED)
    assert isinstance(under.sampler, RandomUnderSampler)
    assert under.sampler.getSeed() == 3
    flags = {**NEEDED, "smote": {"method": "RandomOverSampler", "k": "3"}}
    with pytest.raises(ValueError, match="key of RandomOverSampler 'k' is unknown"):
        load(None, flags)
    with pytest.raises(ValueError, match=r"'smote' is unknown.*Did you mean 'SMOTE'"):
        load(written(tmp_path, "[smote]\nmethod = 'smote'"), NEEDED)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("x0,x0", "must name each column once, got ['x0', 'x0']"),
        ("", "must name at least one column, got []"),
        (",", "must name at least one column, got []"),
        ("{0 = 3}", "must be a list of column names, as ['age', 'amount'], got {'0': 3}"),
        ("{0: 3}", "must be a list of column names, as ['age', 'amount'], got '{0: 3}'"),
        ("[" * 9999, "must be a list of column names, as ['age', 'amount'], got '[[["),
        ("3", None),
    ],
)
def test_a_flag_for_a_list_says_what_is_allowed(text, part):
    flags = {**NEEDED, "smote": {"inputCols": text}}
    if part is None:  # a column may have any name
        assert load(None, flags).sampler.getInputCols() == [text]
    else:
        with pytest.raises(ParamError) as error:
            load(None, flags)
        assert part in str(error.value)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path):
    assert load(written(tmp_path, "\ufeff[smote]\nk = 3"), NEEDED).sampler.getK() == 3


def test_a_format_needs_no_path_but_something_to_read(tmp_path):
    file = written(tmp_path, "[input]\nformat = 'jdbc'\noptions = {dbtable = 't'}")
    assert load(file, {}).input == Input(format="jdbc", options={"dbtable": "t"})
    with pytest.raises(ResamplingError, match=r"'jdbc' alone: give --input, or in .* options"):
        load(None, {"input": {"format": "jdbc"}})


def test_options_reach_spark_as_text(tmp_path):
    file = written(tmp_path, "[input]\npath = 'x'\noptions = {header = false, maxColumns = 9}")
    assert load(file, {}).input.options == {"header": "false", "maxColumns": "9"}


def test_a_missing_file_and_a_missing_input_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.toml"):
        load(str(tmp_path / "nowhere.toml"), {})
    with pytest.raises(ValueError, match="--input"):
        load(None, {})


def test_paths_are_told_from_tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.data").mkdir()
    paths = ["data/in", "s3a://bucket/x.y", "file:/x", "out.parquet", "x.csv", "my.data", "word"]
    tables = ["schema.table", "catalog.schema.table", "`my table`"]
    assert [path_or_table(value) for value in paths] == [{"path": value} for value in paths]
    assert [path_or_table(value) for value in tables] == [{"table": value} for value in tables]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("k", "7", 7),
        ("seed", "-3", -3),
        ("samplingStrategy", "0.5", 0.5),
        ("samplingStrategy", "not minority", "not minority"),
        ("samplingStrategy", '{fraud = 10, "1" = 5}', {"fraud": 10, "1": 5}),
        ("samplingStrategy", '{fraud = "2.5x", "1" = "50%"}', {"fraud": "2.5x", "1": "50%"}),
        ("maxPerRow", "2", 2.0),
        ("inputCols", "a, b ,c", ["a", "b", "c"]),
        ("inputCols", '["a,b", "c"]', ["a,b", "c"]),
        ("inputCols", "amount", ["amount"]),
        ("labelCol", "5", "5"),
        ("labelCol", "true", "true"),
        ("replication", "2", 2.0),
    ],
)
def test_flags_read_their_text_as_the_param_takes_it(name, text, value):
    assert param_value(getattr(SMOTE, name), text) == value


def test_flags_are_read_as_the_param_of_the_method_that_was_chosen(tmp_path):
    file = written(tmp_path, "[smote]\nmethod = 'TomekLinks'")
    flags = {**NEEDED, "smote": {"samplingStrategy": "0, 1"}}
    assert load(file, flags).sampler.getSamplingStrategy() == ["0", "1"]
    flags["smote"] = {"samplingStrategy": "{1 = 9}", "method": "SMOTE"}
    flags["under_sampling"] = {"samplingStrategy": "0.5"}
    loaded = load(file, flags)
    assert loaded.sampler.getSamplingStrategy() == {"1": 9}
    assert loaded.under_sampling is not None
    assert loaded.under_sampling.getSamplingStrategy() == 0.5
    with pytest.raises(TypeError, match="samplingStrategy"):
        load(None, {**NEEDED, "smote": {"samplingStrategy": "0, 1"}})


def test_weights_are_of_the_classes_that_the_method_resamples(tmp_path):
    assert load(None, NEEDED).weights is None
    file = written(
        tmp_path, "[weights]\n[smote]\nlabelCol = 'y'\ngroupCols = ['tenant']\nsplitCol = 'part'"
    )
    weights = load(file, NEEDED).weights
    assert weights is not None
    assert (weights.getPower(), weights.getWeightCol()) == (1.0, "weight")
    assert (weights.getLabelCol(), weights.getGroupCols()) == ("y", ["tenant"])
    assert weights.getSplitCol() == "part"
    flagged = load(file, {**NEEDED, "weights": {"power": "0.5"}}).weights
    assert flagged is not None
    assert flagged.getPower() == 0.5


def test_all_texts_of_a_param_are_shown_with_their_methods():
    parser = Parser("x", "y")
    add_params(parser)
    shown = " ".join(parser.format_help().split())
    for method in METHODS.values():
        for param in method().params:
            assert " ".join(param.doc.split()) in shown, (method, param.name)
    cleaners = "EditedNearestNeighbours, NeighbourhoodCleaningRule, TomekLinks"
    assert f"{cleaners}: {' '.join(TomekLinks.samplingStrategy.doc.split())}" in shown
    assert f"RandomUnderSampler: {RandomUnderSampler.samplingStrategy.doc}" in shown


def test_the_methods_are_the_public_samplers():
    public = [getattr(spark_smote, name) for name in spark_smote.__all__]
    samplers = [each for each in public if isinstance(each, type) and issubclass(each, Sampler)]
    assert list(METHODS.values()) == samplers
    assert "SMOTE" in METHODS


def test_every_param_is_a_flag_that_reads_its_own_default():
    sampler, parser = SMOTE(), Parser("x", "y")
    names = add_params(parser)
    assert sorted(names) == sorted(
        {"method", *(param.name for method in METHODS.values() for param in method().params)}
    )
    for param in sampler.params:
        if sampler.hasDefault(param):
            default = sampler.getOrDefault(param)
            text = default if isinstance(default, str) else json.dumps(default)
            args = parser.parse([f"--{param.name}={text}"])
            assert param_value(param, getattr(args, param.name)) == default


def test_flags_take_no_abbreviation_and_suggest_the_near_one():
    parser = Parser("x", "y")
    add_params(parser)
    with pytest.raises(ValueError, match=r"'--labelcol'.*Did you mean '--labelCol'"):
        parser.parse(["--labelcol", "y"])
    with pytest.raises(ValueError, match="--label"):
        parser.parse(["--label", "y"])
