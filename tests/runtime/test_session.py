from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from spark_smote.runtime.session import _collector_is_chosen, _is_remote, _master

SETTINGS = ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "MASTER")
JAVA = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "SPARK_SUBMIT_OPTS")


@pytest.mark.parametrize(
    ("arguments", "defaults", "variable", "master"),
    [
        (None, None, None, "local[*]"),
        ("--driver-memory 4g pyspark-shell", "", None, "local[*]"),
        ("--master spark://h:7077 x", "spark.master local[2]", "yarn", "spark://h:7077"),
        ("--master 'local[2]' pyspark-shell", None, "yarn", "local[2]"),
        ("--conf spark.master=yarn pyspark-shell", None, None, "yarn"),
        ("--name x pyspark-shell", "a.b c\n  spark.master   k8s://h:443\n", None, "k8s://h:443"),
        (None, "spark.master=yarn", None, "yarn"),
        (None, "# spark.master yarn\n", None, "local[*]"),
        (None, "", "yarn", "yarn"),
    ],
)
def test_the_master_is_found_where_spark_looks_for_it(
    monkeypatch, tmp_path, arguments, defaults, variable, master
):
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    if arguments:
        monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", arguments)
    if defaults is not None:
        (tmp_path / "spark-defaults.conf").write_text(defaults)
        monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    if variable:
        monkeypatch.setenv("MASTER", variable)
    assert _master() == master


@pytest.mark.parametrize(
    ("variable", "value", "is_chosen"),
    [
        ("PYSPARK_SUBMIT_ARGS", "--driver-memory 4g pyspark-shell", False),
        ("PYSPARK_SUBMIT_ARGS", "--driver-java-options -XX:+UseZGC pyspark-shell", True),
        ("PYSPARK_SUBMIT_ARGS", "--conf spark.driver.defaultJavaOptions=-Da=b x", True),
        ("JDK_JAVA_OPTIONS", "-XX:+UseG1GC", True),
        ("JAVA_TOOL_OPTIONS", "-XX:+UseCompressedOops", False),
    ],
)
def test_a_collector_that_is_chosen_is_left_alone(monkeypatch, variable, value, is_chosen):
    for name in (*SETTINGS, *JAVA):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    assert _collector_is_chosen() == is_chosen


@pytest.mark.parametrize(
    ("server", "is_remote"),
    [
        ("sc://h:15002/;token=x", True),
        ("unix:///databricks/sparkconnect/grpc.sock", True),
        ("local[2]", False),
        (None, False),
    ],
)
def test_spark_runs_elsewhere_where_a_server_is_named(monkeypatch, server, is_remote):
    if server is None:
        monkeypatch.delenv("SPARK_REMOTE", raising=False)
    else:
        monkeypatch.setenv("SPARK_REMOTE", server)
    assert _is_remote() == is_remote
    monkeypatch.setitem(sys.modules, "py4j", None)  # as with pyspark-client alone
    assert _is_remote()


@pytest.mark.cluster
def test_a_session_listens_to_this_machine_alone_and_needs_no_stderr():
    program = (
        "import json, psutil; from spark_smote.runtime.session import session\n"
        "with session('x', ui=True) as spark:\n"
        "    spark.range(3).repartition(2).count()\n"
        "    family = [psutil.Process(), *psutil.Process().children(recursive=True)]\n"
        "    ends = [end for process in family for end in process.net_connections()]\n"
        "    print(json.dumps([end.laddr for end in ends if end.status == 'LISTEN']))\n"
        "    print(spark.sparkContext.uiWebUrl)\n"
    )
    others = (
        "SPARK_REMOTE",
        "SPARK_CONNECT_MODE_ENABLED",
        "PYSPARK_GATEWAY_PORT",
        "SPARK_LOCAL_IP",
    )
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" 2>&-', sys.executable, program],
        env={
            name: value
            for name, value in os.environ.items()
            if name not in (*others, "PYSPARK_GATEWAY_PORT")
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    listening, page = done.stdout.splitlines()[-2:]
    addresses = {address for address, _ in json.loads(listening)}
    assert addresses <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert int(page.rpartition(":")[2]) in {port for _, port in json.loads(listening)}
