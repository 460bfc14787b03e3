"""How good a result is: the share of true neighbors that a hashed search finds."""
