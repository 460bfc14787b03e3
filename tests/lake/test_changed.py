"""Tables that others write to during a run, and commits that cannot be found again."""

from __future__ import annotations

import pytest
from helpers import multiset
from lake.tables import REPEATED, balanced, events, partitioned

from spark_smote.io.lake.delta import DeltaTable
from spark_smote.io.output.writer import OutputWriter

pytestmark = pytest.mark.lake

PART = ("--where", "day = 'b'", "--replace-where", "day = 'b'")


def write_after(monkeypatch, change) -> None:
    """Write to a table, as somebody else, when the rows of a run are ready."""
    write = OutputWriter.write

    def changed(self, *args):
        change()
        return write(self, *args)

    monkeypatch.setattr(OutputWriter, "write", changed)


@pytest.mark.parametrize(("kind", "flags"), [("delta", PART), ("iceberg", ())])
def test_what_others_wrote_to_the_input_is_not_overwritten(
    spark, lake, resample, monkeypatch, kind, flags
):
    table, more = partitioned(lake, kind), events(spark, start=100)
    write_after(monkeypatch, lambda: table.write(more))
    ended = resample(*flags, input=table.source, output={**table.section, "mode": "overwrite"})
    assert ended.code == 1
    assert "changed during the run" in ended.error
    assert multiset(table.rows()) == multiset(events(spark)) + multiset(more)


def test_what_others_wrote_to_another_part_does_not_matter(spark, lake, resample, monkeypatch):
    table, more = partitioned(lake, "iceberg"), events(spark, start=100).filter("day = 'a'")
    write_after(monkeypatch, lambda: table.write(more))
    ended = resample(*PART, input=table.source, output={**table.section, "mode": "overwrite"})
    assert ended.code == 0, ended.err
    kept = multiset(events(spark).filter("day = 'a'")) + multiset(more)
    assert multiset(table.rows()) == kept + balanced(events(spark).filter("day = 'b'"))


def test_a_run_that_the_history_has_forgotten_is_skipped_by_delta(
    spark, lake, resample, monkeypatch
):
    source, out = lake.new("delta").write(events(spark)), lake.new("delta").write(events(spark))
    sections = {"input": source.source, "output": {**out.section, "mode": "append"}}
    assert resample("--run-id", "one", **sections, smote=REPEATED).code == 0
    versions = out.versions()
    monkeypatch.setattr(DeltaTable, "commit_of", lambda self, run_id: None)
    ended = resample("--run-id", "one", **sections, smote=REPEATED)
    assert ended.code == 0, ended.err
    assert "written before" in ended.err
    assert out.versions() == versions
    assert {each["made"] for each in ended.report["classes"]} == {None}


def test_a_history_that_cannot_be_read_after_the_commit_is_no_failure(
    spark, lake, resample, monkeypatch
):
    source, out = lake.new("delta").write(events(spark)), lake.new("delta")

    def fail(self, run_id):
        raise RuntimeError("no right to read the history")

    monkeypatch.setattr(DeltaTable, "commit_of", fail)
    ended = resample(input=source.source, output=out.section, smote=REPEATED)
    assert ended.code == 0, ended.err
    assert "no right to read the history" in ended.err
    assert ended.report["output_version"] is None
    assert out.rows().count() == 40
