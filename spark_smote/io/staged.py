"""Writing beside the output, and renaming when all is well."""

from __future__ import annotations

import logging
import os
import shutil
import time
import uuid
from dataclasses import replace
from pathlib import Path

from pyspark.sql import DataFrame

from spark_smote.exceptions import ResamplingError
from spark_smote.io.in_place import InPlaceWriter
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
    """Writer to a hidden folder beside the output, for a local or shared file system.

    Parameters
    ----------
    output : Output
        With the format that Spark is to use.
    path : Path
        The output's real path, without links: the hidden folder is on the same file system.
    """

    def __init__(self, output: Output, path: Path) -> None:
        self._output, self._path = output, path
        self._folder: Path | None = None

    def check(self) -> None:
        """Check that the output can be replaced and its folder written to.

        Raises
        ------
        ResamplingError
        """
        if self._path.is_mount():
            raise ResamplingError(
                f"Output {self._output.path!r} is a mount point, which cannot be replaced: choose "
                "a folder in it."
            )
        parent = next(folder for folder in self._path.parents if folder.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise ResamplingError(
                f"Output {self._output.path!r} cannot be written: {str(parent)!r} is no folder "
                "that you may write to; choose another."
            )

    def write(self, frame: DataFrame) -> None:
        """Write all rows to the hidden folder."""
        self._folder = self._path.parent / f".{self._path.name}.smote-{uuid.uuid4().hex[:12]}"
        self._folder.mkdir(parents=True)
        staged = replace(self._output, path=url_of(self._folder / "new"), mode="errorifexists")
        InPlaceWriter(staged).write(frame)

    def publish(self) -> None:
        """Rename the staged folder to the output; restore the old output if that fails.

        Raises
        ------
        RuntimeError
            If no file was written where this process sees it, or if the output appeared during
            the run.
        """
        if self._folder is None:
            return
        new, old = self._folder / "new", self._folder / "old"
        if all(path.name.startswith((".", "_")) for path in new.iterdir()):
            raise RuntimeError(
                f"Nothing arrived beside {self._output.path!r}: the workers write to disks of "
                "their own; choose an output on a file system that driver and workers share."
            )
        if os.path.lexists(self._path) and self._output.mode != "overwrite":
            raise RuntimeError(
                f"Output {self._output.path!r} appeared during the run and was left as it is; run "
                "again with another output."
            )
        try:
            if os.path.lexists(self._path):
                os.rename(self._path, old)
            os.rename(new, self._path)
        except BaseException:
            if os.path.lexists(old) and not os.path.lexists(self._path):
                os.rename(old, self._path)
            raise
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

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
