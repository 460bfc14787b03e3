"""New rows from the rows of one bucket."""
