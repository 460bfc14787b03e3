from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import pytest
from lake.tables import SMOTE_KEYS, Lake
from pyspark.sql import SparkSession

from spark_smote import SMOTE
from spark_smote.cli import app

LIMIT = 30
"""Seconds after which a run counts as one that hangs."""


@dataclass(frozen=True)
class Ended:
    """A run that ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The last line of stdout."""
        return json.loads(self.out.strip().splitlines()[-1])

    @property
    def error(self) -> str:
        """The last line of stderr."""
        return self.err.strip().splitlines()[-1]


Resample = Callable[..., Ended]


@pytest.fixture
def resample(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> Resample:
    """Run the job with sections of a configuration and flags; its report is printed."""
    config = tmp_path_factory.mktemp("config") / "job.toml"

    def run(*flags: str, **sections: dict[str, Any]) -> Ended:
        smote = SMOTE_KEYS | sections.pop("smote", {})
        report = {"path": "-", "recallQueries": 0} | sections.pop("report", {})
        config.write_text(toml_text({**sections, "smote": smote, "report": report}))
        capsys.readouterr()
        code = 0
        with time_limit():
            try:
                app.main(["resample", "--config", str(config), *flags])
            except SystemExit as stop:
                code = int(stop.code or 0)
        shown = capsys.readouterr()
        return Ended(code, shown.out, shown.err)

    return run


def toml_text(sections: dict[str, dict[str, Any]]) -> str:
    return "".join(f"{name} = {_toml(keys)}\n" for name, keys in sections.items())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(v)}" for key, v in value.items()) + "}"
    return json.dumps(value)


@contextmanager
def time_limit() -> Iterator[None]:
    def stop(number: int, frame: Any) -> NoReturn:
        raise TimeoutError(f"the run took more than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run fail that begins to plan."""
    monkeypatch.setattr(SMOTE, "plan", lambda self, df: pytest.fail("work began"))


@pytest.fixture(scope="session")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(spark, tmp_path_factory.mktemp("paths"))
