"""Writing to a hidden folder, and renaming when all is well."""

from __future__ import annotations

import glob
import logging
import os
import shlex
import shutil
import stat
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pyspark.sql import DataFrame

from spark_smote.exceptions import ResamplingError
from spark_smote.io.output.data_files import data_files, foreign_entry, partition_columns
from spark_smote.io.output.in_place import repartitioned, save
from spark_smote.io.paths import url_of
from spark_smote.io.spec import Output

__all__ = ["StagedWriter"]

logger = logging.getLogger(__name__)

MAX_REMOVALS = 100
"""Attempts to remove what a failed write left."""

QUIET_CHECKS = 20
"""Checks in a row that must find the folder gone before it counts as removed."""

PAUSE = 0.1
"""Seconds between two attempts."""


class StagedWriter:
    """Writer for a local or shared file system.

    Rows go to a hidden folder beside the output, or in it to append.

    Parameters
    ----------
    output : Output
        With the format that Spark is to use.
    path : Path
        The output's real path, without links: the hidden folder is on the same file system.
    """

    def __init__(self, output: Output, path: Path) -> None:
        self._output, self._path = output, path
        self._exists = os.path.lexists(path)
        self._appends = output.mode == "append" and self._exists
        self._folder: Path | None = None

    def check(self) -> None:
        """Check that the output can be written to or replaced, and look for what killed runs left.

        Raises
        ------
        ResamplingError
        """
        name = self._output.path
        self._check_left()
        if self._exists and not self._path.is_dir():
            raise ResamplingError(
                f"Output {name!r} is a file, where Spark writes a folder: choose another output."
            )
        if self._appends:
            self._check_append()
        elif self._exists:
            self._check_replace()
        near = [self._path] if self._appends else self._path.parents
        parent = next(folder for folder in near if folder.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise ResamplingError(
                f"Output {name!r} cannot be written: {str(parent)!r} is no folder that you may "
                "write to; choose another."
            )

    def write(self, frame: DataFrame, observe: Callable[[DataFrame], DataFrame]) -> None:
        """Write all rows to the hidden folder."""
        ending = f".smote-{uuid.uuid4().hex[:12]}"
        beside = self._path.with_name(f".{self._path.name}{ending}")
        self._folder = self._path / ending if self._appends else beside
        self._folder.mkdir(parents=True)
        if self._exists:  # the rows are as private as the old ones
            self._folder.chmod(stat.S_IMODE(self._path.stat().st_mode) | stat.S_IRWXU)
        staged = replace(self._output, path=url_of(self._folder / "new"), mode="errorifexists")
        save(observe(repartitioned(frame, self._output)), staged)

    def written(self, select: Callable[[DataFrame], DataFrame]) -> DataFrame | None:
        """Refuse to publish what is not counted: Spark always tells what it writes as files."""
        raise RuntimeError(f"Spark did not count what it wrote; {self.discard()}")

    def publish(self, empty: bool) -> None:
        """Move the staged files to or into the output; undo that if it fails.

        Parameters
        ----------
        empty : bool
            Whether no row was written.

        Raises
        ------
        RuntimeError
            If no file was written where this process sees it, or if the output appeared during
            the run.
        """
        if self._folder is None:
            return
        new = self._folder / "new"
        if not empty and next(data_files(new), None) is None:
            raise RuntimeError(
                f"Nothing arrived beside {self._output.path!r}: the workers write to disks of "
                "their own; choose an output on a file system that driver and workers share."
            )
        if self._appends:
            self._move_in(new)
        elif os.path.lexists(self._path) and self._output.mode != "overwrite":
            raise RuntimeError(
                f"Output {self._output.path!r} appeared during the run and was left as it is; run "
                "again with another output."
            )
        else:
            self._swap(new, self._folder / "old")
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._folder.exists():
            logger.warning("the old output could not be removed from %s", self._folder)
        self._folder = None

    def discard(self) -> str:
        """Return what now stands; `clean` removes what was staged, after the tasks ended."""
        return "The output is as it was."

    def clean(self) -> None:
        """Remove what is still staged, until the tasks of a failed write have stopped too."""
        folder = self._folder
        if folder is None:
            return
        if os.path.lexists(folder / "old") and not os.path.lexists(self._path):
            logger.error("the old output is in %s; move it back", folder / "old")
            return
        quiet = 0
        for _ in range(MAX_REMOVALS):
            quiet = 0 if folder.exists() else quiet + 1
            if quiet > QUIET_CHECKS:
                break
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(PAUSE)
        else:
            logger.warning("tasks still write into %s; remove it", folder)

    def _check_left(self) -> None:
        beside = self._path.parent.glob(f".{glob.escape(self._path.name)}.smote-*")
        left = sorted([*beside, *self._path.glob(".smote-*")])
        old = [path / "old" for path in left if os.path.lexists(path / "old")]
        if len(old) == 1 and not self._exists:
            move = shlex.join(["mv", str(old[0]), str(self._path)])
            raise ResamplingError(
                f"Output {self._output.path!r} is missing, and {str(old[0])!r} holds what a killed "
                f"run was replacing: move it back ({move}), or remove it."
            )
        for path in left:
            logger.warning(
                "%s is of a run that was killed, or still writes to %r; remove it if none does",
                path, self._output.path,
            )  # fmt: skip

    def _check_append(self) -> None:
        name, named = self._output.path, self._output.partitionBy
        columns = partition_columns(self._path)
        if columns is not None and list(map(str.lower, columns)) != list(map(str.lower, named)):
            raise ResamplingError(
                f"Output {name!r} is partitioned by {columns}, the rows to append by {named}: set "
                f"partitionBy in [output] to {columns}."
            )

    def _check_replace(self) -> None:
        name = self._output.path
        if self._path.is_mount():
            raise ResamplingError(
                f"Output {name!r} is a mount point, which cannot be replaced: choose a folder in "
                "it."
            )
        found = foreign_entry(self._path)
        if found is None:
            return
        raise ResamplingError(
            f"Output {name!r} holds {str(found.relative_to(self._path))!r}, which is no data that "
            "Spark wrote, so that it is not replaced: choose another output, or remove it yourself."
        )

    def _swap(self, new: Path, old: Path) -> None:
        """Rename the staged folder to the output; restore the old output if that fails."""
        try:
            if os.path.lexists(self._path):
                _copy_access(self._path, new)
                os.rename(self._path, old)
            os.rename(new, self._path)
        except BaseException:
            if os.path.lexists(old) and not os.path.lexists(self._path):
                os.rename(old, self._path)
            raise

    def _move_in(self, new: Path) -> None:
        """Move the staged files into the output; move them back if one cannot be moved."""
        moves = [(file, self._path / file.relative_to(new)) for file in sorted(data_files(new))]
        done: list[tuple[Path, Path]] = []
        try:
            for start, end in moves:
                if os.path.lexists(end):
                    raise FileExistsError(f"{end} exists already")
                end.parent.mkdir(parents=True, exist_ok=True)
                done.append((start, end))
                os.rename(start, end)
        except BaseException:
            for start, end in reversed(done):
                if os.path.lexists(end):
                    os.rename(end, start)
                with suppress(OSError):  # of folders that are not empty
                    os.removedirs(end.parent)
            raise


def _copy_access(old: Path, new: Path) -> None:
    """Set owner and mode of a folder as those of the one that it replaces."""
    access = old.stat()
    if (access.st_uid, access.st_gid) != (new.stat().st_uid, new.stat().st_gid):
        with suppress(PermissionError):  # only root gives files away
            for path in (new, *new.rglob("*")):
                os.chown(path, access.st_uid, access.st_gid, follow_symlinks=False)
    new.chmod(stat.S_IMODE(access.st_mode))  # last: a change of owner clears special bits
