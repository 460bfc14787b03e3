from __future__ import annotations

import pytest

from spark_smote.runtime.errors import MISSING_ON_WORKERS, MORE_MEMORY, brief

RAISED = (
    "An exception was thrown from the Python worker: Traceback (most recent call last):\n"
    '  File "worker.py", line 13, in <module>\n    import pyarrow as pa\n'
)


@pytest.mark.parametrize(
    ("raised", "cause"),
    [
        (
            "ImportError: libparquet.so.2600: failed to map segment from shared object\n",
            "ImportError: libparquet.so.2600: failed to map segment from shared object",
        ),
        (
            "ImportError: \n\nIMPORTANT: PLEASE READ THIS FOR ADVICE\n\nImporting the numpy "
            "C-extensions failed.\n\nOriginal error was: libpthread.so.0: failed to map segment "
            "from shared object\n\n",
            "Original error was: libpthread.so.0: failed to map segment from shared object",
        ),
        (
            "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.02 MiB for an array\n",
            "_ArrayMemoryError: Unable to allocate 7.02 MiB for an array",
        ),
        ("    raise MemoryError(size)\nMemoryError\n", "MemoryError"),
        (
            "pyarrow.lib.ArrowMemoryError: malloc of size 64 failed\n",
            "ArrowMemoryError: malloc of size 64 failed",
        ),
        (
            "OSError: [Errno 12] Cannot allocate memory\n",
            "OSError: [Errno 12] Cannot allocate memory",
        ),
        ("RuntimeError: can't start new thread\n", "RuntimeError: can't start new thread"),
    ],
)
def test_a_python_worker_without_memory_says_so(raised, cause):
    text = f"Python ran out of memory in a task ({cause}): {MORE_MEMORY}"
    assert brief(Exception(f"{RAISED}{raised} SQLSTATE: 38000")) == text


def test_a_python_worker_that_is_gone_is_named():
    error = Exception(
        "An error occurred while calling o433.save.\n: org.apache.spark.SparkException: Job "
        "aborted due to stage failure: Lost task 0.0: org.apache.spark.SparkException: Python "
        "worker exited unexpectedly (crashed). Consider setting 'x'\n\tat a.b(C.scala:1)\n"
        "Caused by: java.net.SocketException: Connection reset\n\t... 19 more"
    )
    assert brief(error) == (
        f"A Python worker crashed or was killed, most often for want of memory: {MORE_MEMORY}"
    )


def test_memory_that_the_driver_lacks_is_not_a_workers():
    assert brief(MemoryError("Unable to allocate 8 GiB")) == "Unable to allocate 8 GiB"


@pytest.mark.parametrize(
    "text",
    [
        f"{RAISED}ModuleNotFoundError: No module named 'spark_smote'\n SQLSTATE: 38000",
        "An error occurred while calling o43.count.\n: org.apache.spark.SparkException: Job aborted"
        f"\n\tat a.b(C.scala:1)\nCaused by: org.apache.spark.api.python.PythonException: {RAISED}"
        "ModuleNotFoundError: No module named 'spark_smote.engine'; 'spark_smote' is not a package"
        "\n\n\tat a.b(C.scala:1)\n",
    ],
    ids=["spark_connect", "java"],
)
def test_workers_without_the_package_say_how_they_get_it(text):
    assert brief(Exception(text)) == MISSING_ON_WORKERS
    assert "--py-files dist/spark_smote.zip" in MISSING_ON_WORKERS
    assert 'spark.addArtifacts("dist/spark_smote.zip", pyfile=True)' in MISSING_ON_WORKERS
