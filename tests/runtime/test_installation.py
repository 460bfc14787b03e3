"""Installations without a Spark, and with a client of Spark Connect alone."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import NoReturn
from zipfile import ZipFile

import pytest

import spark_smote
from spark_smote.runtime.installation import send_package

HIDE = "import sys; sys.modules.update(dict.fromkeys({names!r}))\n"


def python(program: str, *hidden: str) -> subprocess.CompletedProcess[str]:
    """Run a program that cannot import some modules; others are where this process has them."""
    return subprocess.run(
        [sys.executable, "-c", HIDE.format(names=hidden) + program],
        env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_missing_pyspark_is_named_with_the_extra_that_brings_it():
    done = python("import spark_smote\nspark_smote.SMOTE", "pyspark", "py4j")
    (*_, last) = done.stderr.splitlines()
    assert last.startswith("ModuleNotFoundError: spark_smote needs pyspark")
    assert "`pip install 'spark-smote[spark]'`" in last


@pytest.mark.parametrize("arguments", [[], ["--version"], ["resample", "--input", "x"]], ids=str)
def test_the_command_says_so_in_a_line(arguments):
    done = python(f"from spark_smote.cli import main\nmain({arguments})", "pyspark", "py4j")
    (line,) = done.stderr.splitlines()
    assert line.startswith("spark-smote: error: spark_smote needs pyspark")
    assert "`pip install 'spark-smote[spark]'`" in line
    assert done.returncode == 1


def test_the_client_of_spark_connect_alone_is_enough_to_import():
    """`pyspark-client` has neither py4j nor what drives a JVM."""
    program = "from spark_smote import *\nfrom spark_smote.cli import app, demo, resample\n"
    done = python(f"{program}print(SMOTE(k=3).getK())", "py4j", "pyspark.core")
    assert done.stdout == "3\n", done.stderr


class Server:
    """What a session of Spark Connect does with a package, which is gone when it returns."""

    def __init__(self):
        self.names = []

    def addArtifacts(self, path: str, pyfile: bool) -> None:
        assert pyfile
        with ZipFile(path) as archive:
            self.names = archive.namelist()


class Refusing:
    def addArtifacts(self, path: str, pyfile: bool) -> NoReturn:
        raise RuntimeError("no artifacts here")


def test_all_modules_are_sent():
    send_package(server := Server())
    home = Path(spark_smote.__file__).parents[1]
    modules = (home / "spark_smote").rglob("*.py")
    assert sorted(server.names) == sorted(str(file.relative_to(home)) for file in modules)


def test_a_server_that_refuses_the_package_is_told_of(caplog):
    with caplog.at_level(logging.WARNING, "spark_smote"):
        send_package(Refusing())
    assert "refused the package spark_smote (no artifacts here)" in caplog.text
