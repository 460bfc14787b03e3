"""Text tables and JSON for the console."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spark_smote.runtime.text_file import replace_text

__all__ = ["format_table", "print_line", "write_json"]

logger = logging.getLogger(__name__)


def format_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Format rows under their headings, the first column to the left, the others to the right."""
    cells = [
        [f"{cell:,}" if isinstance(cell, int) and i else str(cell) for i, cell in enumerate(row)]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    lines = [list(columns), ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def print_line(text: str) -> None:
    """Write a line to stdout, if that is open, with escapes for what its encoding lacks."""
    stdout = sys.stdout
    if stdout is None:  # closed before Python started
        return
    encoding = stdout.encoding or "utf-8"
    try:
        stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stdout.flush()
    except (OSError, ValueError) as error:  # without a reader, on a full disk, or closed since
        logger.warning("stdout cannot be written: %s", error)
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - what is left would fail at exit, too


def write_json(path: str, content: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all; ``-`` is a line of stdout."""
    if path == "-":
        print_line(json.dumps(content))
        return
    replace_text(Path(path), json.dumps(content, indent=2, ensure_ascii=False) + "\n")
