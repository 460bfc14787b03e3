"""Sources of this package at git revisions, to run them beside the present ones."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import spark_smote
from spark_smote.exceptions import ResamplingError

__all__ = ["PRESENT", "Sources", "extracted", "resolve"]

MODULE = "spark_smote.benchmark.contenders.registry"
"""The module that is executed to run a contender."""

EARLIER_MODULE = "spark_smote.benchmark.contenders"
"""The same in revisions up to 5910a90, where it takes the same task and sends the same messages."""


@dataclass(frozen=True)
class Sources:
    """Sources of this package.

    Attributes
    ----------
    folder : Path
        The folder that the package lies in.
    module : str
        The module that is executed to run a contender.
    """

    folder: Path
    module: str


PRESENT = Sources(Path(spark_smote.__file__).parent.parent, MODULE)
"""The sources that are running."""


def resolve(revision: str) -> str:
    """Return the short hash of a git revision of this package.

    Raises
    ------
    ResamplingError
        If there is no git repository, or no such revision in it.
    """
    repository = _repository()
    found = _git(repository, "rev-parse", "--verify", "--short", f"{revision}^{{commit}}")
    if found.returncode:
        raise ResamplingError(
            f"Git revision {revision!r} is unknown in {repository}: set --baseline to a commit, "
            "branch or tag that `git log` shows there."
        )
    return found.stdout.strip()


@contextmanager
def extracted(revisions: Iterable[str]) -> Iterator[dict[str, Sources]]:
    """Extract the sources of revisions into a folder, which is removed in the end.

    Yields
    ------
    dict of str to Sources
        By revision.

    Raises
    ------
    ResamplingError
        If this package has no benchmark in a revision.
    """
    with tempfile.TemporaryDirectory(prefix="spark-smote-") as folder:
        yield {revision: _extract(revision, Path(folder)) for revision in revisions}


def _extract(revision: str, parent: Path) -> Sources:
    """Extract the sources of a revision into a folder of its own."""
    archive, folder = parent / f"{revision}.zip", parent / revision
    _git(_repository(), "archive", f"--output={archive}", revision, "spark_smote")
    if archive.exists():
        shutil.unpack_archive(archive, folder)
    for module in (MODULE, EARLIER_MODULE):
        if (folder / module.replace(".", "/")).with_suffix(".py").exists():
            return Sources(folder, module)
    raise ResamplingError(
        f"Git revision {revision!r} has no benchmark that could run it: set --baseline to a later "
        "one."
    )


def _repository() -> Path:
    """Find the git repository of this package's sources: around the package, or here."""
    for folder in (PRESENT.folder, Path.cwd()):
        if (folder / ".git").exists():
            return folder
    raise ResamplingError(
        f"--baseline needs the git repository of this package, but neither {PRESENT.folder} nor "
        f"{Path.cwd()} is one: run the command in a clone."
    )


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in a repository."""
    if shutil.which("git") is None:
        raise ResamplingError("--baseline needs git, which is not on PATH: install it.")
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
