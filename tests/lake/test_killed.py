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
from lake.tables import SMOTE_KEYS, Table, balanced, events

pytestmark = [pytest.mark.lake, pytest.mark.cluster]

ROOT = Path(__file__).parents[2]
WAREHOUSE = "spark.sql.catalog.ice.warehouse"
FILES = 64
"""Files of the write that is killed: it takes a second or two."""


def test_a_run_that_is_killed_in_the_write_is_run_again(spark, lake, resample, tmp_path):
    source = lake.new("path").write(events(spark))
    outs = [lake.new(kind).write(events(spark)) for kind in ("path", "iceberg")]
    settings = {**lake_conf(tmp_path), "spark.master": "local[1]", "spark.ui.enabled": "false"}
    del settings["spark.jars.packages"]  # to resolve them takes seconds
    settings |= {key: spark.conf.get(key) for key in ("spark.jars", WAREHOUSE)}
    lines = [f"{key} {value}\n" for key, value in settings.items()]
    (tmp_path / "spark-defaults.conf").write_text("".join(lines))
    runs = [Killed(source, out, tmp_path) for out in outs]
    try:
        while any([run.is_left() for run in runs]):
            time.sleep(0.01)
    finally:
        for run in runs:
            run.kill()
    for run, out in zip(runs, outs, strict=True):
        assert run.process.wait() == -signal.SIGKILL, run.log.read_text()
        assert run.new_files(), "it was writing"
        assert out.commits() == run.commits
        assert multiset(out.rows()) == multiset(events(spark))

        run.sections["output"]["partitions"] = 1
        again = resample(**run.sections)
        assert again.code == 0, again.err
        assert [out.run_of(commit) for commit in out.commits()[len(run.commits) :]] == ["one"]
        assert multiset(out.rows()) == multiset(events(spark)) + balanced(events(spark))


class Killed:
    """A job in a process of its own, which is killed when the first file is written."""

    def __init__(self, source: Table, out: Table, folder: Path) -> None:
        self.sections = {
            "input": source.source,
            "output": {**out.section, "mode": "append", "runId": "one", "partitions": FILES},
            "smote": SMOTE_KEYS,
            "report": {"recallQueries": 0},
        }
        self.commits, self.folder = out.commits(), Path(out.folder)
        self.files = set(self.folder.rglob("*.parquet"))
        config, self.log = folder / f"{out.kind}.toml", folder / f"{out.kind}.log"
        config.write_text(toml_text(self.sections))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "spark_smote.cli", "resample", "--config", str(config)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "SPARK_CONF_DIR": str(folder)},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=self.log.open("w"),
            start_new_session=True,
        )

    def is_left(self) -> bool:
        """Kill it if it writes; return whether it still ran."""
        if self.new_files():
            self.kill()
        return self.process.poll() is None

    def new_files(self) -> set[Path]:
        return set(self.folder.rglob("*.parquet")) - self.files

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
