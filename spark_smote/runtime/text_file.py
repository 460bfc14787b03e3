"""Text files that are replaced as a whole."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["replace_text", "why_not_replaceable"]


def why_not_replaceable(path: Path) -> str | None:
    """Return why `replace_text` could not write there, in a few words, or None; leaves no trace."""
    if os.path.lexists(path) and not path.is_file():
        return "it is no regular file"
    folder = next(parent for parent in path.resolve().parents if parent.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=folder):
            return None
    except OSError as error:
        return f"{error.strerror}: {str(folder)!r}"


def replace_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all; a file that is there keeps its mode, a link its place."""
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    number, partial = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(number)
        if target.exists():
            access = target.stat()
            with suppress(PermissionError):  # only root gives files away
                os.chown(partial, access.st_uid, access.st_gid)
            os.chmod(partial, stat.S_IMODE(access.st_mode))
        else:
            os.umask(mask := os.umask(0))
            os.chmod(partial, 0o666 & ~mask)
        os.replace(partial, target)
    except BaseException:
        os.unlink(partial)
        raise
