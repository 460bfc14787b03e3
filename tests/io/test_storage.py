from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest
from helpers import multiset, two_classes, write_output, wrong_counts
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.io import reader
from spark_smote.io.output import in_place, target
from spark_smote.io.output.partition_labels import warn_of_folders
from spark_smote.io.output.writer import OutputWriter
from spark_smote.io.paths import format_of, local_path
from spark_smote.io.reader import Source, read
from spark_smote.io.spec import Input, Output
from spark_smote.runtime.errors import brief


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make local paths look like those of a file system that only Spark sees."""
    monkeypatch.setattr(target, "local_path", lambda spark, path: None)
    monkeypatch.setattr(reader, "local_path", lambda spark, path: None)


@pytest.mark.parametrize("kind", ["parquet", "orc", "csv", "json"])
@pytest.mark.parametrize("named", [True, False])
def test_formats_round_trip(spark, tmp_path, kind, named):
    df = two_classes(spark, 4, 6).select("x0", "label", "note")
    path = str(tmp_path / ("data" if named else f"data.{kind}"))
    write_output(spark, df, Output(path=path, format=kind if named else None))
    back = read(spark, Input(path=path, format=kind if named else None)).frame.select(*df.columns)
    assert [field.dataType.typeName() for field in back.schema][:1] == ["double"]
    assert multiset(back.select(F.col("label").cast("int"), "note", "x0")) == multiset(
        df.select("label", "note", "x0")
    )


def test_options_reach_reader_and_writer(spark, tmp_path):
    df = two_classes(spark, 2, 2).select("x0", "label")
    path = str(tmp_path / "x.csv")
    write_output(spark, df, Output(path=path, options={"sep": ";"}, partitions=1))
    files = list(Path(path).glob("part-*"))
    assert len(files) == 1
    assert files[0].read_text().splitlines()[0] == "x0;label"
    assert read(spark, Input(path=path, options={"sep": ";"})).frame.columns == ["x0", "label"]
    assert read(spark, Input(path=path, options={"sep": ";", "header": "false"})).frame.columns == [
        "_c0",
        "_c1",
    ]


def test_partition_columns(spark, tmp_path):
    write_output(
        spark, two_classes(spark, 4, 6), Output(path=str(tmp_path / "x"), partitionBy=["label"])
    )
    assert {path.name for path in (tmp_path / "x").glob("label=*")} == {"label=0", "label=1"}


@pytest.mark.parametrize(
    ("labels", "warning"),
    [
        (["", "no"], "class '' as null"),
        (["01", "1"], "folders as numbers"),
        (["a b", "01", "__x"], None),
        ([1, 2], None),
    ],
)
def test_labels_that_folders_do_not_give_back_are_warned_of(
    spark, tmp_path, caplog, labels, warning
):
    """The oracle is what Spark reads back."""
    warn_of_folders(["label"], "label", labels)
    rows = spark.createDataFrame([(1.0, label) for label in labels], ["x", "label"])
    rows.write.partitionBy("label").parquet(str(tmp_path / "x"))
    back = {row["label"] for row in spark.read.parquet(str(tmp_path / "x")).collect()}
    assert (warning is None) == (back == set(labels))
    assert (warning or "") in caplog.text
    assert bool(caplog.text) == (warning is not None)
    warn_of_folders([], "label", labels)
    assert caplog.text.count("partitionBy names") == (warning is not None)


@pytest.mark.parametrize("form", ["plain", "file:", "file://", "relative", "link", "blank", "glob"])
def test_spellings_of_a_path(spark, tmp_path, monkeypatch, form):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    path = {
        "plain": str(tmp_path / "real"),
        "file:": f"file:{tmp_path}/real",
        "file://": f"file://{tmp_path}/real",
        "relative": "real",
        "link": "link",
        "blank": "with a blank%20",
        "glob": "real",
    }[form]
    df = two_classes(spark, 3, 3)
    write_output(spark, df, Output(path=path, mode="overwrite"))
    write_output(spark, df, Output(path=path, mode="overwrite"))
    found = read(spark, Input(path="re*l" if form == "glob" else path)).frame
    assert multiset(found) == multiset(df)
    assert sorted(os.listdir(tmp_path)) == sorted(
        ["real", "link"] + ["with a blank%20"] * (form == "blank")
    )
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (Input(path="/nowhere/at/all"), "'/nowhere/at/all' does not exist"),
        (Input(path="/nowhere/*/all"), "'/nowhere/*/all' does not exist"),
        (Input(table="no_such.table_here"), "no_such.table_here"),
        (Input(path="/", format="parqet"), "parqet"),
    ],
)
def test_a_missing_input_is_one_clear_sentence(spark, source, part):
    with pytest.raises(ValueError) as error:
        read(spark, source)
    assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_an_input_of_another_format_is_refused(spark, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty").mkdir()
    refused = {
        "cannot be read as orc": Input(path=str(tmp_path), format="orc"),
        "holds no parquet data": Input(path=str(tmp_path / "empty")),
    }
    for message, source in refused.items():
        with pytest.raises(ValueError, match=message) as error:
            read(spark, source)
        assert "\n" not in str(error.value)
        assert "Caused by" not in str(error.value)


def test_an_output_is_checked_before_the_work(spark, tmp_path):
    df = two_classes(spark, 3, 3)
    write_output(spark, df, Output(path=str(tmp_path / "in")))
    (tmp_path / "file").write_text("in the way")
    source = Input(path=str(tmp_path / "in"))
    frame = read(spark, source).frame
    refused = {
        "exists already": Output(path=str(tmp_path / "in")),
        "is, holds or lies in the input": Output(path=str(tmp_path / "in"), mode="overwrite"),
        "holds or lies in": Output(path=str(tmp_path), mode="overwrite"),
        "spoil": Output(path=f"file:{tmp_path}/in", mode="append"),
        "partitionBy names 'lable'": Output(path=str(tmp_path / "out"), partitionBy=["lable"]),
        "unknown to this Spark": Output(path=str(tmp_path / "out"), format="parqet"),
        "schema 'no_schema' does not exist": Output(table="no_schema.x"),
        "mount point": Output(path="/proc", mode="overwrite"),
        "no folder that you may write to": Output(path=str(tmp_path / "file" / "out")),
    }
    for part, output in refused.items():
        with pytest.raises(ValueError) as error:
            OutputWriter(spark, output).check(
                Source(source, frame), frame.schema, keeps_originals=True
            )
        assert part in str(error.value), str(error.value)
    alone = Output(path=str(tmp_path / "in"), mode="append")
    OutputWriter(spark, alone).check(Source(source, frame), frame.schema, keeps_originals=False)


def test_the_input_is_recognized_through_links_and_views(spark, tmp_path):
    write_output(spark, two_classes(spark, 3, 3), Output(path=str(tmp_path / "in")))
    (tmp_path / "link").symlink_to(tmp_path / "in", target_is_directory=True)
    read(spark, Input(path=str(tmp_path / "in"))).frame.createOrReplaceTempView("smote_view")
    for source, folder in (
        (Input(path=str(tmp_path / "in")), "link"),
        (Input(path=str(tmp_path / "link")), "in"),
        (Input(table="smote_view"), "in"),
    ):
        frame = read(spark, source).frame
        output = OutputWriter(spark, Output(path=str(tmp_path / folder), mode="overwrite"))
        with pytest.raises(ValueError, match="input"):
            output.check(Source(source, frame), frame.schema, keeps_originals=True)


@pytest.mark.usefixtures("elsewhere")
def test_a_file_system_that_only_spark_sees(spark, tmp_path):
    path = str(tmp_path / "out")
    df = two_classes(spark, 3, 3)
    assert not OutputWriter(spark, Output(path=path)).exists
    write_output(spark, df, Output(path=path))
    assert OutputWriter(spark, Output(path=path)).exists
    write_output(spark, df, Output(path=path, mode="overwrite"))
    write_output(spark, df, Output(path=path, mode="append"))
    assert read(spark, Input(path=path)).frame.count() == 2 * df.count()
    assert [other.name for other in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("elsewhere")
def test_a_new_output_of_wrong_rows_that_cannot_be_removed_is_named(spark, tmp_path):
    path = str(tmp_path / "out")
    with pytest.raises(RuntimeError, match=rf"Not as planned. Output '{path}' holds these rows: r"):
        write_output(spark, two_classes(spark, 4, 4), Output(path=path), wrong_counts)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("error", [OSError("an executor is gone"), KeyboardInterrupt()])
def test_old_rows_that_may_be_lost_are_told_of(spark, tmp_path, monkeypatch, error):
    def fail(frame: DataFrame, output: Output) -> NoReturn:
        raise error

    path = str(tmp_path / "out")
    write_output(spark, two_classes(spark, 3, 3), Output(path=path))
    monkeypatch.setattr(in_place, "save", fail)
    kind = RuntimeError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(kind, match=f"{error}.*'{path}' may have lost its old rows"):
        write_output(spark, two_classes(spark, 3, 3), Output(path=path, mode="overwrite"))


def test_a_file_system_that_spark_cannot_reach(spark):
    assert local_path(spark, "s3a://bucket/x") is None
    with pytest.raises(ValueError, match="cannot be reached"):
        OutputWriter(spark, Output(path="nosuchscheme://bucket/x"))


@pytest.mark.parametrize(
    ("path", "kind"),
    [("x.csv", "csv"), ("s3://b/x.ORC/", "orc"), ("a.b/c", "parquet"), ("x.json?v=1", "json")],
)
def test_endings_name_formats(path, kind):
    assert format_of(path) == kind


def test_errors_fit_one_line():
    java = (
        "An error occurred while calling o1.save.\n: org.apache.spark.SparkException: Job aborted\n"
        "\tat x.y(Z.scala:1)\nCaused by: java.io.IOException: No space left on device\n\tat a.b"
    )
    assert brief(Exception(java)) == "IOException: No space left on device"
    python = (
        "An exception was thrown from the Python worker. Please see the stack trace below.\n"
        "Traceback (most recent call last):\n  File x, line 1\nValueError: bad bucket\n"
    )
    assert brief(Exception(python)) == "ValueError: bad bucket"
    assert brief(Exception("[PATH] No path. SQLSTATE: 42K03\n\nJVM stacktrace:\nx")) == (
        "[PATH] No path."
    )
    assert brief(ValueError()) == "ValueError"
