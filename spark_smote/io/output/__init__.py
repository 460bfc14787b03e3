"""Writing of a table that is complete or absent."""
