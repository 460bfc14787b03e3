"""Measures of quality: the fraction of true neighbors that a hashed search finds."""
