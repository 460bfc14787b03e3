"""Tables read, and written so that nothing is lost when a run fails."""
