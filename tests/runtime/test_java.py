from __future__ import annotations

import glob
import os
import re
import runpy
import sys
from pathlib import Path

import pytest

from spark_smote.runtime import java

PYTHON = sys.executable
MODULES = "java.base java.sql jdk.incubator.vector jdk.unsupported"


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def home(path: Path, version: str | None, modules: str | None = MODULES, says: str = "") -> Path:
    script(path / "bin" / "java", says)
    if version:
        listed = "" if modules is None else f'MODULES="{modules}"\n'
        (path / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n{listed}')
    return path


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def patterns(tmp_path: Path) -> list[str]:
    return [f"{tmp_path}/first/*", f"{tmp_path}/second/*"]


def test_java_home_comes_before_path_and_path_before_folders(tmp_path, patterns, monkeypatch):
    in_folder = home(tmp_path / "first" / "a", "17.0.15")
    assert java.find_java_home(patterns) == in_folder
    on_path = home(tmp_path / "on-path", "21.0.2")
    monkeypatch.setenv("PATH", str(on_path / "bin"))
    assert java.find_java_home(patterns) == on_path
    named = home(tmp_path / "named", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(named))
    assert java.find_java_home(patterns) == named


def test_folders_are_searched_in_the_order_given(tmp_path, patterns):
    later = home(tmp_path / "second" / "a", "17.0.1")
    home(tmp_path / "first" / "a", "11.0.1")
    assert java.find_java_home(patterns) == later
    earlier = home(tmp_path / "first" / "b", "21.0.1")
    home(tmp_path / "first" / "c", "17.0.1")
    assert java.find_java_home(patterns) == earlier


def test_java_on_path_is_followed_to_its_home(tmp_path, monkeypatch):
    real = home(tmp_path / "jvm" / "java-17", "17.0.15")
    (tmp_path / "alternatives").symlink_to(real / "bin" / "java")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(tmp_path / "alternatives")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert java.find_java_home([]) == real.resolve()


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.27", "16.0.2", "18", "25.0.3"])
def test_other_versions_are_passed_over(version, tmp_path, patterns, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(home(tmp_path / "named", version)))
    assert java.find_java_home(patterns) is None
    usable = home(tmp_path / "second" / "z", "17.0.15")
    assert java.use_java(patterns) == usable
    assert os.environ["JAVA_HOME"] == str(usable)


@pytest.mark.parametrize("version", ["17", "17.0.21.1", "21.0.8", "21-ea"])
def test_usable_versions(version, tmp_path, patterns):
    assert java.find_java_home(patterns) is None
    assert java.find_java_home([str(home(tmp_path / "a", version))]) == tmp_path / "a"


def test_a_trimmed_runtime_is_passed_over(tmp_path):
    trimmed = home(tmp_path / "a", "21.0.8", modules="java.base jdk.incubator.vectors")
    whole = home(tmp_path / "b", "21.0.8", modules=None)
    assert java.find_java_home([str(trimmed)]) is None
    assert java.find_java_home([str(trimmed), str(whole)]) == whole


def test_a_home_without_java_is_passed_over(tmp_path):
    (home(tmp_path / "a", "17.0.15") / "bin" / "java").unlink()
    (home(tmp_path / "b", "17.0.15") / "bin" / "java").chmod(0o644)
    assert java.find_java_home([f"{tmp_path}/*"]) is None


@pytest.mark.parametrize(
    ("says", "usable"),
    [
        ("""echo 'openjdk version "17.0.15" 2025-04-15' >&2""", True),
        (
            """echo 'Picked up JAVA_TOOL_OPTIONS: -Dx=1\nopenjdk version "21" 2023-09-19' >&2""",
            True,
        ),
        ("""echo 'openjdk version "25.0.3" 2026-04-21' >&2""", False),
        ("echo 'Module jdk.incubator.vector not found' >&2; exit 1", False),
        ("echo unheard of", False),
    ],
)
def test_a_home_without_release_is_asked(says, usable, tmp_path):
    asked = home(tmp_path / "a", None, says=says)
    assert java.find_java_home([str(asked)]) == (asked if usable else None)


def test_the_module_is_asked_for_by_name(tmp_path):
    says = """test "$1" = --add-modules=jdk.incubator.vector && echo 'version "17"'"""
    assert java.find_java_home([str(home(tmp_path / "a", None, says=says))]) is not None


def test_use_java_says_what_to_do_where_there_is_none(tmp_path, patterns, monkeypatch):
    named = home(tmp_path / "named", "25.0.3")
    monkeypatch.setenv("JAVA_HOME", str(named))
    with pytest.raises(RuntimeError) as caught:
        java.use_java(patterns)
    sentence = str(caught.value)
    assert "Java 17 or 21" in sentence
    assert repr(str(named)) in sentence
    assert "python -m spark_smote.runtime.java" in sentence
    assert "install openjdk-17-jre-headless" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert os.environ["JAVA_HOME"] == str(named)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for apt-get, dpkg-deb and pip; the package 21 links its settings to /etc."""
    tree = tmp_path / "package"
    reads_settings = """cat "$(dirname "$0")/../lib/jvm.cfg" && echo 'version "21.0.1"'"""
    jvm = home(tree / "usr/lib/jvm/java-21-openjdk", "21.0.1", says=reads_settings)
    (jvm / "lib").mkdir()
    (jvm / "lib" / "jvm.cfg").symlink_to("/etc/java-21-openjdk/jvm.cfg")
    (jvm / "lib" / "cacerts").symlink_to("/no/such/cacerts")
    (tree / "usr/lib/jvm/java-1.21.0-openjdk").symlink_to("java-21-openjdk")
    (tree / "etc/java-21-openjdk").mkdir(parents=True)
    (tree / "etc/java-21-openjdk/jvm.cfg").write_text("-server KNOWN\n")
    commands = tmp_path / "bin"
    only_21 = 'case $3 in *-21-*) : > "$3.deb";; *) echo "E: no $3" >&2; exit 100;; esac'
    script(commands / "apt-get", only_21)
    script(commands / "dpkg-deb", f'test -f "$2" && cp -a "{tree}/." "$3"')
    script(commands / "python", "echo 'ERROR: no index' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{commands}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", str(commands / "python"))
    return jvm


def test_a_package_is_made_to_run_where_it_is_unpacked(package, tmp_path, monkeypatch):
    fetched = java.fetch_java(tmp_path / "venv" / "jdk")
    assert fetched == tmp_path / "venv" / "jdk" / "java-21"
    assert (fetched / "lib" / "jvm.cfg").read_text() == "-server KNOWN\n"
    assert not (fetched / "lib" / "jvm.cfg").is_symlink()
    assert (fetched / "lib" / "cacerts").is_symlink()
    assert os.listdir(fetched.parent) == ["java-21"]
    monkeypatch.setenv("PATH", "")
    assert java.find_java_home([f"{tmp_path}/venv/jdk/*"]) == fetched


def test_a_broken_home_is_replaced(package, tmp_path):
    left = tmp_path / "jdk" / "java-21" / "bin"
    left.mkdir(parents=True)
    assert java.fetch_java(tmp_path / "jdk") == left.parent
    assert (left / "java").is_file()


def test_a_java_that_does_not_run_is_not_kept(package, tmp_path):
    script(package / "bin" / "java", "echo 'libz.so.1: cannot open' >&2; exit 127")
    with pytest.raises(RuntimeError, match=re.escape("java: libz.so.1: cannot open")):
        java.fetch_java(tmp_path / "jdk")
    assert os.listdir(tmp_path / "jdk") == []


def test_a_download_is_the_last_resort(package, tmp_path, monkeypatch):
    script(tmp_path / "bin" / "apt-get", "exit 100")
    python = f'if [ "$1" = -c ]; then exec "{PYTHON}" "$@"; fi'
    script(tmp_path / "bin" / "python", python)
    made = home(tmp_path / "jdk-17.0.19+10" / "Contents" / "Home", "17.0.19", says="echo fine")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "jdk.py").write_text(
        "import shutil\n"
        "def install(version, path):\n"
        "    assert version == '17'\n"
        f"    shutil.copytree({str(made.parent.parent)!r}, path + '/jdk-17.0.19+10')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    fetched = java.fetch_java(tmp_path / "jdk")
    assert fetched == tmp_path / "jdk" / "java-17"
    assert (fetched / "bin" / "java").is_file()


def test_fetch_says_what_failed_and_what_to_install(package, tmp_path):
    script(tmp_path / "bin" / "dpkg-deb", "exit 2")
    with pytest.raises(RuntimeError) as caught:
        java.fetch_java(tmp_path / "jdk")
    sentence = str(caught.value)
    assert "Spark needs Java 17 or 21" in sentence
    assert f"brought into {tmp_path / 'jdk'} " in sentence
    assert (
        "(apt-get: E: no openjdk-17-jre-headless; dpkg-deb: failed; python: ERROR: no index)"
        in sentence
    )
    assert "install openjdk-17-jre-headless or Eclipse Temurin 17" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_the_step_prints_the_home_found(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JAVA_HOME", str(home(tmp_path / "a", "17.0.15")))
    runpy.run_path(java.__file__, run_name="__main__")
    assert capsys.readouterr().out == f"{tmp_path / 'a'}\n"


def test_the_step_ends_with_one_sentence_where_all_fails(package, tmp_path, monkeypatch):
    monkeypatch.setattr(glob, "glob", lambda pattern: [])
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(java.__file__, run_name="__main__")
    assert str(caught.value.code).startswith("Spark needs Java 17 or 21, and none could be brought")
    assert not list((tmp_path / "venv" / "jdk").iterdir())
