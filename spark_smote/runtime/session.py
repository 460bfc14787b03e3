"""The Spark session of a command: the active one, or one started for it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pyspark
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from spark_smote.runtime.installation import send_package
from spark_smote.runtime.java import use_java

__all__ = ["session"]

LOOPBACK = "127.0.0.1"

THROUGHPUT = "-XX:+UseParallelGC"
"""Nobody waits for a pause of a batch job, and on few cores concurrent collection delays it."""

_MASTER = re.compile(r"""(?:--master|spark\.master)[\s=:]+["']?([^\s"']+)""")

_JAVA_CHOSEN = re.compile(r"-XX:\+Use\w+GC\b|spark\.driver\.defaultJavaOptions")

_JAVA_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "SPARK_SUBMIT_OPTS")


@contextmanager
def session(name: str, ui: bool = False) -> Iterator[SparkSession]:
    """Find the active session, or start one and stop it at the end.

    The master comes from spark-submit, SPARK_REMOTE or spark-defaults.conf; if none names it,
    Spark itself uses all cores of this machine. A Spark that is started here, on this machine
    alone, listens to this machine alone, and serves its web pages if `ui`. The workers of a Spark
    Connect server get this package sent.
    """
    if (active := _active()) is not None:
        yield active
        return
    builder = SparkSession.builder.appName(name)
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    remote = _is_remote()
    if not submitted and not remote:
        use_java()
        # Workers would run the first python3 on PATH, whatever is installed there.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        if _master().startswith("local"):
            os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)  # of RPC, of blocks and of the pages
            builder = builder.config("spark.ui.enabled", ui)
            builder = builder.config("spark.connect.grpc.binding.address", LOOPBACK)
            if not _collector_is_chosen():  # Java refuses to start with two
                builder = builder.config("spark.driver.defaultJavaOptions", THROUGHPUT)
    if not remote:
        is_watched = sys.stderr is not None and sys.stderr.isatty()  # None: closed by the caller
        builder = builder.config("spark.ui.showConsoleProgress", is_watched)
    started = builder.getOrCreate()
    try:
        if remote:
            send_package(started)
        yield started
    finally:
        started.stop()


def _is_remote() -> bool:
    """Return whether Spark runs elsewhere: a server is named, or a client alone is installed."""
    server = os.environ.get("SPARK_REMOTE", "local")
    return not server.startswith("local") or find_spec("py4j") is None


def _master() -> str:
    """Return the master that Spark's launcher will find: in arguments, a file or a variable."""
    found = _MASTER.search(_settings())
    return found[1] if found else os.environ.get("MASTER", "local[*]")


def _collector_is_chosen() -> bool:
    """Return whether Java's garbage collector, or Spark's default options of Java, are set."""
    variables = [os.environ.get(name, "") for name in _JAVA_VARIABLES]
    return bool(_JAVA_CHOSEN.search("\n".join([_settings(), *variables])))


def _settings() -> str:
    """Return the arguments and the file that Spark's launcher will read."""
    home = os.environ.get("SPARK_HOME") or Path(pyspark.__file__).parent
    defaults = Path(os.environ.get("SPARK_CONF_DIR") or Path(home) / "conf") / "spark-defaults.conf"
    lines = defaults.read_text(errors="replace").splitlines() if defaults.is_file() else []
    settings = [line for line in lines if not line.lstrip().startswith("#")]
    return "\n".join([os.environ.get("PYSPARK_SUBMIT_ARGS", ""), *settings])


def _active() -> SparkSession | None:
    try:
        return SparkSession.active()
    except PySparkRuntimeError:
        return None
