"""Small Spark jobs whose results the driver reads: checks, samples, deviations."""
