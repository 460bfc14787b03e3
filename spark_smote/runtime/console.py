"""Text tables and JSON for the console."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spark_smote.runtime.redaction import redact

__all__ = ["say", "table", "write_json"]


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Set rows under their headings; the first column to the left, numbers to the right."""
    cells = [
        [f"{c:,}" if isinstance(c, int) and i else str(c) for i, c in enumerate(row)]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    ruled = [list(columns), ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            c.rjust(w) if i else c.ljust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in ruled
    )


def say(text: str) -> None:
    """Write a line to stdout, without credentials."""
    sys.stdout.write(redact(text) + "\n")
    sys.stdout.flush()


def write_json(path: str, content: Mapping[str, Any]) -> None:
    """Write a JSON file at once, whole; ``-`` is a line of stdout."""
    if path == "-":
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    place = Path(path)
    part = place.with_name(f".{place.name}.part")
    part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, place)
