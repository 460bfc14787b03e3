from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from helpers import multiset, two_classes, write_output, wrong_counts
from pyspark.sql import DataFrame, SparkSession

from spark_smote.exceptions import ResamplingError
from spark_smote.io.output import table
from spark_smote.io.output.in_place import save
from spark_smote.io.output.writer import OutputWriter
from spark_smote.io.reader import Source, read
from spark_smote.io.spec import Input, Output


@pytest.fixture(scope="module")
def schema(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tables")
    spark.sql(f"CREATE SCHEMA smote_storage LOCATION '{folder}'")
    yield "smote_storage"
    spark.sql("DROP SCHEMA smote_storage CASCADE")


def tables(spark: SparkSession, schema: str) -> list[str]:
    return [
        row.tableName
        for row in spark.sql(f"SHOW TABLES IN {schema}").where("NOT isTemporary").collect()
    ]


def test_tables(spark, schema):
    name = f"{schema}.digits"
    df = two_classes(spark, 3, 3)
    assert not OutputWriter(spark, Output(table=name)).exists
    write_output(spark, df, Output(table=name, format="parquet"))
    for mode, times in (("append", 2), ("overwrite", 1)):
        write_output(spark, df, Output(table=name, format="parquet", mode=mode))
        assert read(spark, Input(table=name)).frame.count() == times * df.count()
    for spelling in (name, f"`{schema}`.`digits`", f"spark_catalog.{name}", name.upper()):
        source = Input(table=name)
        frame = read(spark, source).frame
        with pytest.raises(ValueError, match="is, holds or lies in the input"):
            OutputWriter(spark, Output(table=spelling, mode="overwrite")).check(
                Source(source, frame), frame.schema, keeps_originals=True
            )
    spark.sql(f"DROP TABLE {name}")


def test_wrong_rows_do_not_reach_a_table(spark, schema):
    output = Output(table=f"{schema}.counted", format="parquet")
    with pytest.raises(RuntimeError, match=r"Not as planned. The new table was dropped again."):
        write_output(spark, two_classes(spark, 3, 3), output, wrong_counts)
    assert tables(spark, schema) == []
    old = two_classes(spark, 3, 3)
    write_output(spark, old, output)
    for mode in ("append", "overwrite"):
        with pytest.raises(RuntimeError, match=r"Not as planned. The output is as it was."):
            write_output(spark, two_classes(spark, 4, 4), replace(output, mode=mode), wrong_counts)
        assert multiset(spark.table(output.table)) == multiset(old)
    assert tables(spark, schema) == ["counted"]
    spark.sql(f"DROP TABLE {output.table}")


def test_rows_outlive_a_table_that_could_not_be_replaced(spark, schema, monkeypatch):
    output = Output(table=f"{schema}.digits", format="parquet", mode="overwrite")
    old, new = two_classes(spark, 3, 3), two_classes(spark, 4, 4, seed=1)
    write_output(spark, old, output)

    def lose(frame: DataFrame, output: Output) -> None:
        save(frame, output)
        if output.mode == "overwrite":
            spark.sql(f"DROP TABLE {output.table}")
            raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(table, "save", lose)
        with pytest.raises(RuntimeError, match="No space") as error:
            write_output(spark, new, output)
    (kept,) = tables(spark, schema)
    assert f"all rows for {output.table} are in table `{schema}`.`{kept}`" in str(error.value)
    with pytest.raises(ResamplingError, match="is missing, and ") as error:
        OutputWriter(spark, output).check(
            Source(Input(path="x"), old), old.schema, keeps_originals=True
        )
    spark.sql(re.search("ALTER TABLE .* RENAME TO [^,]*", str(error.value))[0])
    assert multiset(spark.table(output.table)) == multiset(new)
    spark.sql(f"DROP TABLE {output.table}")
