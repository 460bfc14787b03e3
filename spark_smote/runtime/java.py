"""The Java that Spark runs on; ``python -m spark_smote.runtime.java`` finds or installs one."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

VERSIONS = (17, 21)

MODULE = "jdk.incubator.vector"  # Spark's launcher demands it; trimmed runtimes lack it

JVM_HOMES = (
    "/usr/lib/jvm/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk@*/libexec/openjdk.jdk/Contents/Home",
    "~/.jdk/*",
    "~/.jdk/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
    f"{glob.escape(sys.prefix)}/jdk/*",
)

_ADVICE = "install openjdk-17-jre-headless or Eclipse Temurin 17, or point JAVA_HOME at its home"


def find_java_home(patterns: Sequence[str] = JVM_HOMES) -> Path | None:
    """Find a home of Java 17 or 21: in JAVA_HOME, on PATH, then where `patterns` match."""
    return next((home for home in _homes(patterns) if _version(home) in VERSIONS), None)


def use_java(patterns: Sequence[str] = JVM_HOMES) -> Path:
    """Set JAVA_HOME to what `find_java_home` finds, for the Spark that starts next."""
    if (home := find_java_home(patterns)) is None:
        raise RuntimeError(
            f"Spark needs Java 17 or 21, and none was found (JAVA_HOME is "
            f"{os.environ.get('JAVA_HOME')!r}): run `python -m spark_smote.runtime.java`, or "
            f"{_ADVICE}."
        )
    os.environ["JAVA_HOME"] = str(home)
    return home


def fetch_java(folder: Path) -> Path:
    """Fetch a Java into `folder`, without root: a Debian package, else a Temurin download."""
    reasons = []
    for fetch, version in ((_debian, 17), (_debian, 21), (_temurin, 17)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".", dir=folder) as stage:
                fetch(version, Path(stage))
                home = next(p.parent for p in Path(stage).rglob("release") if _version(p.parent))
                _version_of(home / "bin" / "java")
                shutil.rmtree(target := folder / f"java-{version}", ignore_errors=True)
                return home.rename(target)
        except (OSError, StopIteration) as error:
            reasons.append(str(error) or f"{fetch.__name__[1:]} brought no usable Java {version}")
    raise RuntimeError(
        f"Spark needs Java 17 or 21, and none could be brought into {folder} "
        f"({'; '.join(reasons)}): {_ADVICE}."
    )


def _homes(patterns: Sequence[str]) -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    for pattern in patterns:
        yield from map(Path, sorted(glob.glob(os.path.expanduser(pattern))))


def _version(home: Path) -> int | None:
    """Return the major version of a home, or None if it has no `java` or lacks `MODULE`."""
    java, release = shutil.which("java", path=str(home / "bin")), home / "release"
    text = release.read_text(errors="replace") if release.is_file() else ""
    modules = re.search(r'^MODULES="(.*)"', text, re.MULTILINE)
    if java is None or (modules and MODULE not in modules[1].split()):
        return None
    try:
        version = re.search(r'^JAVA_VERSION="(\d+)', text, re.MULTILINE) or _version_of(java)
    except OSError:
        return None
    return int(version[1]) if version else None


def _version_of(java: str | Path) -> re.Match[str] | None:
    return re.search(r'version "(\d+)', _run(java, f"--add-modules={MODULE}", "-version"))


def _debian(version: int, stage: Path) -> None:
    _run("apt-get", "--quiet", "download", f"openjdk-{version}-jre-headless", cwd=stage)
    _run("dpkg-deb", "--extract", *stage.glob("*.deb"), stage)
    for link in [path for path in stage.rglob("*") if path.is_symlink()]:
        # The package links its settings to /etc, where nothing was installed.
        packaged = stage.joinpath(*link.readlink().parts[1:])
        if link.readlink().is_absolute() and packaged.is_file():
            link.unlink()
            shutil.copy2(packaged, link)


def _temurin(version: int, stage: Path) -> None:
    _run(sys.executable, "-m", "pip", "install", "--quiet", "install-jdk")
    _run(sys.executable, "-c", f"import jdk; jdk.install('{version}', path={str(stage)!r})")


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    process = subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)
    output = (process.stdout + process.stderr).strip()
    if process.returncode:
        raise OSError(f"{Path(command[0]).name}: {output.splitlines()[-1] if output else 'failed'}")
    return output


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{find_java_home() or fetch_java(Path(sys.prefix) / 'jdk')}\n")
    except RuntimeError as error:
        sys.exit(str(error))
