"""What the services of docker-compose.yml run, as real processes on loopback."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from helpers import class_counts, two_classes
from pyspark.sql import SparkSession

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]
SPARK_HOME = Path(pyspark.__path__[0])
SECRET = "Very5ecretWord"
COMPOSE = re.sub(r"\$\{SPARK_AUTH_SECRET.*?\}", SECRET, (ROOT / "docker-compose.yml").read_text())
AUTHENTICATION = ("spark.authenticate=true", f"spark.authenticate.secret={SECRET}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def service_command(kind: str) -> list[str]:
    """Read the command of a service, a flow list that names its class, out of the file."""
    found = re.search(
        rf"\[(spark-class, org\.apache\.spark\.deploy\.{kind}.*?)\]", COMPOSE, re.DOTALL
    )
    assert found, kind
    return [part.strip().strip('"') for part in found[1].split(",")]


def client_command() -> list[str]:
    """Read the client's command, a block list."""
    block = re.search(r"    command:\n((?:      - .*\n)+)", COMPOSE)
    assert block
    return [line.removeprefix("      - ") for line in block[1].splitlines()]


def environment(**extra: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SPARK_REMOTE")}
    return kept | {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_JAVA_OPTS": " ".join(f"-D{setting}" for setting in AUTHENTICATION),
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_CONF_DIR": str(ROOT / "conf"),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        **extra,
    }


@pytest.fixture(scope="module")
def master(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A master and two workers; `spark` has found Java by then."""
    folder = tmp_path_factory.mktemp("standalone")
    port, page = free_port(), free_port()
    swaps = {"spark-master": "127.0.0.1", "7077": str(port), "8080": str(page), "2": "1",
             "2g": "1g", "/tmp/spark-work": str(folder / "work"),
             "spark://spark-master:7077": f"spark://127.0.0.1:{port}"}  # fmt: skip
    started = []

    def start(kind: str, **extra: str) -> None:
        command = [swaps.get(part, part) for part in service_command(kind)]
        command[0] = str(SPARK_HOME / "bin" / command[0])
        log = (folder / f"{kind}{len(started)}.log").open("w")
        started.append(subprocess.Popen(command, env=environment(**extra), stdout=log, stderr=log))

    try:
        start("master.Master")
        for _ in range(2):
            start("worker.Worker", SPARK_WORKER_WEBUI_PORT=str(free_port()))
        state = f"http://127.0.0.1:{page}/json/"
        for _ in range(120):
            time.sleep(0.5)
            try:
                with urllib.request.urlopen(state) as answer:
                    if json.load(answer)["aliveworkers"] == 2:
                        break
            except OSError:
                continue
        else:
            pytest.fail("".join(log.read_text() for log in folder.glob("*.log")))
        yield f"spark://127.0.0.1:{port}", folder
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, named .zip as `make build` does."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*build, str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl")).rename(folder / "spark_smote.zip")


def submit(master: str, package: Path, *command: str) -> str:
    settings = ("spark.driver.host=127.0.0.1", "spark.executor.memory=512m", *AUTHENTICATION)
    flags = [f"--conf={setting}" for setting in settings]
    ended = subprocess.run(
        [str(SPARK_HOME / "bin" / "spark-submit"), "--master", master, *flags,
         "--py-files", str(package), *command],
        env=environment(), cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-4000:]
    return ended.stdout


def test_the_clients_job_runs_on_the_cluster(spark, master, package, tmp_path):
    url, _ = master
    table = two_classes(spark, few=300, many=1000)
    table.write.parquet(str(tmp_path / "input"))
    (tmp_path / "job.toml").write_text(
        '[smote]\ninputCols = ["x0", "x1", "x2"]\nbucketSize = 100\n'
    )
    swaps = {
        "--config=${CONFIG:-conf/resample.toml}": f"--config={tmp_path / 'job.toml'}",
        "--input=${INPUT:-/data/input}": f"--input={tmp_path / 'input'}",
        "--output=${OUTPUT:-/data/output}": f"--output={tmp_path / 'output'}",
        "--conf=spark.eventLog.dir=file:///spark-events": f"--conf=spark.eventLog.dir={tmp_path}",
    }
    program, where, *rest = (swaps.get(part, part) for part in client_command())
    assert program == "spark-submit"
    assert where == "--master=spark://spark-master:7077"
    submit(url, package, *rest)
    assert class_counts(spark.read.parquet(str(tmp_path / "output"))) == {0: 1000, 1: 1000}


def test_the_services_share_a_secret_and_may_do_little():
    assert [f"-D{setting}" in COMPOSE for setting in AUTHENTICATION] == [True, True]
    assert {f"--conf={setting}" for setting in AUTHENTICATION} <= set(client_command())
    assert "${SPARK_AUTH_SECRET:?" in (ROOT / "docker-compose.yml").read_text()  # or no start
    shared = COMPOSE[COMPOSE.index("x-spark:") : COMPOSE.index("x-healthcheck:")]
    for limit in ("cap_drop: [ALL]", '"no-new-privileges:true"', "mem_limit:"):
        assert limit in shared
    services = COMPOSE[COMPOSE.index("\nservices:") : COMPOSE.index("\nvolumes:")]
    names = re.findall(r"^  [\w-]+:$", services, re.MULTILINE)
    assert len(names) == len(re.findall(r"<<: \*(?:spark|worker)$", services, re.MULTILINE)) == 5
    assert re.search(r"FROM python:3\.\d+\.\d+-", services)


def test_executors_import_the_package_from_the_zip(master, package, tmp_path):
    url, _ = master
    program = tmp_path / "where.py"
    program.write_text(
        "from pyspark.sql import SparkSession\n"
        "def where(frames):\n"
        "    import pandas, spark_smote\n"
        "    for frame in frames:\n"
        "        yield pandas.DataFrame({'path': [spark_smote.__file__]})\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "found = spark.range(4, numPartitions=4).mapInPandas(where, 'path string').distinct()\n"
        "print([row.path for row in found.collect()])\n"
    )
    printed = submit(url, package, str(program)).splitlines()[-1]
    assert "spark_smote.zip" in printed
    assert str(ROOT) not in printed
