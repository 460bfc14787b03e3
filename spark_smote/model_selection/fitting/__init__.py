"""Methods and classifiers, and their fits to the folds of a table."""
