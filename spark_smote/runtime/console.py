"""Text tables and JSON for the console."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["format_table", "print_line", "write_json"]


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
    """Write a line to stdout; what it says of a table or an output is without credentials."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_json(path: str, content: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all; ``-`` is a line of stdout."""
    if path == "-":
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    file = Path(path)
    partial = file.with_name(f".{file.name}.part")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(partial, file)
