"""What near means: scaling, metric and categories."""
