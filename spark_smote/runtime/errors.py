"""Short texts of errors."""

from __future__ import annotations

import re

__all__ = ["brief"]


def brief(error: BaseException) -> str:
    """Return the cause of an error in one line, without stack traces of Java or Python."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    if "An error occurred while calling" in text:
        causes = [line for line in lines if line.startswith("Caused by:")]
        text = causes[-1] if causes else lines[min(1, len(lines) - 1)]
    if "Traceback (most recent call last)" in str(error):  # from a Python worker
        raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception): ", line)]
        text = raised[-1] if raised else text
    text = re.sub(r"^(Caused by: |: )?([\w$]+\.)+(?=\w+(Error|Exception): )", "", text)
    cause, state, code = text.rpartition("SQLSTATE: ")
    text = cause.rstrip() if state and code.isalnum() else text
    file = re.search(r"rror while reading file (\S+?)\.?(\s|$)", str(error))
    return text if file is None or file[1] in text else f"{text} (in the file {file[1]})"
