"""Whether rows fit the table that they are for, found out before they are made."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.exceptions import ResamplingError
from spark_smote.io.lake.table import LakeTable
from spark_smote.io.reader import Source
from spark_smote.io.spec import Output
from spark_smote.runtime.errors import brief

__all__ = ["check_output"]


def check_output(
    table: LakeTable | None,
    output: Output,
    format: str | None,
    source: Source,
    is_input: bool,
    columns: Sequence[str],
    nulls: Collection[str],
) -> list[str]:
    """Check that a run can write to a table that keeps versions.

    Parameters
    ----------
    table : LakeTable or None
        The output, if it exists.
    output : Output
    format : str or None
        The format of a new table.
    source : Source
    is_input : bool
        Whether the output is the table that `source` reads.
    columns : sequence of str
        Columns of the result.
    nulls : collection of str
        Those that synthetic rows leave null.

    Returns
    -------
    list of str
        The columns to write: all but those that the table computes.

    Raises
    ------
    ResamplingError
    """
    if table is None:
        _check_new(output, format)
        return list(columns)
    if output.format and output.format != table.format:
        raise ResamplingError(
            f"Output {table.name!r} is a table of {table.format}, not of {output.format}: leave "
            "format out of [output]."
        )
    _check_layout(table, output)
    nulls = set(nulls) & set(columns)
    # What may be written is, if synthetic rows have a value there: a feature, or a copy.
    computed = table.computed_columns()
    left_out = {name for name, may_write in computed.items() if name in nulls or not may_write}
    written = [name for name in columns if name not in left_out]
    _check_columns(table, written, set(computed), nulls - left_out, output.mergeSchema)
    if is_input:
        _check_own_part(table, source, output.replaceWhere)
    if output.replaceWhere:
        _check_condition(table, source.frame, output.replaceWhere, nulls)
    return written


def _check_new(output: Output, format: str | None) -> None:
    """Check that a table can be created as it is asked for."""
    if format == "iceberg" and output.path:
        raise ResamplingError(
            f"Output {output.path!r} is no table yet, and Iceberg creates none by path: name a "
            "table, as in catalog.schema.table."
        )
    if output.clusterBy and format != "delta":
        raise ResamplingError(
            f"[output] clusterBy is for tables of Delta, and the output is to be one of {format}: "
            "use partitionBy."
        )
    if output.clusterBy and output.options:
        raise ResamplingError(
            "[output] clusterBy creates a table by SQL, which takes no options: create the table "
            "yourself, and use mode 'append'."
        )


def _check_own_part(table: LakeTable, source: Source, condition: str | None) -> None:
    """Check that what is replaced in the input is what was read of it, and no more."""
    where = source.input.where
    if condition and not where:
        raise ResamplingError(
            f"[output] replaceWhere {condition!r} on the input itself would resample all of "
            f"{table.name!r} and keep a part: set where in [input] to the same condition."
        )
    if where and not condition:
        raise ResamplingError(
            f"[input] where {where!r} reads a part of {table.name!r}, and mode 'overwrite' would "
            "replace all: set replaceWhere in [output] to the same condition."
        )
    if where and condition and where != condition:
        unread = f"({condition}) AND NOT coalesce({where}, false)"
        if table.read(source.version).where(unread).head(1):
            raise ResamplingError(
                f"[output] replaceWhere {condition!r} would remove rows of {table.name!r} that "
                f"[input] where {where!r} does not read: set both to the same condition."
            )


def _check_columns(
    table: LakeTable,
    columns: Collection[str],
    computed: set[str],
    nulls: Collection[str],
    merges: bool,
) -> None:
    """Check that a table holds the columns of new rows, and accepts the nulls in them."""
    schema = table.read().schema
    known = {field.name.lower() for field in schema}
    new = [name for name in columns if name.lower() not in known]
    if new and not merges:
        raise ResamplingError(
            f"{table.name!r} has no columns {new}, which the result holds: set mergeSchema in "
            "[output] to add them, or leave them out."
        )
    if new:
        table.check_new_columns(new)
    written = {name.lower() for name in (*columns, *computed)}
    for field in schema:
        if not field.nullable and field.name.lower() not in written:
            raise ResamplingError(
                f"{table.name!r} demands column {field.name!r} (NOT NULL), which the result does "
                "not hold: choose another output."
            )
        if not field.nullable and field.name in nulls:
            raise ResamplingError(
                f"{table.name!r} demands column {field.name!r} (NOT NULL), which synthetic rows "
                f"would leave null: name it in copyCols."
            )


def _check_layout(table: LakeTable, output: Output) -> None:
    """Check that the layout that is asked for is that of the table, which a write keeps."""
    if not (output.partitionBy or output.clusterBy):
        return
    partitioned, clustered = table.layout()
    for key, asked, found in (
        ("partitionBy", output.partitionBy, partitioned),
        ("clusterBy", output.clusterBy, clustered),
    ):
        if asked and list(map(str.lower, asked)) != list(map(str.lower, found)):
            raise ResamplingError(
                f"[output] {key} is {asked}, but for {table.name!r} it is {found}, which a write "
                f"does not change: leave {key} out."
            )


def _check_condition(
    table: LakeTable, frame: DataFrame, condition: str, nulls: Collection[str]
) -> None:
    """Check that the rows of a condition can be replaced, and that new rows meet it."""
    table.check_replaceable()
    try:
        matches = F.coalesce(F.expr(condition), F.lit(False))
        partly = table.partly_replaced(matches)
    except Exception as error:  # of the parser, of names and of types
        raise ResamplingError(
            f"[output] replaceWhere {condition!r} is no condition on {table.name!r}: "
            f"{brief(error)}."
        ) from error
    if partly:
        raise ResamplingError(
            f"[output] replaceWhere {condition!r} is true for some rows of a file of "
            f"{table.name!r} and not for all, and Iceberg replaces whole files: name a condition "
            "on the columns that it is partitioned by."
        )
    if not nulls:
        return
    lost = {name: F.lit(None).cast(frame.schema[name].dataType) for name in nulls}
    row = frame.where(condition).limit(1).withColumns(lost).select(matches).first()
    if row is not None and not row[0]:
        raise ResamplingError(
            f"[output] replaceWhere {condition!r} is not true for synthetic rows, which leave "
            f"{sorted(nulls)} null: name the columns of the condition in copyCols."
        )
