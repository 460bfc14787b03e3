"""Who competes in the benchmark, each run in a process of its own."""
