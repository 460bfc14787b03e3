"""Writing an output that stands whole or not at all.

On a file system that this process and Spark share, a run writes into a hidden folder beside
the output and renames it when all is well. Only a run that is killed outright leaves that
folder, `.<name>.smote-<id>`; if the old output was just being replaced, it is in there as `old`.

Elsewhere (object stores, HDFS, catalog tables) Spark writes in place: `overwrite` makes the
synthetic rows first, so that what can fail has failed before the old output goes; what remains
is a failure of the write itself, which only a transactional format (Delta, Iceberg) undoes.
`append` is Spark's own committer everywhere.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession

from spark_smote.io.paths import format_of, local_path, overlap, plain, url_of
from spark_smote.io.spec import FORMATS, Input, Output
from spark_smote.runtime.errors import brief

__all__ = ["OutputWriter"]

logger = logging.getLogger(__name__)

CLEANINGS, QUIET, PAUSE = 100, 20, 0.1
"""Times to remove what a failed write left, how often it must be gone, seconds in between."""

WRITE_DEFAULTS = {"csv": {"header": "true"}}


class OutputWriter:
    """The place of the result: checked before the work, filled after it.

    Parameters
    ----------
    spark : SparkSession
    output : Output

    Attributes
    ----------
    name : str
        The path or table name, as it was given.
    stands : bool
        Whether something is there already.
    replaces : bool
        Whether Spark itself will replace what stands there.

    Raises
    ------
    ValueError
        Where Spark cannot get to the place.
    """

    def __init__(self, spark: SparkSession, output: Output) -> None:
        self._spark, self._output = spark, output
        self._format = output.format or (format_of(output.path) if output.path else None)
        local = local_path(spark, output.path) if output.path else None
        # Links are followed, so that the folder beside it is on the same file system.
        self._path = Path(os.path.realpath(local)) if local else None
        self._folder: Path | None = None
        self.name = output.path or output.table or ""
        self.stands = self._exists()
        appends = output.mode == "append" and self.stands
        self._staged = local is not None and not appends
        self.replaces = output.mode == "overwrite" and self.stands and not self._staged

    def check(
        self, source: Input, frame: DataFrame, columns: Sequence[str], keeps_originals: bool
    ) -> None:
        """Refuse, before the work, an output that stands, is the input or cannot be written.

        Parameters
        ----------
        source : Input
        frame : DataFrame
            What was read from `source`.
        columns : sequence of str
            Columns of the result.
        keeps_originals : bool
            Whether the result holds the rows of the input too.

        Raises
        ------
        ValueError
        """
        mode = self._output.mode
        if self.stands and mode == "errorifexists":
            raise ValueError(
                f"Output {self.name!r} exists already; choose another, or mode overwrite, append "
                "or ignore."
            )
        loses = mode == "overwrite" or (mode == "append" and keeps_originals)
        if self.stands and loses and self._is_input(source, frame):
            raise ValueError(
                f"Output {self.name!r} is, holds or lies in the input, which mode {mode!r} would "
                "spoil: choose another output."
            )
        for column in self._output.partitionBy:
            if column not in columns:
                raise ValueError(
                    f"[output] partitionBy names {column!r}, which the result does not hold; "
                    f"columns: {list(columns)}."
                )
        if self._output.table and not self.stands:
            self._check_schema(self._output.table)
        if self._format is not None and self._format not in FORMATS:
            self._check_format(self._format)
        if self._staged and self._path:
            self._check_folder(self._path)

    def write(self, frame: DataFrame, watch: Callable[[DataFrame], DataFrame]) -> None:
        """Write the result; where it is staged, `publish` then puts it in its place.

        Parameters
        ----------
        frame : DataFrame
        watch : callable
            Gives the frame that counts its rows as they are written.
        """
        output = self._output
        if output.partitions:
            frame = frame.repartition(output.partitions)
        # Watched after the shuffle: a repeated task would count its rows again before it.
        writer = watch(frame).write.options(
            **WRITE_DEFAULTS.get(self._format or "", {}) | output.options
        )
        if self._format:
            writer = writer.format(self._format)
        if output.partitionBy:
            writer = writer.partitionBy(*output.partitionBy)
        if self._staged and self._path:
            self._folder = self._path.parent / f".{self._path.name}.smote-{uuid.uuid4().hex[:12]}"
            self._folder.mkdir(parents=True)
            writer.mode("error").save(url_of(self._folder / "new"))
            return
        # Spark Connect knows errorifexists by its other name only; ignore was decided before.
        writer = writer.mode(output.mode if output.mode in ("overwrite", "append") else "error")
        if output.table:
            writer.saveAsTable(output.table)
        else:
            writer.save(url_of(self._path) or output.path)

    def publish(self) -> None:
        """Put what was staged in its place; what stood there comes back if that fails."""
        if self._folder is None or self._path is None:
            return
        new, old = self._folder / "new", self._folder / "old"
        if all(path.name.startswith((".", "_")) for path in new.iterdir()):
            raise RuntimeError(
                f"Nothing arrived beside {self.name!r}: the workers write to disks of their own; "
                "choose an output on a file system that driver and workers share."
            )
        if os.path.lexists(self._path) and self._output.mode != "overwrite":
            raise RuntimeError(
                f"Output {self.name!r} appeared during the run and was left as it is; run again "
                "with another output."
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
        """Remove what is still staged, until the tasks of a failed write have given up too."""
        folder, path = self._folder, self._path
        if folder is None or path is None:
            return
        if os.path.lexists(folder / "old") and not os.path.lexists(path):
            logger.error("the old output is in %s; move it back", folder / "old")
            return
        quiet = 0
        for _ in range(CLEANINGS):
            quiet = 0 if folder.exists() else quiet + 1
            if quiet > QUIET:
                break
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(PAUSE)
        else:
            logger.warning("tasks still write into %s; remove it", folder)

    def _exists(self) -> bool:
        try:
            if self._output.table:
                return self._spark.catalog.tableExists(self._output.table)
            if self._path is not None:
                return os.path.lexists(self._path)
            self._spark.read.format("text").load(self._output.path).schema  # noqa: B018
        except Exception as error:  # file systems and catalogs have errors of their own
            if "PATH_NOT_FOUND" in str(error):
                return False
            if "onflicting directory structures" not in str(error):
                raise ValueError(
                    f"Output {self.name!r} cannot be reached: {brief(error)}; check its name and "
                    "what Spark needs to get there."
                ) from error
        return True

    def _is_input(self, source: Input, frame: DataFrame) -> bool:
        if self._output.table:
            return source.table is not None and (
                self._qualified(source.table) == self._qualified(self._output.table)
            )
        read = [unquote(file) for file in frame.inputFiles()]
        if source.path:
            read.append(url_of(local_path(self._spark, source.path)) or source.path)
        place = plain(url_of(self._path) or self.name)
        return any(overlap(place, plain(path)) for path in read)

    def _qualified(self, table: str) -> list[str]:
        parts = [part.strip("`").lower() for part in re.findall(r"`[^`]*`|[^.`]+", table)]
        catalog = self._spark.catalog
        home = [catalog.currentCatalog().lower(), catalog.currentDatabase().lower()]
        return home[: max(0, 3 - len(parts))] + parts

    def _check_schema(self, table: str) -> None:
        schema = ".".join(re.findall(r"`[^`]*`|[^.`]+", table)[:-1])
        if schema and not self._spark.catalog.databaseExists(schema):
            raise ValueError(
                f"Output table {table!r} has no place: schema {schema!r} does not exist; create "
                f"it, or write ./{table} for a file."
            )

    def _check_format(self, name: str) -> None:
        try:
            self._spark.read.format(name).load(tempfile.gettempdir()).schema  # noqa: B018
        except Exception as error:  # whatever else a format dislikes about that folder
            if "DATA_SOURCE_NOT_FOUND" in str(error):
                raise ValueError(
                    f"Output format {name!r} is unknown to this Spark; allowed: "
                    f"{', '.join(FORMATS)} and those of its packages."
                ) from error

    def _check_folder(self, path: Path) -> None:
        if path.is_mount():
            raise ValueError(
                f"Output {self.name!r} is a mount point, which cannot be replaced: choose a folder "
                "in it."
            )
        above = next(folder for folder in path.parents if folder.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            raise ValueError(
                f"Output {self.name!r} cannot be written: {str(above)!r} is no folder that you may "
                "write to; choose another."
            )
