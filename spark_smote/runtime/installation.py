"""What must be installed: pyspark here, and this package where Python workers run."""

from __future__ import annotations

import logging
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zipfile import ZipFile

from spark_smote.runtime.errors import brief

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["package_version", "require_pyspark", "send_package"]

logger = logging.getLogger(__name__)


def require_pyspark() -> None:
    """Raise ModuleNotFoundError, in words for the user, if there is no pyspark."""
    if find_spec("pyspark") is None:
        raise ModuleNotFoundError(
            "spark_smote needs pyspark, which is not installed: run "
            "`pip install 'spark-smote[spark]'`, or `pip install pyspark-client` to use a server "
            "of Spark Connect.",
            name="pyspark",
        )


def send_package(spark: SparkSession) -> None:
    """Send this package to the Python workers of a Spark Connect session, which may lack it.

    A server that refuses it is told of in a warning: its workers may have the package.
    """
    package = Path(__file__).parents[1]
    with TemporaryDirectory() as folder:
        archive = Path(folder, f"{package.name}.zip")
        with ZipFile(archive, "w") as content:
            for module in package.rglob("*.py"):
                content.write(module, module.relative_to(package.parent))
        try:
            spark.addArtifacts(str(archive), pyfile=True)
        except Exception as error:  # gRPC's own, too
            logger.warning(
                "the server refused the package spark_smote (%s): its Python workers must have it",
                brief(error),
            )


def package_version() -> str:
    """Return the version of this package, if it is installed."""
    try:
        return version("spark-smote")
    except PackageNotFoundError:  # shipped as a zip with --py-files
        return "unknown"
