"""Options of Spark's writers, tried before the work."""

from __future__ import annotations

import logging
import tempfile

from pyspark.errors import IllegalArgumentException
from pyspark.sql import SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.paths import format_of
from spark_smote.io.spec import Output
from spark_smote.runtime.errors import brief

__all__ = ["check_write_options"]

logger = logging.getLogger(__name__)


def check_write_options(spark: SparkSession, output: Output) -> None:
    """Check that Spark takes the options of an output, as the codec of `compression`.

    A format's reader checks the options of its writer, too; it finds no file here, and reads none.

    Raises
    ------
    ResamplingError
    """
    if not output.options or not (output.path or output.format):
        return
    reader = spark.read.format(output.format or format_of(output.path or ""))
    with tempfile.TemporaryDirectory(prefix="spark-smote-") as empty:
        try:
            reader.options(**output.options).load(empty).schema  # noqa: B018
        except IllegalArgumentException as error:
            raise ResamplingError(
                f"[output] options do not fit the format: {brief(error)}"
            ) from error
        except Exception as error:  # nothing to read, in the words of each format
            logger.debug("options of the output are not known to be wrong: %s", brief(error))
