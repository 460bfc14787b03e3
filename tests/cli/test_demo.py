from __future__ import annotations

import importlib.util
import json
import re
import shlex

import numpy as np
import pytest
from sklearn.datasets import load_digits

from spark_smote.cli import app as cli
from spark_smote.cli import demo


def test_the_split_keeps_shares_and_is_the_same_each_time():
    digits, again = demo.split_digits(), demo.split_digits()
    assert (digits.held_out == again.held_out).all()
    truth = load_digits().target == demo.DIGIT
    assert (digits.labels == truth).all()
    for part in (truth, ~truth):
        assert digits.held_out[part].mean() == pytest.approx(demo.HELD_OUT, abs=1 / part.sum())


def test_the_demo_runs_the_job_and_shows_what_came_out(spark, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(demo, "TREES", 5)  # how well the forest does is not looked at
    cli.main(["demo", "--folder", str(tmp_path)])
    shown = capsys.readouterr().out
    command, comparison = re.findall(r"^\$ spark-smote (.*)$", shown, re.MULTILINE)
    assert command.startswith("resample --input ")
    cli.main([*shlex.split(comparison), "--dry-run"])
    for metric in demo.METRICS:
        assert re.search(rf"^{metric} +[01]\.\d+ +[01]\.\d+ +[+-]0\.\d+$", shown, re.MULTILINE)

    digits = demo.split_digits()
    trained = np.bincount(digits.labels[~digits.held_out])
    report = json.loads((tmp_path / "report.json").read_text())
    assert [row["before"] for row in report["classes"]] == trained.tolist()
    after = spark.read.parquet(str(tmp_path / "resampled.parquet"))
    held_out = set(np.flatnonzero(digits.held_out).tolist())
    assert not held_out & {row["id"] for row in after.select("id").collect()}
    assert after.filter("synthetic").count() == trained.max() - trained.min()

    header = (tmp_path / "before_after.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(header[16:20], "big") > 1000


def test_a_missing_matplotlib_is_named_before_the_work(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stop:
        cli.main(["demo", "--folder", str(tmp_path / "demo")])
    assert stop.value.code == 1
    assert "pip install 'spark-smote[demo]'" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_the_text_says_what_did_not_improve():
    text = demo._comparison([0.5, 0.9, 0.6, 0.8], [0.7, 0.8, 0.7, 0.8])
    assert "better: recall, F1; worse: precision; the same: PR-AUC" in text
