"""Writing straight to the output, as Spark itself does."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from spark_smote.io.spec import Output
from spark_smote.runtime.errors import brief

__all__ = ["InPlaceWriter", "materialized", "repartitioned", "save"]

WRITE_DEFAULTS = {"csv": {"header": "true"}}


def save(frame: DataFrame, output: Output) -> None:
    """Write all rows with Spark's own writer."""
    defaults = WRITE_DEFAULTS.get(output.format or "", {})
    writer = frame.write.options(**defaults | output.options)
    if output.format:
        writer = writer.format(output.format)
    if output.partitionBy:
        writer = writer.partitionBy(*output.partitionBy)
    # Spark Connect knows errorifexists by its other name only; ignore was decided before.
    writer = writer.mode(output.mode if output.mode in ("overwrite", "append") else "error")
    if output.table:
        writer.saveAsTable(output.table)
    else:
        writer.save(output.path)


def repartitioned(frame: DataFrame, output: Output) -> DataFrame:
    """Return the frame in as many partitions as the output is to have files."""
    return frame.repartition(output.partitions) if output.partitions else frame


def materialized(frame: DataFrame, observe: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """Make all rows, on the disks of the executors, and have them counted."""
    made = frame.localCheckpoint()
    # Counted on their own: Spark Connect observes nothing in a checkpoint.
    observe(made).write.format("noop").mode("overwrite").save()
    return made


class InPlaceWriter:
    """Writer for object stores and HDFS.

    An old output is written to only when all rows are made, on the disks of the executors, and
    counted.

    Parameters
    ----------
    spark : SparkSession
    output : Output
        With the format and the URL that Spark is to use.
    exists : bool
        Whether there is an old output.
    """

    def __init__(self, spark: SparkSession, output: Output, exists: bool) -> None:
        self._spark, self._output, self._exists = spark, output, exists
        self._made: DataFrame | None = None

    def check(self) -> None:
        """Do nothing: only Spark knows whether it may write there."""

    def write(self, frame: DataFrame, observe: Callable[[DataFrame], DataFrame]) -> None:
        """Make all rows; write them if there is no old output."""
        frame = repartitioned(frame, self._output)
        if not self._exists:
            save(observe(frame), self._output)
            return
        self._made = materialized(frame, observe)

    def written(self, select: Callable[[DataFrame], DataFrame]) -> DataFrame | None:
        """Return some columns of the rows that were written, if there were none before."""
        if self._made is not None:
            return select(self._made)
        reader = self._spark.read.format(self._output.format or "parquet")
        return select(reader.options(**self._output.options).load(self._output.path))

    def publish(self, empty: bool) -> None:
        """Write the rows to the old output.

        Raises
        ------
        RuntimeError
            If the write fails, which an old output without a log of versions does not survive.
        """
        if self._made is None:
            return
        try:
            save(self._made, self._output)
        except AnalysisException:  # raised before anything is written
            raise
        except BaseException as error:
            where = (
                f"output {self._output.path!r} may have lost its old rows if its format keeps no "
                "versions: run again with mode 'overwrite'"
            )
            if isinstance(error, Exception):
                raise RuntimeError(f"{brief(error)}; {where}.") from error
            raise KeyboardInterrupt(where) from error

    def discard(self) -> str:
        """Return what now stands; Spark alone can remove it."""
        if self._exists:
            return "The output is as it was."
        return f"Output {self._output.path!r} holds these rows: remove it, and run again."

    def clean(self) -> None:
        """Do nothing: Spark's committer removes what a failed write leaves."""
