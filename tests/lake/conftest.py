from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lake.job import Ended, time_limit, toml_text
from lake.tables import SMOTE_KEYS, Lake
from pyspark.sql import SparkSession

from spark_smote import SMOTE
from spark_smote.cli import app

Resample = Callable[..., Ended]


@pytest.fixture
def resample(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> Resample:
    """Run the job with sections of a configuration and flags; its report is printed."""
    config = tmp_path_factory.mktemp("config") / "job.toml"

    def run(*flags: str, **sections: dict[str, Any]) -> Ended:
        smote = sections.pop("smote", {})
        smote = smote if "method" in smote else SMOTE_KEYS | smote
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


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a run that begins to plan."""
    monkeypatch.setattr(SMOTE, "plan", lambda self, df: pytest.fail("work began"))


@pytest.fixture(scope="session")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(spark, tmp_path_factory.mktemp("paths"))
