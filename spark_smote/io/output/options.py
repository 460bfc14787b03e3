"""Format and options of an output, tried before the work."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping

from pyspark.errors import IllegalArgumentException
from pyspark.sql import SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.spec import FORMATS
from spark_smote.runtime.errors import brief

__all__ = ["check_format"]

logger = logging.getLogger(__name__)


def check_format(spark: SparkSession, name: str, options: Mapping[str, str]) -> None:
    """Check that Spark knows a format and takes its options, as the codec of `compression`.

    A format's reader checks the options of its writer, too; it finds no file here, and reads none.

    Raises
    ------
    ResamplingError
    """
    if name in FORMATS and not options:
        return
    reader = spark.read.format(name).options(**options)
    with tempfile.TemporaryDirectory(prefix="spark-smote-") as empty:
        try:
            reader.load(empty).schema  # noqa: B018
        except IllegalArgumentException as error:
            raise ResamplingError(
                f"[output] options do not fit the format: {brief(error)}"
            ) from error
        except Exception as error:  # nothing to read, in the words of each format
            if "DATA_SOURCE_NOT_FOUND" in str(error):
                raise ResamplingError(
                    f"Output format {name!r} is unknown to this Spark; allowed: "
                    f"{', '.join(FORMATS)} and those of its packages."
                ) from error
            logger.debug("the output is not known to be wrong: %s", brief(error))
