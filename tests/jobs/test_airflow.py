"""The DAG, imported where Airflow is not."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

from spark_smote.cli import main, resample
from spark_smote.cli.config import Config

DAG_FILE = Path(__file__).parents[2] / "jobs" / "airflow" / "resample_dag.py"


def test_the_dag_submits_the_job_once_a_day(monkeypatch):
    operator, dag = MagicMock(), MagicMock()
    stubs: dict[str, dict[str, Any]] = {
        "airflow.sdk": {"DAG": dag},
        "airflow.providers.apache.spark.operators.spark_submit": {"SparkSubmitOperator": operator},
    }
    for name, content in stubs.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
        for end in range(1, name.count(".") + 1):
            package = ".".join(name.split(".")[:end])
            monkeypatch.setitem(sys.modules, package, ModuleType(package))
    home = Path(runpy.run_path(str(DAG_FILE))["HOME"])
    assert dag.call_args.kwargs["schedule"] == "@daily"
    (submitted,) = (call.kwargs for call in operator.call_args_list)
    checkout = DAG_FILE.parents[2]
    assert (checkout / Path(submitted["application"]).relative_to(home)).is_file()
    assert submitted["py_files"] == str(home / "dist" / "spark_smote.zip")
    seen: list[Config] = []
    monkeypatch.setattr(resample, "run", lambda config, **flags: seen.append(config))
    arguments = [word.replace(str(home), str(checkout)) for word in submitted["application_args"]]
    main(["resample", *arguments])
    (config,) = seen
    assert (config.output.mode, config.output.runId) == ("append", "{{ ds }}")  # no retry appends
    assert config.input.where == "day = '{{ ds }}'"
