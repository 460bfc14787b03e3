"""Support for a process that runs Spark: session, Java, console, logs without credentials."""
