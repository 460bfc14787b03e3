"""Nearest neighbors within one bucket: exact by metric, or approximate by cells."""
