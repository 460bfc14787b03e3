"""What a command reports: its outcome as text and JSON, and a row of a table for each run."""
