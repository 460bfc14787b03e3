"""What the command `evaluate` is asked for: its keys, methods and requirements."""
