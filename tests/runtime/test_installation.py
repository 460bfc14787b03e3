"""Installations without a Spark, and with a client of Spark Connect alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
