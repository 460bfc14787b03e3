"""Resampling on Spark DataFrames: tables, scans, buckets, copies, and plans of these."""
