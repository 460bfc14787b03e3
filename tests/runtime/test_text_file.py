from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from spark_smote.runtime.text_file import replace_text, why_not_replaceable


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_mode_that_any_other_would_have(tmp_path):
    (tmp_path / "plain").touch()
    path = tmp_path / "deep" / "report.json"
    assert why_not_replaceable(path) is None
    assert not path.parent.exists()
    replace_text(path, "é")
    assert path.read_text(encoding="utf-8") == "é"
    assert mode(path) == mode(tmp_path / "plain")


def test_an_old_file_keeps_its_mode_and_its_link(tmp_path):
    target, link = tmp_path / "a" / "target", tmp_path / "link"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert why_not_replaceable(link) is None
    replace_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert mode(target) == 0o640
    assert os.listdir(tmp_path / "a") == ["target"]


def test_a_planted_link_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / ".report.json.part").symlink_to(victim)
    replace_text(tmp_path / "report.json", "new")
    assert victim.read_text() == "precious"


def test_only_regular_files_are_replaced(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "device").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the path of a socket is short
        listener.bind("socket")
    for path in sorted(tmp_path.iterdir()):
        assert why_not_replaceable(path) == "it is no regular file", path


@pytest.mark.parametrize("place", ["/proc/x/y", "FILE/report.json", "DIR/" + "n" * 300])
def test_a_place_that_takes_no_file_is_found_without_a_trace(tmp_path, place):
    (tmp_path / "file").touch()
    place = place.replace("FILE", str(tmp_path / "file")).replace("DIR", str(tmp_path))
    assert why_not_replaceable(Path(place))
    assert os.listdir(tmp_path) == ["file"]


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "report.json"
    path.write_text("old")

    def full(number: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.json"]
