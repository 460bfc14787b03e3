"""What a process needs to run Spark: a session, Java, logs without credentials."""
