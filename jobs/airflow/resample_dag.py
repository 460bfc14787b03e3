"""Resample each day's rows, once: Airflow submits the job, and a retry finds its run written.

Copy it to the folder of DAGs. `HOME` holds the checkout, with `dist/spark_smote.zip` from `make
build`, and a configuration whose output is a Delta or Iceberg table; `spark_default` is the
connection to the cluster.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG

HOME = "/opt/spark_smote"

with DAG(
    dag_id="spark_smote_resample",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
):
    SparkSubmitOperator(
        task_id="resample",
        conn_id="spark_default",
        application=f"{HOME}/jobs/resample.py",
        py_files=f"{HOME}/dist/spark_smote.zip",
        application_args=[
            *("--config", f"{HOME}/conf/resample.toml"),
            *("--where", "day = '{{ ds }}'"),
            *("--mode", "append"),
            *("--run-id", "{{ ds }}"),
        ],
    )
