"""A run that is killed while it writes, and is run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import multiset
from lake.job import toml_text
from lake.packages import lake_conf
from lake.tables import SMOTE_KEYS, balanced, events

pytestmark = [pytest.mark.lake, pytest.mark.cluster]

ROOT = Path(__file__).parents[2]
FILES = 64
"""Files of the write that is killed: it takes a second or two."""


def test_a_run_that_is_killed_in_the_write_is_run_again(spark, lake, resample, tmp_path):
    source, out = lake.new("path").write(events(spark)), lake.new("path").write(events(spark))
    sections = {
        "input": source.source,
        "output": {**out.section, "mode": "append", "runId": "one", "partitions": FILES},
        "smote": SMOTE_KEYS,
        "report": {"recallQueries": 0},
    }
    config = tmp_path / "job.toml"
    config.write_text(toml_text(sections))
    settings = {**lake_conf(tmp_path), "spark.master": "local[1]", "spark.ui.enabled": "false"}
    lines = [f"{key} {value}\n" for key, value in settings.items()]
    (tmp_path / "spark-defaults.conf").write_text("".join(lines))
    before, files = out.commits(), set(data_files(out.name))
    process = subprocess.Popen(
        [sys.executable, "-m", "spark_smote.cli", "resample", "--config", str(config)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SPARK_CONF_DIR": str(tmp_path)},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=(log := tmp_path / "log").open("w"),
        start_new_session=True,
    )
    try:
        while process.poll() is None and set(data_files(out.name)) <= files:
            time.sleep(0.01)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, log.read_text()
    assert set(data_files(out.name)) - files, "it was writing"
    assert out.commits() == before
    assert multiset(out.rows()) == multiset(events(spark))

    sections["output"]["partitions"] = 1
    again = resample(**sections)
    assert again.code == 0, again.err
    whole = multiset(events(spark)) + balanced(events(spark))
    assert multiset(out.rows()) == whole
    third = resample(**sections)
    assert third.code == 0, third.err
    assert f"already written in version {out.versions()[-1]}" in third.out
    assert multiset(out.rows()) == whole


def data_files(folder: str) -> list[Path]:
    return list(Path(folder).glob("*.parquet"))
