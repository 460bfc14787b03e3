"""Writing straight to the output, as Spark itself does."""

from __future__ import annotations

from pyspark.sql import DataFrame

from spark_smote.io.spec import Output

__all__ = ["InPlaceWriter"]

WRITE_DEFAULTS = {"csv": {"header": "true"}}


class InPlaceWriter:
    """Writer without a staging step, for tables, object stores, HDFS and `append`.

    Parameters
    ----------
    output : Output
        With the format and the URL that Spark is to use.
    """

    def __init__(self, output: Output) -> None:
        self._output = output

    def check(self) -> None:
        """Do nothing: only Spark knows whether it may write there."""

    def write(self, frame: DataFrame) -> None:
        """Write all rows."""
        output = self._output
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

    def publish(self) -> None:
        """Do nothing: the rows are already in their place."""

    def clean(self) -> None:
        """Do nothing: Spark's committer removes what a failed write leaves."""
