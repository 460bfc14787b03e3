from __future__ import annotations

import errno
import logging
import os
import signal
from typing import Any, NoReturn

import numpy as np
import pytest
from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException

from spark_smote.cli import app, resample
from spark_smote.exceptions import ParamError, ResamplingError

DEFECT = "this is a defect of spark_smote, not of your input"


def run(monkeypatch: pytest.MonkeyPatch, error: Exception, *flags: str) -> Any:
    def fail(argv: list[str]) -> NoReturn:
        raise error

    monkeypatch.setattr(resample, "main", fail)
    with pytest.raises(SystemExit) as stop:
        app.main(["resample", *flags])
    return stop.value.code


@pytest.mark.parametrize(
    "error", [ResamplingError("no"), ParamError("no"), AnalysisException("no")], ids=repr
)
def test_wrong_input_exits_with_2(monkeypatch, capsys, error):
    assert run(monkeypatch, error) == 2
    assert capsys.readouterr().err == "spark-smote: error: no\n"


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), TypeError("no"), KeyError("no"), AssertionError("no"), RecursionError("no")],
    ids=repr,
)
def test_a_defect_exits_with_1_and_is_called_one(monkeypatch, capsys, error):
    assert run(monkeypatch, error) == 1
    shown = capsys.readouterr().err
    assert shown.startswith(f"spark-smote: error: {type(error).__name__}: ")
    assert DEFECT in shown
    assert "--verbose" in shown
    assert "Traceback" not in shown
    assert run(monkeypatch, error, "--verbose") == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [RuntimeError("no"), PySparkException("no"), Py4JError("no"), OSError("no"), ImportError("no")],
    ids=repr,
)
def test_a_failed_run_exits_with_1_and_is_no_defect(monkeypatch, capsys, error):
    assert run(monkeypatch, error) == 1
    shown = capsys.readouterr().err
    assert shown.rstrip().endswith("no")
    assert "defect" not in shown


@pytest.mark.parametrize("code", ["EROFS", "EACCES", "ENAMETOOLONG", "ENOENT"])
def test_a_path_that_cannot_be_used_exits_with_2(monkeypatch, capsys, code):
    number = getattr(errno, code)
    assert run(monkeypatch, OSError(number, os.strerror(number), "/ro/out")) == 2
    assert capsys.readouterr().err == (
        f"spark-smote: error: '/ro/out' cannot be used ({os.strerror(number)}): choose another "
        "path.\n"
    )
    assert run(monkeypatch, OSError(errno.ENOSPC, "full", "/ro/out")) == 1


def test_an_error_of_java_goes_by_its_own_name_and_that_of_the_file(monkeypatch, capsys):
    java = (
        "An error occurred while calling o35.save.\n: org.apache.spark.SparkException: "
        "[FAILED_READ_FILE.NO_HINT] Encountered error while reading file file:///in/b.parquet. "
        " SQLSTATE: KD001\n\tat x.y(z)\nCaused by: java.lang.RuntimeException: no footer"
    )
    assert run(monkeypatch, Py4JError(java)) == 1
    shown = capsys.readouterr().err
    assert shown == (
        "spark-smote: error: RuntimeException: no footer (in the file file:///in/b.parquet)\n"
    )


def test_wrong_arguments_exit_with_2(capsys, tmp_path):
    for flags in (["--inputt", "x"], ["--config", str(tmp_path / "no.toml")], ["--input"]):
        with pytest.raises(SystemExit) as stop:
            app.main(["resample", *flags])
        assert stop.value.code == 2
        assert "defect" not in capsys.readouterr().err


def test_a_shape_error_of_numpy_is_a_defect(monkeypatch, capsys):
    monkeypatch.setattr(resample, "main", lambda argv: np.ones(2) + np.ones(3))
    with pytest.raises(SystemExit) as stop:
        app.main(["resample"])
    assert stop.value.code == 1
    assert DEFECT in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_run_as_ctrl_c_does(monkeypatch, capsys, number):
    before = signal.signal(number, signal.SIG_DFL)  # ignored, if nohup runs the tests
    monkeypatch.setattr(resample, "main", lambda argv: signal.raise_signal(number))
    try:
        with pytest.raises(SystemExit) as stop:
            app.main(["resample"])
        assert stop.value.code == 1
        assert "interrupted; the output is as it was" in capsys.readouterr().err
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_a_lost_terminal_does_not_stop_what_nohup_started(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr(resample, "main", lambda argv: signal.raise_signal(signal.SIGHUP))
    try:
        app.main(["resample"])
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_run_leaves_the_log_as_it_was(monkeypatch):
    step = logging.getLogger("spark_smote.engine")
    assert not step.isEnabledFor(logging.INFO)
    monkeypatch.setattr(resample, "main", lambda argv: step.info("count classes"))
    app.main(["resample"])
    assert not step.isEnabledFor(logging.INFO)


def test_an_interrupt_tells_what_stands(monkeypatch, capsys):
    def stop(argv: list[str]) -> NoReturn:
        raise KeyboardInterrupt("all rows are in table x")

    monkeypatch.setattr(resample, "main", stop)
    with pytest.raises(SystemExit):
        app.main(["resample"])
    assert capsys.readouterr().err.endswith("interrupted; all rows are in table x\n")
