"""The algorithms, in NumPy alone: they run on workers and driver, and need no Spark."""
