"""Short texts of errors."""

from __future__ import annotations

import re

__all__ = ["MISSING_ON_WORKERS", "MORE_MEMORY", "brief"]

MISSING_ON_WORKERS = (
    "The Python workers of Spark lack spark_smote: install it there; or make the zip with `make "
    "build`, and submit with --py-files dist/spark_smote.zip, or on Spark Connect call "
    'spark.addArtifacts("dist/spark_smote.zip", pyfile=True) before transform.'
)
"""What a user can do for workers that cannot import this package."""

MORE_MEMORY = (
    "raise spark.executor.pyspark.memory if it is set, else spark.executor.memoryOverhead or the "
    "memory of the machine, or use fewer spark.executor.cores."
)
"""What a user can do for Python workers."""

_OUT_OF_MEMORY = re.compile(
    r"([\w.]*MemoryError(:|$))|.*(failed to map segment|Cannot allocate memory|start new thread)"
)
"""Lines that Python ends with where memory is short: libraries are not even loaded."""


def brief(error: BaseException) -> str:
    """Return the cause of an error in one line, without stack traces of Java or Python."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    if "An error occurred while calling" in text:
        causes = [line for line in lines if line.startswith("Caused by:")]
        text = causes[-1] if causes else lines[min(1, len(lines) - 1)]
    short = []
    if "Traceback (most recent call last)" in str(error):  # from a Python worker
        raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception): ", line)]
        short = [line for line in lines if _OUT_OF_MEMORY.match(line)]
        text = (short or raised or [text])[-1]
        if text.startswith("ModuleNotFoundError: No module named 'spark_smote"):
            return MISSING_ON_WORKERS
    text = re.sub(r"^(Caused by: |: )?([\w$]+\.)+(?=\w+(Error|Exception): )", "", text)
    cause, state, code = text.rpartition("SQLSTATE: ")
    text = cause.rstrip() if state and code.isalnum() else text
    if short:
        return f"Python ran out of memory in a task ({text}): {MORE_MEMORY}"
    if "Python worker exited unexpectedly" in str(error):
        return (
            f"A Python worker crashed or was killed, most often for want of memory: {MORE_MEMORY}"
        )
    file = re.search(r"rror while reading file (\S+?)\.?(\s|$)", str(error))
    return text if file is None or file[1] in text else f"{text} (in the file {file[1]})"
