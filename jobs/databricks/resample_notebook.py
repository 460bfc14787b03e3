# Databricks notebook source
# MAGIC %md
# MAGIC # Resample a table of Unity Catalog
# MAGIC
# MAGIC For a Git folder with this repository; elsewhere name a wheel to install. Spark is the
# MAGIC platform's own. Serverless compute has neither a SparkContext nor a cache: the result is
# MAGIC written to a table, and read from there. A Python worker has 1 GB there, and holds one
# MAGIC bucket of rows at a time: lower `bucketSize` if copied columns are large.

# COMMAND ----------

# MAGIC %pip install --quiet ../..

# COMMAND ----------

from __future__ import annotations

from matplotlib import pyplot
from pyspark.sql import functions as F

from spark_smote import SMOTE, pinned

# COMMAND ----------

dbutils.widgets.text("catalog", "main", "1 Catalog")
dbutils.widgets.text("schema", "default", "2 Schema")
dbutils.widgets.text("input", "transactions", "3 Table to resample")
dbutils.widgets.text("output", "transactions_balanced", "4 Table to write, as a whole")
dbutils.widgets.text("input_cols", "amount,hour", "5 Numeric columns, two or more")
dbutils.widgets.text("label_col", "fraud", "6 Column of classes")

schema = f"{dbutils.widgets.get('catalog')}.{dbutils.widgets.get('schema')}"
source = f"{schema}.{dbutils.widgets.get('input')}"
target = f"{schema}.{dbutils.widgets.get('output')}"
columns = dbutils.widgets.get("input_cols").split(",")
label_col = dbutils.widgets.get("label_col")

# COMMAND ----------

# MAGIC %md ## What will be made

# COMMAND ----------

table = pinned(spark, source)  # one version, whoever writes to it
smote = SMOTE(inputCols=columns, labelCol=label_col, syntheticCol="synthetic")
plan = smote.plan(table)
classes = [(str(label), rows, plan.after[label]) for label, rows in plan.counts.items()]
display(spark.createDataFrame(classes, "class string, rows_now long, rows_after long"))

# COMMAND ----------

smote.apply(table, plan).write.mode("overwrite").saveAsTable(target)
result = spark.table(target)
smote.verify(result, plan)  # raises unless every class has the rows planned
display(result.groupBy(label_col, "synthetic").count().orderBy(label_col, "synthetic"))

# COMMAND ----------

# MAGIC %md ## Where it lies

# COMMAND ----------

x, y = columns[:2]
figure, panels = pyplot.subplots(1, 2, figsize=(12, 5), sharex=True, sharey=True)
for panel, title, made in zip(panels, ("Before", "After"), ([False], [False, True]), strict=True):
    rows = result.filter(F.col("synthetic").isin(made)).orderBy(F.xxhash64(x, y)).limit(5_000)
    points = rows.select(x, y, label_col).toPandas()
    for label, group in points.groupby(label_col):
        panel.scatter(group[x], group[y], s=8, label=f"{label_col} {label}")
    panel.set_title(title)
    panel.set_xlabel(x)
panels[0].set_ylabel(y)
panels[1].legend()
display(figure)
