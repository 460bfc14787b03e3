"""What Spark writes into a folder of data, and what it does not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from spark_smote.io.spec import FORMATS

__all__ = ["data_files", "foreign_entry", "partition_columns"]

PARTITION = re.compile(r"([^=]+)=.*", re.DOTALL)

OURS = re.compile(
    r"part-.*"
    r"|_SUCCESS|_(common_)?metadata|_(started|committed)_\w+|\..*\.crc"
    rf"|[^.].*\.({'|'.join(FORMATS)}|avro)(\.\w+)?",
    re.DOTALL,
)
"""Names of data files, and of what committers put beside them; compressed ones end once more."""

LEFT_OVER = re.compile(r"_temporary|\.smote-\w+")
"""Names of folders in which writes that were killed leave files."""


def foreign_entry(folder: Path) -> Path | None:
    """Return the path of something that no write of data left in a folder, if there is any."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and PARTITION.fullmatch(entry.name):
                if found := foreign_entry(Path(entry.path)):
                    return found
            elif not (LEFT_OVER if is_folder else OURS).fullmatch(entry.name):
                return Path(entry.path)
    return None


def data_files(folder: Path) -> Iterator[Path]:
    """Return the files that hold rows, those of partition folders too."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if PARTITION.fullmatch(name)]
        yield from (Path(parent, name) for name in names if not name.startswith((".", "_")))


def partition_columns(folder: Path) -> list[str] | None:
    """Return the columns that the folders of data are named after, or None without any data."""
    first = next(data_files(folder), None)
    if first is None:
        return None
    folders = first.relative_to(folder).parts[:-1]
    return [unquote(match[1]) for match in map(PARTITION.fullmatch, folders) if match]
