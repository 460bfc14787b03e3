"""What the driver reads of a table, each in one small Spark job."""
