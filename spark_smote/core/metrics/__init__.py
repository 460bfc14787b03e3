"""How good scores of one class, the positive one, are: from a table of scores alone."""
