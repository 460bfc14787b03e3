from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import spark_smote
from spark_smote.benchmark import main, results, runner
from spark_smote.benchmark.arguments import _settings
from spark_smote.benchmark.contenders import revisions
from spark_smote.benchmark.contenders.registry import Task
from spark_smote.benchmark.contenders.revisions import Sources, extracted, resolve
from spark_smote.benchmark.datasets import BenchmarkTable
from spark_smote.benchmark.process_monitor import run_monitored
from spark_smote.benchmark.ratios import ratios_to_revisions
from spark_smote.exceptions import ResamplingError
from spark_smote.runtime.java import use_java

PACKAGE = Path(spark_smote.__file__).parent

ANSWERS = """
import json, sys
import spark_smote
for event in ("start", "stop"):
    print(json.dumps({"event": event}), flush=True)
    sys.stdin.readline()
contender = json.loads(sys.argv[1])["contender"]
figures = {"seconds": 2.0 * spark_smote.VERSION, "ready_seconds": 1.0, "recall": None}
figures |= {"counts_exact": True, "rows_written": {}, "steps": {}}
told = {"version": spark_smote.VERSION, "contender": contender, "name": __name__}
print(json.dumps({"event": "result", **figures, **told}))
"""
"""A contender that resamples nothing, and tells which package it found."""

SPARK_ANSWERS = """
import json
from pyspark.sql import SparkSession
import spark_smote
spark = SparkSession.builder.master("local[1]").getOrCreate()
(row,) = spark.range(1).mapInPandas(spark_smote.versions, "version int").collect()
print(json.dumps({"event": "result", "version": row.version}))
spark.stop()
"""
"""The same, of the package that a Python worker of Spark found."""


def git(repository: Path, *arguments: str) -> str:
    """Run git there, and not where a hook that runs the tests would have it run."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    me = ["-c", "user.name=me", "-c", "user.email=me@example.com"]
    command = ["git", "-C", str(repository), *me, *arguments]
    return subprocess.run(command, env=clean, check=True, capture_output=True, text=True).stdout


def commit(repository: Path) -> str:
    git(repository, "add", "--all", "--force")
    git(repository, "commit", "--quiet", "--message", "Change")
    return git(repository, "rev-parse", "--short", "HEAD").strip()


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """An empty repository, taken for that of this package."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    monkeypatch.setattr(revisions, "_repository", lambda: folder)
    return folder


@pytest.fixture
def versions(repository) -> list[str]:
    """Revisions whose packages answer with their version: as 5910a90 is laid out, and as now."""
    package = repository / "spark_smote"
    (package / "benchmark").mkdir(parents=True)
    (package / "benchmark" / "__init__.py").touch()
    (package / "__init__.py").write_text("VERSION = 1\n")
    (package / "benchmark" / "contenders.py").write_text(ANSWERS)
    first = commit(repository)
    (package / "__init__.py").write_text("VERSION = 2\n")
    (package / "benchmark" / "contenders.py").unlink()
    (package / "benchmark" / "contenders").mkdir()
    (package / "benchmark" / "contenders" / "__init__.py").touch()
    (package / "benchmark" / "contenders" / "registry.py").write_text(ANSWERS)
    return [first, commit(repository)]


def task(scratch: str) -> Task:
    return Task("spark_smote", "nowhere", scratch, 3, 100, 50, 100, 1, "1g", False)


def measured(seconds: float, again: float, cpu: float) -> dict[str, Any]:
    return {
        "seconds": seconds,
        "again_seconds": again,
        "cpu_seconds": cpu,
        "peak_mb": {},
        "recall": None,
        "counts_exact": True,
        "rows_written": {},
        "steps": {"resample": seconds},
    }


class TestRevisions:
    def test_each_runs_from_its_own_sources(self, versions, tmp_path):
        answers = []
        with extracted(versions) as sources:
            for revision in versions:
                log = tmp_path / "log"
                told = run_monitored(task, tmp_path, 60, log, sources[revision])
                answers.append((told.get("version"), told.get("contender"), told.get("name")))
        assert answers == [(number, "spark_smote", "__main__") for number in (1, 2)]
        assert not any(sources[revision].folder.exists() for revision in versions)

    def test_another_package_than_the_revisions_is_refused(self, versions, tmp_path, monkeypatch):
        monkeypatch.setenv("PYTHONPATH", str(PACKAGE.parent))
        with extracted(versions) as sources:
            folder = sources[versions[0]].folder
            shutil.rmtree(folder / "spark_smote")
            told = run_monitored(task, tmp_path, 60, tmp_path / "log", sources[versions[0]])
        reason = f"spark_smote was imported from {PACKAGE.parent}, not from {folder}"
        assert told["error"].startswith(f"ended with status 1: {reason}")

    def test_a_revision_is_resolved_to_its_short_hash(self, versions):
        assert [resolve("HEAD~1"), resolve("HEAD")] == versions

    @pytest.mark.parametrize("revision", ["nonsense", "HEAD~9", "-n", ""])
    def test_an_unknown_revision(self, versions, revision):
        with pytest.raises(ResamplingError, match=f"revision '{revision}' is unknown"):
            resolve(revision)

    def test_a_revision_without_a_benchmark(self, repository):
        (repository / "spark_smote").mkdir()
        (repository / "spark_smote" / "__init__.py").touch()
        revision = commit(repository)
        with (
            pytest.raises(ResamplingError, match=f"{revision!r} has no benchmark"),
            extracted([revision]),
        ):
            pass

    def test_without_a_repository(self, tmp_path, monkeypatch):
        monkeypatch.setattr(revisions, "PRESENT", Sources(tmp_path, "a.module"))
        monkeypatch.chdir(tmp_path)
        results_folder = tmp_path / "results"
        with pytest.raises(ResamplingError, match="needs the git repository"):
            main(["--baseline", "HEAD", "--folder", str(results_folder)])
        assert not results_folder.exists()


class TestArguments:
    def test_contenders_of_this_package_run_at_each_revision_too(self, versions):
        flags = ["--contenders", "spark_smote-nc,floor", "--baseline", "HEAD~1,HEAD,@"]
        old, new = versions
        assert _settings(flags).contenders == [
            "spark_smote-nc",
            f"spark_smote-nc@{old}",
            f"spark_smote-nc@{new}",
            "floor",
        ]

    def test_by_default_smote_and_the_floor(self, versions):
        found = _settings(["--baseline", "HEAD"]).contenders
        assert found == ["spark_smote", f"spark_smote@{versions[1]}", "floor"]

    def test_none_of_this_package_to_compare_with(self, versions):
        with pytest.raises(ResamplingError, match=r"'floor'.* none of this package"):
            _settings(["--contenders", "floor", "--baseline", "HEAD"])


class TestRatios:
    TABLE = BenchmarkTable("mixture", "/somewhere", 4, 200, 100)

    def found(self, **rounds: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = {"old": "spark_smote@abc", "new": "spark_smote", "floor": "floor"}
        return [results.result_of(self.TABLE, names[who], each) for who, each in rounds.items()]

    def test_by_hand(self):
        # Medians: 3, 2, 14 beside 4, 4, 44; the floor takes 4 CPU seconds.
        found = self.found(
            new=[measured(*each) for each in ((9, 1, 14), (3, 2, 10), (1, 3, 90))],
            old=[measured(*each) for each in ((4, 4, 44), (2, 2, 50), (8, 8, 8))],
            floor=[measured(1, 1, 4)],
        )
        assert ratios_to_revisions(found) == [
            {
                "contender": "spark_smote",
                "revision": "abc",
                "data": "mixture",
                "rows": 100,
                "seconds": 0.75,
                "again_seconds": 0.5,
                "cpu_seconds_above_floor": 0.25,
            }
        ]
        about = {"cores": 2, "rounds": 3, "driver_memory": "1g", "versions": {}}
        shown = results.to_text(found), results.to_markdown(found, about)
        for text in shown:
            (line,) = (line for line in text.splitlines() if "0.75" in line)
            assert [part for part in line.replace("|", " ").split() if part[0] == "0"] == [
                "0.75",
                "0.50",
                "0.25",
            ]
            assert "spark_smote@abc" in text

    def test_what_is_not_known_has_no_ratio(self):
        new, old = [measured(1, 1, 5)], [measured(2, 2, 3)]
        (without_floor,) = ratios_to_revisions(self.found(new=new, old=old))
        assert without_floor["seconds"] == 0.5
        assert without_floor["cpu_seconds_above_floor"] is None
        below = self.found(new=new, old=old, floor=[measured(1, 1, 4)])
        assert ratios_to_revisions(below)[0]["cpu_seconds_above_floor"] is None
        (failed,) = ratios_to_revisions(self.found(new=new, old=[{"error": "ended"}]))
        assert failed["seconds"] is None
        assert ratios_to_revisions(self.found(new=new, old=[])) == []


def test_a_run_from_end_to_end(versions, repository, tmp_path, monkeypatch):
    """The present package is the version in the repository's folder: 3, after 1 and 2."""
    (repository / "spark_smote" / "__init__.py").write_text("VERSION = 3\n")
    monkeypatch.setattr(runner, "PRESENT", Sources(repository, revisions.MODULE))
    folder = tmp_path / "results"
    main(["--rows", "50", "--features", "2", "--baseline", "HEAD~1,HEAD", "--folder", str(folder)])
    report = json.loads((folder / "benchmark.json").read_text())
    old, new = (f"spark_smote@{revision}" for revision in versions)
    seconds = {one["contender"]: one["seconds"] for one in report["results"]}
    assert list(seconds.items()) == [("spark_smote", 6.0), (old, 2.0), (new, 4.0), ("floor", 6.0)]
    assert [one["seconds"] for one in report["ratios"]] == [3.0, 1.5]
    assert [path.suffix for path in folder.iterdir() if path.is_file()].count(".png") == 2


@pytest.mark.cluster
def test_workers_of_spark_run_the_revision(versions, repository, tmp_path):
    use_java()
    package = repository / "spark_smote"
    (package / "__init__.py").write_text(
        "VERSION = 4\n"
        "def versions(frames):\n"
        "    for frame in frames:\n"
        "        yield frame.assign(version=VERSION)[['version']]\n"
    )
    (package / "benchmark" / "contenders" / "registry.py").write_text(SPARK_ANSWERS)
    revision = commit(repository)
    with extracted([revision]) as sources:
        told = run_monitored(task, tmp_path, 120, tmp_path / "log", sources[revision])
    assert told.get("version") == 4, told
