from __future__ import annotations

import logging
import os
import re
import stat
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import Uncounted, multiset, tree, two_classes, write_output, wrong_counts
from pyspark.sql import functions as F

from spark_smote.exceptions import ResamplingError
from spark_smote.io.output import staged, target
from spark_smote.io.output.data_files import foreign_entry
from spark_smote.io.output.writer import OutputWriter
from spark_smote.io.reader import Source
from spark_smote.io.spec import Input, Output


def test_staging_leaves_the_old_output_until_the_new_one_is_whole(spark, tmp_path):
    path = tmp_path / "out"
    old, new = two_classes(spark, 3, 3), two_classes(spark, 4, 4, seed=1)
    write_output(spark, old, Output(path=str(path)))

    def between() -> None:
        assert multiset(spark.read.parquet(str(path))) == multiset(old)
        assert [other.name[0] for other in tmp_path.iterdir() if other != path] == ["."]

    write_output(spark, new, Output(path=str(path), mode="overwrite"), between)
    assert multiset(spark.read.parquet(str(path))) == multiset(new)
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged, "PAUSE", 0.02)


def break_renames(monkeypatch: pytest.MonkeyPatch, error: BaseException, after: int) -> None:
    """Fail one rename, when some have succeeded; those that follow succeed again."""
    rename, seen = os.rename, iter(range(1000))

    def failing(start: Path, end: Path) -> None:
        if next(seen) == after:
            raise error
        rename(start, end)

    monkeypatch.setattr(os, "rename", failing)


@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt()])
@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_the_old_output_comes_back_when_it_cannot_be_changed(
    spark, tmp_path, monkeypatch, error, mode
):
    path = tmp_path / "out"
    write_output(spark, two_classes(spark, 3, 3), Output(path=str(path), partitionBy=["label"]))
    before = tree(tmp_path)
    output = Output(path=str(path), mode=mode, partitionBy=["label"])
    break_renames(monkeypatch, error, after=1)
    with pytest.raises(type(error)):
        write_output(spark, two_classes(spark, 4, 4, seed=1).repartition(3), output)
    assert tree(tmp_path) == before


def test_an_old_output_that_cannot_come_back_is_named_until_it_does(
    spark, tmp_path, monkeypatch, caplog
):
    path = tmp_path / "out"
    old = two_classes(spark, 3, 3)
    write_output(spark, old, Output(path=str(path)))
    rename = os.rename

    def failing(start: Path, end: Path) -> None:
        if Path(end) == path:
            raise OSError("gone")
        rename(start, end)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", failing)
        with pytest.raises(OSError, match="gone"):
            write_output(spark, old, Output(path=str(path), mode="overwrite"))
    for mode in ("overwrite", "append", "errorifexists"):
        output = OutputWriter(spark, Output(path=str(path), mode=mode))
        with pytest.raises(ResamplingError, match="is missing, and ") as error:
            output.check(Source(Input(path="x"), old), old.schema, keeps_originals=True)
    command = re.search(r"\((mv .*)\)", str(error.value))
    subprocess.run(command[1], shell=True, check=True)
    assert multiset(spark.read.parquet(str(path))) == multiset(old)
    output.exists = False
    output.check(Source(Input(path="x"), old), old.schema, keeps_originals=True)


def test_an_output_that_appears_meanwhile_is_left_alone(spark, tmp_path):
    path = tmp_path / "out"
    with pytest.raises(RuntimeError, match="appeared during the run"):
        write_output(spark, two_classes(spark, 3, 3), Output(path=str(path)), path.mkdir)
    assert list(tmp_path.iterdir()) == [path]
    assert list(path.iterdir()) == []


def test_tasks_that_lag_behind_a_failure_leave_nothing(spark, tmp_path):
    output_writer = OutputWriter(spark, Output(path=str(tmp_path / "out")))
    with pytest.raises(RuntimeError, match=r"Not as planned. The output is as it was."):
        output_writer.write(two_classes(spark, 3, 3), Uncounted(wrong_counts))
    (folder,) = tmp_path.iterdir()

    def lag() -> None:
        for task in range(4):
            time.sleep(0.12)
            (folder / "new" / str(task)).mkdir(parents=True, exist_ok=True)

    tasks = threading.Thread(target=lag)
    tasks.start()
    output_writer.clean()
    tasks.join()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("partitions", [[], ["_class"]])
def test_workers_with_disks_of_their_own_are_noticed(spark, tmp_path, partitions):
    df = two_classes(spark, 3, 3).withColumnRenamed("label", "_class")
    output = Output(path=str(tmp_path / "out"), partitionBy=partitions)

    def lose() -> None:
        for part in tmp_path.glob(".out.*/new/**/part-*"):
            part.unlink()

    with pytest.raises(RuntimeError, match="disks of their own"):
        write_output(spark, df, output, lose)
    assert list(tmp_path.iterdir()) == []
    write_output(spark, df, output)
    assert multiset(spark.read.parquet(output.path).select(df.columns)) == multiset(df)


def test_no_rows_are_an_output_too(spark, tmp_path, monkeypatch):
    monkeypatch.setattr(Uncounted, "rows", 0)
    df = two_classes(spark, 3, 3).limit(0)
    for partitions in ([], ["label"]):
        output = Output(path=str(tmp_path / f"out{len(partitions)}"), partitionBy=partitions)
        write_output(spark, df, output)
        assert tree(Path(output.path)).keys() >= {"_SUCCESS"}
        write_output(spark, two_classes(spark, 3, 3), replace(output, mode="append"))
        assert spark.read.parquet(output.path).count() == 6


@pytest.mark.parametrize("partitions", [[], ["label"]])
@pytest.mark.parametrize("local", [True, False])
def test_wrong_rows_do_not_reach_an_old_output(spark, tmp_path, monkeypatch, partitions, local):
    if not local:
        monkeypatch.setattr(target, "local_path", lambda spark, path: None)
    path = str(tmp_path / "out")
    old = Output(path=path, partitionBy=partitions)
    write_output(spark, two_classes(spark, 3, 3), old)
    before = tree(tmp_path)
    for mode in ("append", "overwrite"):
        with pytest.raises(RuntimeError, match=r"Not as planned. The output is as it was."):
            write_output(spark, two_classes(spark, 4, 4), replace(old, mode=mode), wrong_counts)
        assert tree(tmp_path) == before


@pytest.mark.parametrize("partitions", [[], ["label"]])
def test_appended_files_lie_beside_the_old_ones(spark, tmp_path, partitions):
    path, one, two = tmp_path / "out", two_classes(spark, 3, 3), two_classes(spark, 0, 4, seed=1)
    third = two_classes(spark, 2, 0).withColumn("label", F.lit(7))
    write_output(spark, one, Output(path=str(path), partitionBy=partitions))
    before = tree(path)
    output = Output(path=str(path), mode="append", partitionBy=partitions)
    for more in (two, third):
        write_output(spark, more, output, lambda: before.update(files_outside_staging(path)))
    after = tree(path)
    assert before.items() <= after.items()
    rows = spark.read.parquet(str(path)).select(one.columns)
    assert multiset(rows) == multiset(one) + multiset(two) + multiset(third)
    assert not [name for name in after if name.startswith(".smote")]


def files_outside_staging(path: Path) -> dict[str, bytes | None]:
    return {name: data for name, data in tree(path).items() if not name.startswith(".smote-")}


def test_appended_rows_are_partitioned_as_the_old_ones(spark, tmp_path):
    df = two_classes(spark, 3, 3)
    for old, new in ((["label"], []), ([], ["label"]), (["label", "id"], ["id", "label"])):
        path = str(tmp_path / f"out{len(old)}")
        write_output(spark, df, Output(path=path, partitionBy=old))
        output = OutputWriter(spark, Output(path=path, mode="append", partitionBy=new))
        with pytest.raises(ResamplingError, match="set partitionBy in"):
            output.check(Source(Input(path="x"), df), df.schema, keeps_originals=True)


def test_an_output_keeps_its_mode_and_owner(spark, tmp_path):
    path = tmp_path / "out"
    write_output(spark, two_classes(spark, 3, 3), Output(path=str(path)))
    path.chmod(0o2750)
    owner = 12345 if os.geteuid() == 0 else os.geteuid()
    os.chown(path, owner, -1)
    path.chmod(0o2750)

    def between() -> None:
        (folder,) = tmp_path.glob(".out.*")
        assert not stat.S_IMODE(folder.stat().st_mode) & 0o007, "as private as the old rows"

    write_output(spark, two_classes(spark, 3, 3), Output(path=str(path), mode="overwrite"), between)
    assert stat.S_IMODE(path.stat().st_mode) == 0o2750
    assert {file.stat().st_uid for file in (path, *path.iterdir())} == {owner}


@pytest.mark.parametrize(
    ("names", "part"),
    [
        (["id_rsa"], "'id_rsa'"),
        (["part-0.parquet", "label=1/thesis.tex"], "'label=1/thesis.tex'"),
        (["chapters/part-0.parquet"], "'chapters'"),
        (["x.parquet/part-0"], "'x.parquet'"),
        ([".git/config"], "'.git'"),
        (
            ["_delta_log/0.json", "part-0.parquet"],
            "is a table of Delta, which this Spark cannot read",
        ),
        ([], "is a file, where Spark writes a folder"),
    ],
)
def test_what_spark_did_not_write_is_not_replaced(spark, tmp_path, names, part):
    df, path = two_classes(spark, 3, 3), tmp_path / "out"
    if not names:
        path.write_text("a,b")
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).touch()
    before = tree(tmp_path)
    source, output = Source(Input(path="x"), df), Output(path=str(path), mode="overwrite")
    with pytest.raises(ResamplingError, match=re.escape(part)):
        OutputWriter(spark, output).check(source, df.schema, keeps_originals=True)
    assert tree(tmp_path) == before


def test_what_spark_writes_is_replaced(tmp_path):
    for name in (
        *("part-00000-7.c000.snappy.parquet", ".part-00000-7.c000.snappy.parquet.crc", "_SUCCESS"),
        *("._SUCCESS.crc", "_metadata", "_common_metadata", "export.csv", "more.json.gz"),
        *("_committed_12", "_started_12", "label=1/day=a b/part-1.txt", "_class=0/part-1.orc"),
        *("_temporary/0/x", ".smote-0a1b2c3d4e5f/new/part-0"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert foreign_entry(tmp_path) is None


def test_what_a_killed_run_left_is_named(spark, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("spark_smote"), "propagate", True)
    df, path = two_classes(spark, 3, 3), tmp_path / "out"
    write_output(spark, df, Output(path=str(path)))
    left = [tmp_path / ".out.smote-0123456789ab", path / ".smote-0123456789ab"]
    for folder in left:
        (folder / "old").mkdir(parents=True)
    (tmp_path / ".other.smote-0123456789ab").mkdir()
    output = OutputWriter(spark, Output(path=str(path), mode="overwrite"))
    output.check(Source(Input(path="x"), df), df.schema, keeps_originals=True)
    assert [record.args[0] for record in caplog.records] == left
