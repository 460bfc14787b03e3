"""Contenders of the benchmark; each run has a process of its own."""
