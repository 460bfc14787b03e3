from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from cluster.standalone import PARTS, ROOT, Cluster, standalone_cluster
from helpers import NAMES, blobs
from pyarrow import parquet
from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def cluster(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A standalone cluster of two workers; `spark` has found Java by then."""
    with standalone_cluster(tmp_path_factory.mktemp("standalone")) as started:
        yield started


@pytest.fixture(scope="session")
def job(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Arguments of a run that hashes 12,000 rows to some 24 buckets and writes `PARTS` files."""
    folder = tmp_path_factory.mktemp("job")
    label = np.random.default_rng(0).permutation(np.arange(42_000) < 12_000).astype(np.int32)
    columns = dict(zip(NAMES, blobs(len(label), len(NAMES), seed=0).T, strict=True))
    table = pa.table({**columns, "label": label, "id": np.arange(len(label))})
    (folder / "input").mkdir()
    for number in range(4):
        piece = table.slice(number * 10_500, 10_500)
        parquet.write_table(piece, folder / "input" / f"{number}.parquet")
    (folder / "job.toml").write_text(
        f"[output]\npartitions = {PARTS}\n"
        f"[smote]\ninputCols = {json.dumps(NAMES)}\nbucketSize = 500\n"
        "[report]\nrecallQueries = 0\n"
    )
    return [f"--config={folder / 'job.toml'}", f"--input={folder / 'input'}"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*build, str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def package(wheel: Path) -> Path:
    """The wheel, named .zip as `make build` does."""
    return Path(shutil.copy(wheel, wheel.with_name("spark_smote.zip")))
